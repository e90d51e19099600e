"""The published versions below `models/`: how they are read and written. `champions` says which of them answer.

    models/cnn/v1/model.onnx        the artifact: float32 (n, 28, 28) in [0, 1] → probabilities, float32 (n, 10)
    models/pen/v1/model.onnx        of a kind that reads strokes: float32 (n, POINTS, CHANNELS) → the same
    models/cnn/v1/sidecar.json      what it is, where it comes from, and its self-test
    models/cnn/v1/weights.npz       of a network: where a quick run goes on from; see `weights`
    models/cnn/v1/reference.json    what it was trained on, as histograms; see `drift.reference`
    models/cnn/v1/card.md           the same for people, with figures; no code reads it

A version is written to a temporary directory, flushed to disk and renamed into place. A reader therefore sees all of it
or nothing, even after a crash or on a full disk. Nothing is ever unpickled, and an artifact is checked against the
SHA-256 in its sidecar.
"""

import base64
import dataclasses
import datetime as dt
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from predictor.ml import files
from predictor.ml.errors import ArtifactError
from predictor.ml.inputs import INPUTS, Stored
from predictor.ml.kinds import KINDS

ARTIFACT: Final = "model.onnx"
SIDECAR: Final = "sidecar.json"
WEIGHTS: Final = "weights.npz"
MANIFEST: Final = "manifest.json"  # only in a store: see `manifests`
RESERVED: Final = {ARTIFACT, SIDECAR, WEIGHTS, MANIFEST}
MOST_WEIGHT: Final = 100.0
MAX_SIDECAR: Final = 1024 * 1024  # bytes; ours have 4,000
LARGEST: Final = 2**31 - 1  # number that the database keeps,
LARGEST_SMALL: Final = 2**15 - 1  # and where a small one is enough
# What reading JSON of another form than expected raises.
MALFORMED: Final = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class SelfTest:
    """Something to answer, and the framework's probabilities for it, (10,), at the time of export.

    `given` is uint8 (28, 28) of a kind that reads pixels, float32 (POINTS, CHANNELS) of one that reads strokes.
    """

    given: Stored
    probabilities: NDArray[np.float32]

    def to_json(self) -> dict[str, Any]:
        name = next(each.name for each in INPUTS.values() if each.stored == self.given.dtype)
        return {
            name: base64.b64encode(self.given.tobytes()).decode(),
            "probabilities": [float(p) for p in self.probabilities],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        taken = next((each for each in INPUTS.values() if each.name in value), INPUTS["pixels"])
        given = np.frombuffer(base64.b64decode(value[taken.name], validate=True), taken.stored).reshape(taken.shape)
        return cls(given, np.array(value["probabilities"], np.float32).reshape(10))


@dataclass(frozen=True)
class Sidecar:
    """All that is known about one artifact. `metrics` and `dataset` are plain JSON, mostly for people.

    `weights` has the SHA-256 and the size of the weights file, and is empty if there is none. `calibration` may have a
    `weight`: what the probabilities count in the consensus, where those of others count 1. `weighed` says what that is
    worth.
    """

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
    weights: dict[str, Any] = field(default_factory=dict)
    weighed: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        fields = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return fields | {"selftest": self.selftest.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        sidecar = cls(**{**value, "selftest": SelfTest.from_json(value["selftest"])})
        for name, kind in get_type_hints(cls).items():
            if type(getattr(sidecar, name)) not in {get_origin(kind) or kind, int if kind is float else None}:
                raise TypeError(f"its {name} has another type")
        dt.datetime.fromisoformat(sidecar.trained_at)
        if not {"digest", "n"} <= sidecar.dataset.keys():
            raise ValueError("its dataset lacks digest or n")
        sidecar._require_storable()
        if sidecar.weights and not (
            isinstance(sidecar.weights["sha256"], str) and type(sidecar.weights["size"]) is int
        ):
            raise TypeError("its weights have another type")
        weight = sidecar.calibration.get("weight", 1.0)
        if type(weight) not in {int, float} or not 0 < weight <= MOST_WEIGHT:
            raise ValueError(f"its weight in the consensus is not a positive number up to {MOST_WEIGHT:.0f}")
        return sidecar

    def _require_storable(self) -> None:
        """Raise ValueError if the database could not keep it."""
        numbers = (
            ("version", self.version, LARGEST),
            ("size", self.size, LARGEST),
            ("preprocessing", self.preprocessing, LARGEST_SMALL),
            ("dataset's n", self.dataset["n"], LARGEST),
        )
        for name, number, most in numbers:
            if type(number) is not int or not 0 <= number <= most:
                raise ValueError(f"its {name} is not a number from 0 to {most:,}")
        texts = (("base", self.base, 32), ("sha256", self.sha256, 64), ("dataset's digest", self.dataset["digest"], 64))
        for name, text, most in texts:
            if type(text) is not str or len(text) > most:
                raise ValueError(f"its {name} is not a text of at most {most} characters")


def version_directory(root: Path, kind: str, version: int) -> Path:
    return root / kind / f"v{version}"


def published_versions(root: Path, kind: str) -> list[int]:
    """The versions of a kind in `root`, in ascending order."""
    names = (path.name for path in (root / kind).glob("v*") if path.is_dir())
    return sorted(int(name[1:]) for name in names if name[1:].isdecimal())


def read_sidecar(directory: Path) -> Sidecar:
    """Read and check a sidecar.

    Raises:
        ArtifactError: it is missing or too large, is not valid JSON, or a field is missing or has another type.
    """
    name = f"{directory.parent.name}/{directory.name}/{SIDECAR}"
    try:
        return Sidecar.from_json(json.loads(files.read(directory / SIDECAR, MAX_SIDECAR)))
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error.strerror}.") from error
    except MALFORMED as error:
        raise ArtifactError(f"{name} is not a valid sidecar: {error}") from error


def read_artifact(directory: Path, sidecar: Sidecar) -> bytes:
    """Read an artifact and check it against the SHA-256 in its sidecar.

    Raises:
        ArtifactError: it is missing, or is not the file that the sidecar describes.
    """
    name = f"{directory.parent.name}/{directory.name}/{ARTIFACT}"
    try:
        content = files.read(directory / ARTIFACT, sidecar.size)
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(content).hexdigest() != sidecar.sha256:
        raise ArtifactError(f"{name} does not have the SHA-256 that its sidecar states.")
    return content


def publish(
    root: Path,
    sidecar: Sidecar,
    artifact: bytes,
    documents: Callable[[Sidecar], Mapping[str, bytes]] | None = None,
    *,
    weights: bytes = b"",
    above: int = 0,
) -> Sidecar:
    """Publish an artifact in `root` as the next version of its kind, atomically; the champions do not change.

    `documents` is called with the sidecar as it will be written, and returns further files of the version by name.
    `weights` is the weights file that the sidecar describes, if it describes one. The number is above those in `root`,
    and above `above`.

    Returns:
        The sidecar as it was written, with the artifact's version number.

    Raises:
        OSError: it could not be written; nothing is left behind.
        ValueError: a document's name is a path, hidden, or one of `RESERVED`; nothing is left behind.
    """
    with locked(root):
        sidecar = dataclasses.replace(sidecar, version=max(above, *published_versions(root, sidecar.kind), 0) + 1)
        write(version_directory(root, sidecar.kind, sidecar.version), contents(sidecar, artifact, documents, weights))
        return sidecar


def contents(
    sidecar: Sidecar,
    artifact: bytes,
    documents: Callable[[Sidecar], Mapping[str, bytes]] | None = None,
    weights: bytes = b"",
) -> dict[str, bytes]:
    """The files of a version by name: see `publish`."""
    found = {ARTIFACT: artifact, SIDECAR: _json(sidecar.to_json())} | ({WEIGHTS: weights} if weights else {})
    return found | {_plain(name): content for name, content in (documents(sidecar) if documents else {}).items()}


def install(root: Path, kind: str, version: int, files_by_name: Mapping[str, bytes]) -> None:
    """Publish a version whose number and files are known, atomically.

    Raises:
        OSError: it could not be written, or is there already; nothing is left behind.
    """
    with locked(root):
        target = version_directory(root, kind, version)
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        write(target, files_by_name)


def write(target: Path, files_by_name: Mapping[str, bytes]) -> None:
    """Write a version's directory, atomically; whoever calls it holds the lock of its root: see `locked`."""
    target.parent.mkdir(exist_ok=True)
    _sweep(target.parent)
    aside = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        for name, content in files_by_name.items():
            files.write(aside / name, content)
        files.flush(aside)
        aside.chmod(0o755)
        aside.rename(target)
    except BaseException:
        if aside.exists():  # it was not renamed yet
            shutil.rmtree(aside)
        raise
    files.flush(target.parent)


def delete(root: Path, kind: str, version: int, *, highest: int = 0) -> None:
    """Delete a published version; what is left by one that was interrupted, `sweep` deletes.

    A process that has loaded it answers on. The highest version of a kind must stay: its number would be given again;
    `highest` is that elsewhere.

    Raises:
        OSError: it does not exist, or cannot be deleted.
        ValueError: it is the highest of its kind.
    """
    with locked(root):
        if version == max(highest, *published_versions(root, kind), 0):
            raise ValueError(f"{kind} v{version} is the highest version of its kind.")
        target = version_directory(root, kind, version)
        aside = target.with_name(f".new-deleted-{target.name}")
        target.rename(aside)
        shutil.rmtree(aside)


def sweep(root: Path) -> None:
    """Delete what publishers that were killed have left in `root`."""
    with locked(root):
        for kind in KINDS:
            _sweep(root / kind)


def _sweep(directory: Path) -> None:
    for leftover in directory.glob(".new-*"):  # nobody else publishes: we hold the lock
        shutil.rmtree(leftover)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _plain(name: str) -> str:
    if not name or Path(name).name != name or name.startswith(".") or "\0" in name or name in RESERVED:
        raise ValueError(f"{name!r} cannot be the name of a document.")
    return name


@contextmanager
def one_run(root: Path) -> Iterator[None]:
    """Exclude other training runs on this machine: two would challenge the same champion, and the later one would win.

    Raises:
        ArtifactError: another training run is under way.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(files.locked(root / ".run.lock", wait=False))
        except BlockingIOError as error:
            raise ArtifactError("Another training run is under way.") from error
        yield


def locked(root: Path) -> AbstractContextManager[None]:
    """Allow one publisher at a time on this machine."""
    return files.locked(root / ".lock")
