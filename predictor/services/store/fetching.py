"""Fetching a version from the store to MODELS_DIR: checked file by file.

One that is not here yet arrives whole or not at all. Of a damaged copy only the damaged files are replaced, one by one.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from predictor.ml import artifacts, files, manifests
from predictor.ml.artifacts import WEIGHTS
from predictor.ml.errors import ArtifactError
from predictor.ml.manifests import Files
from predictor.services.store.objects import NotInStore, Store, StoreUnavailable

T = TypeVar("T")
LOCK: Final = ".fetch.lock"
DEADLINE: Final = 20.0  # seconds that somebody who promotes waits for the store
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """A version in the store, and the files that it consists of by its row in the database."""

    kind: str
    version: int
    files: Files

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"

    def directory(self, root: Path) -> Path:
        return artifacts.version_directory(root, self.kind, self.version)

    def is_in(self, root: Path, *, weights: bool = False) -> bool:
        """Whether all of its files are in a directory of versions; no server reads weights."""
        return not manifests.differing(self.directory(root), self.files, weights=weights)


def fetch(store: Store, root: Path, wanted: Wanted, *, weights: bool = False, wait: float = 0) -> None:
    """Fetch what is missing or damaged; `weights` says whether these, too, if the store has them.

    `wait` is for how many seconds another process of this machine, which is fetching, is waited for.

    Raises:
        ArtifactError: something is missing or damaged in the store.
        StoreUnavailable: the store does not answer, or refuses.
        BlockingIOError: another process of this machine is fetching.
        OSError: it cannot be written.
    """
    with _alone(root, wait):
        if wanted.is_in(root, weights=weights):
            return
        _make_room(root, wanted)
        missing = manifests.differing(wanted.directory(root), wanted.files, weights=weights)
        store.check_manifest(wanted.kind, wanted.version, wanted.files)
        found = {}
        for name in missing:
            try:
                found[name] = store.get(wanted.kind, wanted.version, name, wanted.files[name])
            except NotInStore:
                if name != WEIGHTS:
                    raise  # else it was uploaded from an image that has none
        if found:
            _install(root, wanted, found)


@contextmanager
def _alone(root: Path, wait: float) -> Iterator[None]:
    with ExitStack() as stack:
        deadline = time.monotonic() + wait
        while True:
            try:
                stack.enter_context(files.locked(root / LOCK, wait=False))
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.1)
        yield


def _make_room(root: Path, wanted: Wanted) -> None:
    """What is damaged is replaced. A sound version of another content, as from an image, gets another name."""
    directory = wanted.directory(root)
    try:
        sidecar = artifacts.read_sidecar(directory)
        artifacts.read_artifact(directory, sidecar)
    except ArtifactError:
        return
    if sidecar.sha256 != wanted.files[artifacts.ARTIFACT]["sha256"]:
        other = directory.with_name(f"{directory.name}-other-{sidecar.sha256[:12]}")
        log.warning("%s in MODELS_DIR is not the one of this number in the store: it is %s now.", wanted, other.name)
        with artifacts.locked(root):
            directory.rename(other)


def _install(root: Path, wanted: Wanted, found: dict[str, bytes]) -> None:
    directory = wanted.directory(root)
    if not directory.exists():
        artifacts.install(root, wanted.kind, wanted.version, found)
        return
    paths = [directory / name for name in found]
    with artifacts.locked(root), files.replacing(paths) as opened:
        for file, content in zip(opened, found.values(), strict=True):
            file.write(content)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do what asks the store in a thread of its own, and wait no longer than this: it may hang, its caller may not.

    Raises:
        StoreUnavailable: the time is over; also whatever `work` raises.
    """
    result: Future[T] = Future()
    threading.Thread(target=_work, args=(work, result), name="store, once", daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError as error:
        if result.done():  # it was raised by `work`
            raise
        raise StoreUnavailable(TimeoutError(f"it has not answered within {seconds:.0f} s")) from error


def _work(work: Callable[[], T], result: "Future[T]") -> None:
    try:
        result.set_result(work())
    except BaseException as error:  # noqa: BLE001  it is raised where the result is waited for
        result.set_exception(error)
