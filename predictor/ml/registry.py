"""The champions of a `models/` directory, loaded on first use and replaced while the server runs."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from predictor.ml import artifacts, champions, runtime
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import ALL
from predictor.ml.runtime import Classifier

Stamp: TypeAlias = tuple[int, int, int] | None
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Broken:
    """A champion that does not work; `version` is None if it is not known which version is the champion."""

    version: int | None
    reason: str


@dataclass(frozen=True)
class Champions:
    """What answers at one moment: classifiers that work, by kind, and by kind why a champion does not.

    A kind that is in both has a champion that does not work, and a former one that answers in its place.
    """

    classifiers: dict[str, Classifier]
    broken: dict[str, Broken]

    @property
    def silent(self) -> dict[str, Broken]:
        """The kinds that cannot answer, and why."""
        return {kind: why for kind, why in self.broken.items() if kind not in self.classifiers}


class Registry:
    """Returns the champions as they are now: a promotion takes effect without a restart.

    Which versions they are, `champions.json` says, or before it `promoted`, which must return at once. A call costs one
    `stat` of that file. A classifier that works is kept until another version is promoted and
    has passed its self-test, even if its files vanish; in a new process, a champion that does not work is replaced by
    the version of the last good state. A broken champion is loaded again as soon as its files change. While one thread
    loads, the others get the former champions, if there are any. Sessions are created here, and so in the process that
    uses them.
    """

    def __init__(self, root: Path, promoted: Callable[[], Mapping[str, int]] = dict) -> None:
        self.root = root
        self._promoted = promoted
        self._seen: Mapping[str, int] = {}
        self._lock = threading.Lock()
        self._stamps: dict[Path, Stamp] | None = None
        self._champions = Champions({}, {})

    def champions(self) -> Champions:
        if not self._current() and self._lock.acquire(blocking=not self._champions.classifiers):
            try:
                if not self._current():
                    self._reload()
            finally:
                self._lock.release()
        return self._champions

    def _current(self) -> bool:
        stamps = self._stamps
        if stamps is None or self._promoted() != self._seen:
            return False
        return all(_stamp(path) == stamp for path, stamp in stamps.items())

    def _reload(self) -> None:
        stamps, promoted = _stamps(self.root / champions.CHAMPIONS), dict(self._promoted())
        versions, problem = dict[str, int](), None
        try:
            versions = champions.read_champions(self.root)
        except ArtifactError as error:
            problem = str(error)
        versions |= promoted
        new, broken = dict[str, Classifier](), dict[str, Broken]()
        for kind, what in ALL.items():
            if problem and kind not in promoted:
                found: Classifier | Broken = Broken(None, problem)
            else:
                found = self._champion(kind, versions.get(kind), stamps)
            if isinstance(found, Classifier):
                new[kind] = found
                continue
            if instead := self._champions.classifiers.get(kind) or self._last_good(kind, stamps):
                new[kind] = instead
            if instead or found.version is not None or what.is_needed:
                broken[kind] = found
        self._champions, self._stamps, self._seen = Champions(new, broken), stamps, promoted
        _tell(self._champions)

    def _champion(self, kind: str, version: int | None, stamps: dict[Path, Stamp]) -> Classifier | Broken:
        current = self._champions.classifiers.get(kind)
        if current and version in {None, current.version}:
            return current
        if version is None:
            return Broken(None, f"No version of {kind} has been published.")
        return self._load(kind, version, stamps)

    def _last_good(self, kind: str, stamps: dict[Path, Stamp]) -> Classifier | None:
        stamps |= _stamps(self.root / champions.BACKUP)
        version = champions.last_good(self.root).get(kind)
        found = self._load(kind, version, stamps) if version else None
        return found if isinstance(found, Classifier) else None

    def _load(self, kind: str, version: int, stamps: dict[Path, Stamp]) -> Classifier | Broken:
        directory = artifacts.version_directory(self.root, kind, version)
        watched = _stamps(directory / artifacts.ARTIFACT, directory / artifacts.SIDECAR)
        try:
            return runtime.load(directory)
        except ArtifactError as error:
            stamps |= watched
            return Broken(version, str(error))


def _tell(current: Champions) -> None:
    for reason in dict.fromkeys(why.reason for why in current.broken.values()):
        kinds = [kind for kind, why in current.broken.items() if why.reason == reason]
        instead = [str(current.classifiers[kind]) for kind in kinds if kind in current.classifiers]
        log.warning("%s Answering instead: %s.", reason, ", ".join(instead) or "none")


def _stamps(*paths: Path) -> dict[Path, Stamp]:
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ctime_ns, status.st_size, status.st_ino  # of any change, of permissions too
