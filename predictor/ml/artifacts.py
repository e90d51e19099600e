"""What is published below `models/`, and how it gets there.

    models/champions.json           {"cnn": 1, "mlp": 1, "svm": 1}: the version of each kind that answers
    models/cnn/v1/model.onnx        the artifact: float32 (n, 28, 28) in [0, 1] → probabilities, float32 (n, 10)
    models/cnn/v1/sidecar.json      what it is, where it comes from, what it must answer
    models/cnn/v1/card.md           the same for people, with its pictures; nothing here reads it

A version is written aside, flushed to disk and renamed into place, then `champions.json` is replaced the same way: a
reader sees the old state or the new one, whole, and so does whoever looks after a crash or a full disk. Nothing is ever
unpickled; the artifact's SHA-256 stands in its sidecar.
"""

import base64
import dataclasses
import datetime as dt
import fcntl
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from predictor.ml import files
from predictor.ml.errors import ArtifactError
from predictor.ml.images import SIDE, Pixels

KINDS: Final = ("cnn", "mlp", "svm")
ARTIFACT: Final = "model.onnx"
SIDECAR: Final = "sidecar.json"
CHAMPIONS: Final = "champions.json"


@dataclass(frozen=True)
class SelfTest:
    """Some pixels, uint8 (28, 28), and the probabilities (10,) that the framework gave for them at the export."""

    pixels: Pixels
    probabilities: NDArray[np.float32]

    def to_json(self) -> dict[str, Any]:
        return {
            "pixels": base64.b64encode(self.pixels.tobytes()).decode(),
            "probabilities": [float(p) for p in self.probabilities],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        pixels = np.frombuffer(base64.b64decode(value["pixels"], validate=True), np.uint8).reshape(SIDE, SIDE)
        return cls(pixels, np.array(value["probabilities"], np.float32).reshape(10))


@dataclass(frozen=True)
class Sidecar:
    """All that is known of one artifact. `metrics` and `dataset` are plain JSON: they are read by people."""

    kind: str
    version: int
    sha256: str
    size: int
    preprocessing: int
    trained_at: str
    seconds: float
    seed: int
    base: str
    dataset: dict[str, Any]
    hyperparameters: dict[str, Any]
    calibration: dict[str, Any]
    metrics: dict[str, Any]
    parity: float
    libraries: dict[str, str]
    selftest: SelfTest

    def to_json(self) -> dict[str, Any]:
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return fields | {"selftest": self.selftest.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        sidecar = cls(**{**value, "selftest": SelfTest.from_json(value["selftest"])})
        dt.datetime.fromisoformat(sidecar.trained_at)
        if not {"digest", "n"} <= sidecar.dataset.keys():
            raise ValueError("its dataset lacks digest or n")
        return sidecar


def version_directory(root: Path, kind: str, version: int) -> Path:
    return root / kind / f"v{version}"


def published_versions(root: Path, kind: str) -> list[int]:
    """The versions of a kind that stand in `root`, in ascending order."""
    names = (path.name for path in (root / kind).glob("v*") if path.is_dir())
    return sorted(int(name[1:]) for name in names if name[1:].isdecimal())


def read_champions(root: Path) -> dict[str, int]:
    """Which version of each kind answers; empty where nothing was published yet.

    Raises:
        ArtifactError: `champions.json` is not what `write_champions` writes.
    """
    path = root / CHAMPIONS
    try:
        champions = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(champions, dict) or not all(
        kind in KINDS and type(version) is int for kind, version in champions.items()
    ):
        raise ArtifactError(f"{path.name} must map {', '.join(KINDS)} to version numbers.")
    return champions


def read_sidecar(directory: Path) -> Sidecar:
    """Read and check a sidecar.

    Raises:
        ArtifactError: it is missing, is no JSON, or lacks a field.
    """
    name = f"{directory.parent.name}/{directory.name}/{SIDECAR}"
    try:
        return Sidecar.from_json(json.loads((directory / SIDECAR).read_bytes()))
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(f"{name} is not a valid sidecar: {error}") from error


def read_artifact(directory: Path, sidecar: Sidecar) -> bytes:
    """Read an artifact and hold it against its sidecar's SHA-256.

    Raises:
        ArtifactError: it is missing, or is another file than the sidecar describes.
    """
    name = f"{directory.parent.name}/{directory.name}/{ARTIFACT}"
    try:
        content = (directory / ARTIFACT).read_bytes()
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != sidecar.sha256:
        raise ArtifactError(f"{name} does not have the SHA-256 that its sidecar states.")
    return content


def publish(
    root: Path, sidecar: Sidecar, artifact: bytes, documents: Callable[[Sidecar], Mapping[str, bytes]] | None = None
) -> Sidecar:
    """Put an artifact into `root` as the next version of its kind, in one step; the champions stay as they are.

    `documents` is called with the sidecar as it will be written, and gives further files of the version by plain name.

    Returns:
        The sidecar as it was written, with the version number that the artifact got.

    Raises:
        OSError: it could not be written; then nothing is left behind.
        ValueError: a document's name is a path, hidden, or that of the artifact or the sidecar; nothing is left either.
    """
    with _locked(root):
        version = max(published_versions(root, sidecar.kind), default=0) + 1
        sidecar = dataclasses.replace(sidecar, version=version)
        target = version_directory(root, sidecar.kind, version)
        target.parent.mkdir(exist_ok=True)
        for leftover in target.parent.glob(".new-*"):  # of a publisher that was killed: the lock is ours
            shutil.rmtree(leftover)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        try:
            files.write(aside / ARTIFACT, artifact)
            files.write(aside / SIDECAR, _json(sidecar.to_json()))
            for name, content in (documents(sidecar) if documents else {}).items():
                files.write(aside / _plain(name), content)
            files.flush(aside)
            aside.chmod(0o755)
            aside.rename(target)
        except BaseException:
            shutil.rmtree(aside)
            raise
        files.flush(target.parent)
        return sidecar


def promote(root: Path, versions: Mapping[str, int]) -> None:
    """Make published versions the champions of their kinds, all in one step.

    Raises:
        ArtifactError: one of them was never published; then nothing changes.
    """
    for kind, version in versions.items():
        read_sidecar(version_directory(root, kind, version))
    with _locked(root):
        champions = read_champions(root) | dict(versions)
        aside = root / f".{CHAMPIONS}.new"
        try:
            files.write(aside, _json(champions))
            aside.replace(root / CHAMPIONS)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        files.flush(root)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _plain(name: str) -> str:
    if not name or Path(name).name != name or name.startswith(".") or "\0" in name or name in {ARTIFACT, SIDECAR}:
        raise ValueError(f"{name!r} cannot be the name of a document.")
    return name


@contextmanager
def one_run(root: Path) -> Iterator[None]:
    """Hold off other training runs on this machine: two would judge against the same champion, and the last one win.

    Raises:
        ArtifactError: another one is under way.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".run.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArtifactError("Another training run is under way.") from error
        yield


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """One publisher at a time, over all processes of this machine; released by the kernel if its holder dies."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
