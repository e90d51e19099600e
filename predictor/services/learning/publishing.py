"""Publishing versions where all machines find them: in MODELS_DIR, and before that in the store, if there is one.

With a store, the row in the database gives the number: two machines that publish at once cannot both write the row of
one number. It is written when all files are in the store, and it alone says what belongs to the version.
"""

import dataclasses
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from django.db import Error, connection
from django.db.models import Max

from mnistsite.database.outages import is_outage
from predictor.ml import artifacts, manifests
from predictor.ml.artifacts import SIDECAR, WEIGHTS, Sidecar
from predictor.ml.champions import answering
from predictor.ml.errors import ArtifactError
from predictor.ml.manifests import Files
from predictor.models import ModelVersion
from predictor.services.answering.champions import KINDS, promoted, sync_model_versions
from predictor.services.learning import promotions
from predictor.services.store.objects import Store, StoreUnavailable, store
from predictor.services.store.rows import claim, highest_stored

T = TypeVar("T")
Documents: TypeAlias = Callable[[Sidecar], Mapping[str, bytes]]
Report: TypeAlias = Callable[[str], None]
PAUSES: Final = (1, 2, 4, 8, 16)  # seconds between tries to publish what took long to train
ATTEMPTS: Final = 20  # to get a number, while others publish
log = logging.getLogger(__name__)


@dataclass
class Uploaded:
    """Kinds and numbers: what was uploaded, what was uploaded again because files were missing in the store, what got
    back its row, what has the number of another version, and what became champion.
    """

    versions: list[tuple[str, int]] = field(default_factory=list)
    again: list[tuple[str, int]] = field(default_factory=list)
    restored: list[tuple[str, int]] = field(default_factory=list)
    taken: list[tuple[str, int]] = field(default_factory=list)
    promoted: list[tuple[str, int]] = field(default_factory=list)


def publish(
    root: Path,
    sidecar: Sidecar,
    artifact: bytes,
    documents: Documents | None = None,
    *,
    weights: bytes = b"",
    report: Report = log.warning,
) -> Sidecar:
    """Publish an artifact as the next version of its kind: see `artifacts.publish`.

    With a store it is published as soon as it has its row; if it cannot be written to `root` then, that is reported.

    Raises:
        ArtifactError, StoreUnavailable, Error: it could not be stored, so nothing was published.
        OSError, ValueError: see `artifacts.publish`.
    """
    remote = store()
    if remote is None:
        above = highest_stored(sidecar.kind)
        return artifacts.publish(root, sidecar, artifact, documents, weights=weights, above=above)
    kind = sidecar.kind
    for _ in range(ATTEMPTS):
        numbered = dataclasses.replace(sidecar, version=_patiently(partial(_next, root, kind)))
        contents = artifacts.contents(numbered, artifact, documents, weights)
        found = _patiently(partial(remote.put, kind, numbered.version, contents))
        if _patiently(partial(claim, numbered, found)):
            _install(root, numbered, contents, report)
            return numbered
    raise ArtifactError(f"{kind} could not be published: {ATTEMPTS} numbers were given to other versions meanwhile.")


def upload_rest(root: Path, kinds: Iterable[str], report: Report) -> None:
    """Upload what only this machine has, before a new version's number passes it; what fails is reported."""
    remote = store()
    if remote is None:
        return
    for kind in kinds:
        try:
            _patiently(partial(upload, remote, root, kinds=[kind]))
        except (ArtifactError, OSError, Error) as error:
            report(f"{kind}: versions that only this machine has could not be uploaded: {error}")


