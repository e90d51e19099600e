"""The champions of a `models/` directory, loaded when first asked for and exchanged while the server runs."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from predictor.ml import artifacts, runtime
from predictor.ml.errors import ArtifactError
from predictor.ml.runtime import Classifier

Stamp: TypeAlias = tuple[int, int, int] | None


@dataclass(frozen=True)
class Broken:
    """A kind that should answer and cannot."""

    version: int | None
    reason: str


@dataclass(frozen=True)
class Champions:
    """What answers at one moment: the classifiers that work, and why the others of `artifacts.KINDS` do not."""

    classifiers: dict[str, Classifier]
    broken: dict[str, Broken]


class Registry:
    """Gives the champions as they stand on disk now: a promotion shows at the next call, without a restart.

    A call costs one `stat` of `champions.json`. A classifier that works is kept until another version is promoted, even
    if its files vanish; one that is broken is tried again as soon as its files change. Sessions are made here, so in
    the process that uses them. Safe to use from several threads.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._stamps: dict[Path, Stamp] | None = None
        self._champions = Champions({}, {})

    def champions(self) -> Champions:
        if not self._current():
            with self._lock:
                if not self._current():
                    self._reload()
        return self._champions

    def _current(self) -> bool:
        stamps = self._stamps
        return stamps is not None and all(_stamp(path) == stamp for path, stamp in stamps.items())

    def _reload(self) -> None:
        path = self.root / artifacts.CHAMPIONS
        stamps = {path: _stamp(path)}
        old, new, broken = self._champions.classifiers, dict[str, Classifier](), dict[str, Broken]()
        try:
            versions = artifacts.read_champions(self.root)
        except ArtifactError as error:  # someone's hand has been in the file: go on with what works
            self._champions = Champions(old, {k: Broken(None, str(error)) for k in artifacts.KINDS if k not in old})
            self._stamps = stamps
            return
        for kind in artifacts.KINDS:
            version = versions.get(kind)
            if version is None and kind in old:
                new[kind] = old[kind]
            elif version is None:
                broken[kind] = Broken(None, f"No version of {kind} has been published.")
            elif kind in old and old[kind].version == version:
                new[kind] = old[kind]
            else:
                directory = artifacts.version_directory(self.root, kind, version)
                files = [directory / artifacts.ARTIFACT, directory / artifacts.SIDECAR]
                watched = {file: _stamp(file) for file in files}
                try:
                    new[kind] = runtime.load(directory)
                except ArtifactError as error:
                    broken[kind] = Broken(version, str(error))
                    stamps |= watched
        self._champions, self._stamps = Champions(new, broken), stamps


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
