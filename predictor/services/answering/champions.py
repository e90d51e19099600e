"""The classifiers that answer, and the table that lists all published versions."""

import datetime as dt
import logging
import threading
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error, connection
from django.db.models import Max

from mnistsite.database.outages import report
from predictor.ml import artifacts
from predictor.ml.artifacts import Sidecar
from predictor.ml.champions import read_champions
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import KINDS, PIXEL_KINDS, STROKE_KINDS
from predictor.ml.registry import Champions, Registry
from predictor.models import ModelVersion, Promotion

FOLLOW: Final = 2.0  # seconds between two looks at the table of promotions
log = logging.getLogger(__name__)

__all__ = [
    "KINDS",
    "PIXEL_KINDS",
    "STROKE_KINDS",
    "champion_versions",
    "champions",
    "follow",
    "promoted",
    "refresh",
    "sync_model_versions",
]


class _Followed:
    """A registry, and what this process knows of the promotions."""

    def __init__(self, root: Path) -> None:
        self.promoted: dict[str, int] = {}
        self.registry = Registry(root, lambda: self.promoted)


@cache
def _followed(root: Path) -> _Followed:
    return _Followed(root)


def champions() -> Champions:
    """The current champions; the first call in a process opens their sessions.

    The database is not asked: `follow` and `refresh` do that.
    """
    return _followed(settings.MODELS_DIR).registry.champions()


def refresh() -> Champions:
    """Read the promotions, and return the champions that follow from them.

    Raises:
        Error: the database is away; the champions stay.
    """
    _followed(settings.MODELS_DIR).promoted = promoted()
    return champions()


def follow() -> threading.Event:
    """From now on read the promotions every `FOLLOW` seconds, in a thread of its own: no request waits for that.

    A promoted version is loaded there too, and answers as soon as it has passed its self-test. The event ends it.
    """
    end = threading.Event()
    threading.Thread(target=_follow, args=(end,), name="promotions", daemon=True).start()
    return end


def _follow(end: threading.Event) -> None:
    while True:
        try:
            refresh()
        except Error as error:  # whatever it is, the champions answer on, and the next look may succeed
            report(error)
        finally:
            connection.close()
        if end.wait(FOLLOW):
            return


def promoted() -> dict[str, int]:
    """The version of each kind that was promoted last; a kind that never was is missing."""
    last = Promotion.objects.values("kind").order_by("kind").annotate(last=Max("id")).values("last")
    return dict(Promotion.objects.filter(kind__in=KINDS, pk__in=last).values_list("kind", "version"))


def champion_versions() -> dict[str, int]:
    """The version of each kind that should answer, whether it works or not.

    Raises:
        ArtifactError: `champions.json` is damaged; the last good state answers.
    """
    return read_champions(settings.MODELS_DIR) | _followed(settings.MODELS_DIR).promoted


def sync_model_versions() -> None:
    """Give every published version a row, and delete the rows of versions that are gone."""
    known = set(ModelVersion.objects.values_list("kind", "version", "sha256"))
    published = {
        (kind, version): sidecar
        for kind in KINDS
        for version in artifacts.published_versions(settings.MODELS_DIR, kind)
        if (sidecar := _sidecar(kind, version))
    }
    for kind, version, _ in known:
        if (kind, version) not in published:
            ModelVersion.objects.filter(kind=kind, version=version).delete()
    for (kind, version), sidecar in published.items():
        if (kind, version, sidecar.sha256) not in known:
            ModelVersion.objects.update_or_create(kind=kind, version=version, defaults=_row(sidecar))


def _sidecar(kind: str, version: int) -> Sidecar | None:
    try:
        return artifacts.read_sidecar(artifacts.version_directory(settings.MODELS_DIR, kind, version))
    except ArtifactError as error:  # a damaged version gets no row; if it is the champion, /readyz reports it too
        log.warning("%s", error)
        return None


def _row(sidecar: Sidecar) -> dict[str, object]:
    return {
        "sha256": sidecar.sha256,
        "size": sidecar.size,
        "trained_at": dt.datetime.fromisoformat(sidecar.trained_at),
        "base": sidecar.base,
        "dataset_digest": sidecar.dataset["digest"],
        "dataset_size": sidecar.dataset["n"],
        "preprocessing": sidecar.preprocessing,
        "metrics": sidecar.metrics,
        "calibration": sidecar.calibration,
    }
