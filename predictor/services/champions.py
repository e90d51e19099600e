"""The classifiers that answer, and the table in which people read about them."""

import datetime as dt
import logging
from functools import cache
from pathlib import Path

from django.conf import settings

from predictor.ml import artifacts
from predictor.ml.artifacts import KINDS, Sidecar
from predictor.ml.errors import ArtifactError
from predictor.ml.registry import Champions, Registry
from predictor.models import ModelVersion

log = logging.getLogger(__name__)

__all__ = ["KINDS", "champion_versions", "champions", "sync_model_versions"]


@cache
def _registry(root: Path) -> Registry:
    return Registry(root)


def champions() -> Champions:
    """The champions as they stand now; the first call in a process makes its sessions."""
    return _registry(settings.MODELS_DIR).champions()


def champion_versions() -> dict[str, int]:
    """Which version of each kind is to answer, working or not."""
    return artifacts.read_champions(settings.MODELS_DIR)


def sync_model_versions() -> None:
    """Give every published version its row; a row whose version is gone goes too."""
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
    except ArtifactError as error:  # a damaged version has no row, and if it is the champion /readyz says so too
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
