"""Published versions by kind and number."""

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from django.conf import settings

from mnistsite.database.gate import leave
from predictor.ml import artifacts, copying, runtime
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import KINDS
from predictor.ml.runtime import Classifier
from predictor.models import ModelVersion
from predictor.services.store.fetching import DEADLINE, Wanted, within
from predictor.services.store.fetching import fetch as fetch_one
from predictor.services.store.objects import StoreUnavailable, store
from predictor.services.store.rows import in_store


def numbers(kind: str) -> list[int]:
    """The published versions of a kind, here or in the store, in ascending order."""
    here = artifacts.published_versions(settings.MODELS_DIR, kind)
    if not settings.MODELS_STORE:
        return here
    stored = sorted(ModelVersion.objects.filter(kind=kind, files__isnull=False).values_list("version", flat=True))
    return stored + [each for each in here if each > max(stored, default=0)]  # what else is here was deleted there


def load(kind: str, version: int | str) -> Classifier:
    """Load a published version, given as 2, "2" or "v2"; it is fetched from the store if it is only there.

    Raises:
        ArtifactError: the kind is unknown, or the version was never published or does not work.
        StoreUnavailable: it is only in the store, which does not answer.
    """
    if kind not in KINDS:
        raise ArtifactError(f"There is no kind {kind!r}: the kinds are {', '.join(KINDS)}.")
    name = f"v{str(version).removeprefix('v')}"
    published = {f"v{each}": each for each in numbers(kind)}
    if name not in published:
        raise ArtifactError(f"{kind} {name} was never published; published: {', '.join(published) or 'none'}.")
    wanted = in_store({kind: published[name]})
    leave()  # who waits for the store, or tests a version, keeps nobody from the database
    fetch(wanted)
    return runtime.load(artifacts.version_directory(settings.MODELS_DIR, kind, published[name]))


def fetch(wanted: Iterable[Wanted], *, weights: bool = False) -> None:
    """Fetch from the store what is not here; whoever calls this waits, but not for long.

    Raises:
        ArtifactError: something is missing or damaged in the store.
        StoreUnavailable: the store does not answer in time, or another process does not end fetching.
        OSError: it cannot be written.
    """
    remote, root = store(), settings.MODELS_DIR
    for each in wanted:
        if remote is None or each.is_in(root, weights=weights):
            continue
        leave()
        try:
            within(DEADLINE, partial(fetch_one, remote, root, each, weights=weights, wait=DEADLINE))
        except BlockingIOError as error:
            raise StoreUnavailable(OSError("another process is still fetching from it")) from error


def require_rows(chosen: Mapping[str, int]) -> None:
    """Raise ArtifactError if the table does not list one of these versions, but another one of its number, or none.

    With a store, one that is not there is not listed: other machines would look for it in vain. Without one, what is in
    MODELS_DIR may have the number of a version that is in the store.
    """
    if settings.MODELS_STORE:
        found = {each.kind for each in in_store(chosen)}
        for kind in chosen.keys() - found:
            raise ArtifactError(f"{kind} v{chosen[kind]} is not in the store: run `manage.py upload_versions` first.")
        return
    for row in ModelVersion.objects.filter(kind__in=chosen, version__in=chosen.values(), files__isnull=False):
        directory = artifacts.version_directory(settings.MODELS_DIR, row.kind, row.version)
        if chosen[row.kind] == row.version and artifacts.read_sidecar(directory).sha256 != row.sha256:
            raise ArtifactError(f"{row} in MODELS_DIR is another one than in the store, and MODELS_STORE is not set.")


def copy(source: Path) -> list[tuple[str, int]]:
    """Copy newer versions from another directory to MODELS_DIR: see `copying.copy_versions`."""
    return copying.copy_versions(source, settings.MODELS_DIR)
