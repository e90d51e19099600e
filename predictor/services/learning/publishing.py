"""Publishing versions where all machines find them: in MODELS_DIR, and before that in the store, if there is one.

With a store, the row in the database gives the number: two machines that publish at once cannot both write the row of
one number. It is written when all files are in the store, and it alone says what belongs to the version.
"""

import dataclasses
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from django.db import IntegrityError, transaction
from django.db.models import Max

from predictor.ml import artifacts, manifests
from predictor.ml.artifacts import SIDECAR, WEIGHTS, Sidecar
from predictor.ml.champions import answering
from predictor.ml.manifests import Files
from predictor.models import ModelVersion
from predictor.services.answering.champions import KINDS, promoted, sync_model_versions
from predictor.services.learning import promotions
from predictor.services.store.objects import Store, StoreUnavailable, store
from predictor.services.store.rows import row_of

Documents: TypeAlias = Callable[[Sidecar], Mapping[str, bytes]]
PAUSES: Final = (1, 2, 4, 8, 16)  # seconds between tries to upload what took long to train
log = logging.getLogger(__name__)


@dataclass
class Uploaded:
    """Kinds and numbers: what was uploaded, what was not because another version has the number, who is champion."""

    versions: list[tuple[str, int]] = field(default_factory=list)
    taken: list[tuple[str, int]] = field(default_factory=list)
    promoted: list[tuple[str, int]] = field(default_factory=list)


def publish(
    root: Path, sidecar: Sidecar, artifact: bytes, documents: Documents | None = None, *, weights: bytes = b""
) -> Sidecar:
    """Publish an artifact as the next version of its kind: see `artifacts.publish`.

    Raises:
        ArtifactError, StoreUnavailable: it could not be stored, so nothing was published.
        OSError, ValueError: see `artifacts.publish`.
    """
    remote = store()
    if remote is None:
        return artifacts.publish(root, sidecar, artifact, documents, weights=weights)
    upload(remote, root, kinds=[sidecar.kind])  # or its number would pass theirs
    while True:
        numbered = dataclasses.replace(sidecar, version=_next(root, sidecar.kind))
        contents = artifacts.contents(numbered, artifact, documents, weights)
        if _claim(numbered, _patiently(remote, numbered, contents)):
            artifacts.install(root, numbered.kind, numbered.version, contents)
            return numbered


def upload(remote: Store, source: Path, *, kinds: tuple[str, ...] | list[str] = KINDS) -> Uploaded:
    """Upload the versions in a directory that are above the highest one in the store, each kind's in ascending order.

    Others stay as they are, but get what they lack there, such as weights, if they are the same.

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
                is_new = _claim(artifacts.read_sidecar(directory), remote.put(kind, version, contents))
                (done.versions if is_new else done.taken).append((kind, version))
            elif version in stored:
                if manifests.differing(directory, _sidecar_of(stored[version]), weights=False):
                    done.taken.append((kind, version))
                elif not remote.has(kind, version, stored[version]):
                    remote.put(kind, version, manifests.read(directory))
                elif (directory / WEIGHTS).exists():
                    remote.put_file(kind, version, WEIGHTS, (directory / WEIGHTS).read_bytes())
    return done


def introduce(remote: Store, source: Path) -> Uploaded:
    """Upload the versions in a directory: see `upload`. Its champions become those of kinds that were never promoted.

    Raises:
        ArtifactError, StoreUnavailable: see `upload`.
        ChampionChanged: somebody has promoted another version meanwhile.
        OSError: the champions cannot be written.
    """
    done = upload(remote, source)
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


def _claim(sidecar: Sidecar, files: Files) -> bool:
    """Whether the number is this version's, whose files are in the store; a row without files is of the same one."""
    number = {"kind": sidecar.kind, "version": sidecar.version}
    if ModelVersion.objects.filter(**number, sha256=sidecar.sha256, files__isnull=True).update(files=files):
        return True
    try:
        with transaction.atomic():
            ModelVersion.objects.create(**number, **row_of(sidecar), files=files)
    except IntegrityError:  # somebody else was faster
        return False
    return True


def _patiently(remote: Store, sidecar: Sidecar, contents: Mapping[str, bytes]) -> Files:
    for pause in PAUSES:
        try:
            return remote.put(sidecar.kind, sidecar.version, contents)
        except StoreUnavailable as error:
            log.warning("%s Trying again in %s s.", error, pause)
            time.sleep(pause)
    return remote.put(sidecar.kind, sidecar.version, contents)
