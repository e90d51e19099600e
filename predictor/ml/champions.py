"""Which published versions answer: how that is read and changed.

    models/champions.json           {"cnn": 1, "mlp": 1, "svm": 1}: the version of each kind that answers;
                                    a kind that reads strokes may be missing
    models/champions.backup.json    the last good state: for each kind, the last of these that passed its self-test

Both are written by `promote`, which tests a version first, and replaced atomically: a reader sees the old state or the
new one. People may edit the first file. If it is damaged or lost, or names a version that does not work, the second one
tells a new process what to answer with; the next promotion writes both anew.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from predictor.ml import artifacts, files, runtime
from predictor.ml.artifacts import LARGEST, MALFORMED
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import KINDS

CHAMPIONS: Final = "champions.json"
BACKUP: Final = "champions.backup.json"
MAX_SIZE: Final = 4096  # bytes; ours have 40
log = logging.getLogger(__name__)


def read_champions(root: Path) -> dict[str, int]:
    """Which version of each kind should answer; empty if none was promoted yet.

    Raises:
        ArtifactError: `champions.json` is lost, cannot be read, or does not map kinds to version numbers.
    """
    try:
        return _read(root / CHAMPIONS)
    except FileNotFoundError as error:
        if (root / BACKUP).exists():
            raise ArtifactError(f"{CHAMPIONS} is missing.") from error
        return {}


def last_good(root: Path) -> dict[str, int]:
    """The last good state; empty if there is none, or it cannot be read either."""
    try:
        return _read(root / BACKUP)
    except FileNotFoundError:
        return {}
    except ArtifactError as error:
        log.warning("%s", error)
        return {}


def answering(root: Path) -> dict[str, int]:
    """Which version of each kind should answer: see `read_champions`, or else the last good state.

    Raises:
        ArtifactError: neither can be read.
    """
    try:
        return read_champions(root)
    except ArtifactError:
        if good := last_good(root):
            return good
        raise


def promote(root: Path, versions: Mapping[str, int]) -> None:
    """Make published versions the champions of their kinds, all at once; a damaged `champions.json` is written anew.

    Raises:
        ArtifactError: one of them was never published or does not work; nothing changes.
        OSError: it could not be written; nothing changes.
    """
    for kind, version in versions.items():
        runtime.load(artifacts.version_directory(root, kind, version))
    paths = [root / CHAMPIONS, root / BACKUP]
    with artifacts.locked(root):
        files.sweep(paths)
        good = last_good(root)
        champions = _repaired(root) | dict(versions)
        good |= {kind: v for kind, v in champions.items() if kind in versions or _works(root, kind, v)}
        with files.replacing(paths) as opened:
            for file, state in zip(opened, (champions, good), strict=True):
                file.write((json.dumps(state, indent=1, sort_keys=True) + "\n").encode())
            for path in paths:
                if path.is_dir() and not path.is_symlink():  # a file cannot replace it
                    path.rmdir()


def sweep(root: Path) -> None:
    """Delete what publishers and promotions that were killed have left in `root`."""
    artifacts.sweep(root)
    files.sweep([root / CHAMPIONS, root / BACKUP])


def _read(path: Path) -> dict[str, int]:
    """Raises ArtifactError if it cannot be read, and FileNotFoundError if it does not exist."""
    try:
        champions = json.loads(files.read(path, MAX_SIZE))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ArtifactError(f"{path.name} cannot be read: {error.strerror}.") from error
    except MALFORMED as error:
        raise ArtifactError(f"{path.name} cannot be read: {error}.") from error
    if not isinstance(champions, dict) or not all(
        kind in KINDS and type(version) is int and 1 <= version <= LARGEST for kind, version in champions.items()
    ):
        raise ArtifactError(f"{path.name} must map {', '.join(KINDS)} to version numbers.")
    return champions


def _repaired(root: Path) -> dict[str, int]:
    try:
        return answering(root)
    except ArtifactError as error:
        log.warning("%s It is written anew.", error)
        return {}


def _works(root: Path, kind: str, version: int) -> bool:
    try:
        runtime.load(artifacts.version_directory(root, kind, version))
    except ArtifactError as error:
        log.warning("%s", error)
        return False
    return True