def upload(remote: Store, source: Path, *, kinds: Iterable[str] = KINDS, restore: bool = False) -> Uploaded:
    """Upload the versions in a directory that are above the highest one in the store, each kind's in ascending order.

    Others stay as they are, but get what they lack there, such as weights, if they are the same. `restore` says whether
    one whose row was lost gets it back, if it is in the store as it is here; what was pruned is not there.

    Raises:
        ArtifactError: a version is damaged, here or there; those before it were uploaded.
        StoreUnavailable: the store does not answer, or refuses; those before it were uploaded.
    """
    sync_model_versions()
    done = Uploaded()
    for kind in kinds:
        rows = ModelVersion.objects.filter(kind=kind, files__isnull=False)
        stored: dict[int, Files] = {each.version: each.files or {} for each in rows}
        for version in artifacts.published_versions(source, kind):
            directory = artifacts.version_directory(source, kind, version)
            if version > max(stored, default=0):
                contents = manifests.read(directory)
                is_new = claim(artifacts.read_sidecar(directory), remote.put(kind, version, contents))
                (done.versions if is_new else done.taken).append((kind, version))
            elif version in stored:
                if manifests.differing(directory, _sidecar_of(stored[version]), weights=False):
                    done.taken.append((kind, version))
                elif not remote.has(kind, version, stored[version]):
                    remote.put(kind, version, manifests.read(directory))
                    done.again.append((kind, version))
                else:
                    _put_weights(remote, kind, version, directory, stored[version])
            elif restore and _restore(remote, kind, version, directory):
                done.restored.append((kind, version))
    return done


def introduce(remote: Store, source: Path) -> Uploaded:
    """Upload the versions in a directory: see `upload`. Its champions become those of kinds that were never promoted.

    Raises:
        ArtifactError: there are no versions; also see `upload`.
        StoreUnavailable: see `upload`.
        ChampionChanged: somebody has promoted another version meanwhile.
        OSError: the champions cannot be written.
    """
    if not any(artifacts.published_versions(source, kind) for kind in KINDS):
        raise ArtifactError(f"There are no versions in {source}.")
    done = upload(remote, source, restore=True)
    first = {kind: version for kind, version in answering(source).items() if kind not in promoted()}
    for kind, version in first.items():
        promotions.promote(kind, version, reason="manage.py upload_versions: the first champion")
        done.promoted.append((kind, version))
    return done


def _sidecar_of(files: Files) -> Files:
    return {SIDECAR: files[SIDECAR]}


def _next(root: Path, kind: str) -> int:
    highest = ModelVersion.objects.filter(kind=kind).aggregate(Max("version"))["version__max"] or 0
    return int(max(highest, *artifacts.published_versions(root, kind), 0)) + 1


def _install(root: Path, sidecar: Sidecar, contents: Mapping[str, bytes], report: Report) -> None:
    try:
        artifacts.install(root, sidecar.kind, sidecar.version, contents)
    except OSError as error:
        name = f"{sidecar.kind} v{sidecar.version}"
        report(f"{name} is published, but cannot be written to MODELS_DIR: {error.strerror or error}.")


def _put_weights(remote: Store, kind: str, version: int, directory: Path, files: Files) -> None:
    """Store the weights if they are here, but not there."""
    what = {name: each for name, each in files.items() if name == WEIGHTS}
    if manifests.differing(directory, what, weights=True):
        return
    for name, each in what.items():
        if not remote.has_file(kind, version, name, each):
            remote.put_file(kind, version, name, (directory / name).read_bytes())


def _restore(remote: Store, kind: str, version: int, directory: Path) -> bool:
    try:
        found = manifests.described(manifests.read(directory))
    except ArtifactError:  # nobody misses what is damaged
        return False
    return remote.has(kind, version, found) and claim(artifacts.read_sidecar(directory), found)


def _patiently(work: Callable[[], T]) -> T:
    """Do what asks the store or the database; while it is away, try again for half a minute."""
    for pause in PAUSES:
        try:
            return work()
        except StoreUnavailable as error:
            log.warning("%s Trying again in %s s.", error, pause)
        except Error as error:
            if not is_outage(error) or connection.in_atomic_block:
                raise
            connection.close()
            log.warning("The database is unavailable: %s. Trying again in %s s.", error, pause)
        time.sleep(pause)
    return work()
