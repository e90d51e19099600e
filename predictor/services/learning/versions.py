"""Published versions by kind and number."""

from pathlib import Path

from django.conf import settings

from predictor.ml import artifacts, copying, runtime
from predictor.ml.errors import ArtifactError
from predictor.ml.runtime import Classifier
from predictor.services.answering.champions import KINDS


def load(kind: str, version: int | str) -> Classifier:
    """Load a published version, given as 2, "2" or "v2".

    Raises:
        ArtifactError: the kind is unknown, or the version was never published or does not work.
    """
    if kind not in KINDS:
        raise ArtifactError(f"There is no kind {kind!r}: the kinds are {', '.join(KINDS)}.")
    name = f"v{str(version).removeprefix('v')}"
    published = {f"v{each}": each for each in artifacts.published_versions(settings.MODELS_DIR, kind)}
    if name not in published:
        raise ArtifactError(f"{kind} {name} was never published; published: {', '.join(published) or 'none'}.")
    return runtime.load(artifacts.version_directory(settings.MODELS_DIR, kind, published[name]))


def copy(source: Path) -> list[tuple[str, int]]:
    """Copy newer versions from another directory to MODELS_DIR: see `copying.copy_versions`."""
    return copying.copy_versions(source, settings.MODELS_DIR)
