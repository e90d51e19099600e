"""The table of published versions: those in MODELS_DIR, and those in the store, with their files."""

import datetime as dt
import logging
from collections.abc import Mapping

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from predictor.ml import artifacts
from predictor.ml.artifacts import Sidecar
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import KINDS
from predictor.ml.manifests import Files
from predictor.models import ModelVersion
from predictor.services.store.fetching import Wanted

log = logging.getLogger(__name__)


def in_store(chosen: Mapping[str, int]) -> list[Wanted]:
    """Those of these versions, by kind, that are in the store; none if there is no store."""
    if not settings.MODELS_STORE or not chosen:
        return []
    rows = ModelVersion.objects.filter(kind__in=chosen, version__in=set(chosen.values()), files__isnull=False)
    found = [Wanted(each.kind, each.version, each.files or {}) for each in rows.order_by("kind")]
    return [each for each in found if chosen[each.kind] == each.version]


def highest_stored(kind: str) -> int:
    """The highest version of a kind that is or was in the store; 0 if there is none."""
    found = ModelVersion.objects.filter(kind=kind, files__isnull=False).aggregate(Max("version"))["version__max"]
    return found or 0


def sync_model_versions() -> None:
    """Give every version in MODELS_DIR a row, and delete the rows of versions that are neither there nor in the store.

    A row of a version in the store stays as it is, also where MODELS_STORE is not set: other machines may need it. With
    the store, a version below the highest one there that has no row was deleted: what is left of it here gets none.
    """
    rows = ModelVersion.objects.values_list("kind", "version", "sha256")
    stored = set(rows.filter(files__isnull=False).values_list("kind", "version"))
    highest = dict(sorted(stored)) if settings.MODELS_STORE else {}
    known = set(rows.filter(files__isnull=True))
    published = {
        (kind, version): sidecar
        for kind in KINDS
        for version in artifacts.published_versions(settings.MODELS_DIR, kind)
        if version > highest.get(kind, 0) and (kind, version) not in stored and (sidecar := _sidecar(kind, version))
    }
    for kind, version, _ in known:
        if (kind, version) not in published:
            ModelVersion.objects.filter(kind=kind, version=version, files__isnull=True).delete()
    for (kind, version), sidecar in published.items():
        if (kind, version, sidecar.sha256) not in known:
            ModelVersion.objects.update_or_create(kind=kind, version=version, defaults=row_of(sidecar))


def claim(sidecar: Sidecar, files: Files) -> bool:
    """Whether the number is this version's, whose files are in the store; a row without files is of the same one."""
    number = {"kind": sidecar.kind, "version": sidecar.version}
    if ModelVersion.objects.filter(**number, sha256=sidecar.sha256, files__isnull=True).update(files=files):
        return True
    try:
        with transaction.atomic():
            ModelVersion.objects.create(**number, **row_of(sidecar), files=files)
    except IntegrityError:
        row = ModelVersion.objects.filter(**number).first()
        if row is None:
            raise
        return bool(row.files == files)  # else somebody else was faster; it is ours if the answer got lost
    return True


def _sidecar(kind: str, version: int) -> Sidecar | None:
    try:
        return artifacts.read_sidecar(artifacts.version_directory(settings.MODELS_DIR, kind, version))
    except ArtifactError as error:  # a damaged version gets no row; if it is the champion, /readyz reports it too
        log.warning("%s", error)
        return None


def row_of(sidecar: Sidecar) -> dict[str, object]:
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
