"""One training run of one kind: train, export, hold the export against the framework, and against the champion."""

import dataclasses
import datetime as dt
import hashlib
import importlib.metadata
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from predictor.ml import artifacts, runtime
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.errors import ArtifactError
from predictor.ml.images import PREPROCESSING, to_images
from predictor.ml.runtime import Classifier
from predictor.training.dataset import Dataset
from predictor.training.errors import ExportError
from predictor.training.evaluate import Answering, probabilities, score

PARITY: Final = 1e-4  # the largest difference of a probability between framework and artifact
LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx", "tensorflow", "tf2onnx")


class Trained(Answering, Protocol):
    """What the constructors of Svm, Mlp and Cnn give."""

    kind: str
    hyperparameters: dict[str, Any]
    calibration: dict[str, Any]

    def to_onnx(self) -> bytes: ...


@dataclass(frozen=True)
class Data:
    """The three sets of one run (see `dataset`), and the name of the recipe that made them."""

    base: str
    training: Dataset
    held_out: Dataset
    test: Dataset


@dataclass(frozen=True)
class Challenge:
    """A challenger, not yet published, and how it and the champion did on the same held-out images."""

    sidecar: Sidecar
    artifact: bytes
    champion: int | None = None
    champion_misses: int | None = None
    champion_error: str | None = None

    @property
    def misses(self) -> int:
        misses: int = self.sidecar.metrics["held_out"]["misses"]
        return misses

    @property
    def won(self) -> bool:
        """Not worse than the champion; or there is no champion that works."""
        return self.champion_misses is None or self.misses <= self.champion_misses


def challenge(kind: str, data: Data, root: Path, *, seed: int, epochs: int | None = None) -> Challenge:
    """Train a challenger of a kind and compare it with that kind's champion in `root`.

    Raises:
        DatasetError: a digit is missing from the training images.
        ExportError: the artifact answers otherwise than the framework by more than PARITY.
        ArtifactError: the artifact does not load.
    """
    data.training.require_all_classes()
    version = artifacts.read_champions(root).get(kind)
    started = time.monotonic()
    trained = train(kind, data.training, seed=seed, epochs=epochs)
    artifact = trained.to_onnx()
    seconds = time.monotonic() - started
    sidecar = _describe(trained, artifact, data, seed=seed, seconds=seconds)
    if version is None:
        return Challenge(sidecar, artifact)
    try:
        champion = runtime.load(artifacts.version_directory(root, kind, version))
    except ArtifactError as error:  # any challenger is better than a champion that cannot answer
        return Challenge(sidecar, artifact, version, champion_error=str(error))
    misses = score(probabilities(champion, data.held_out), data.held_out)["misses"]
    return Challenge(sidecar, artifact, version, misses)


def train(kind: str, data: Dataset, *, seed: int, epochs: int | None = None) -> Trained:
    """Train svm, mlp or cnn on `data`; `epochs` shortens or lengthens the networks' training."""
    if kind not in artifacts.KINDS:
        raise ValueError(f"There is no kind {kind!r}.")
    if kind == "svm":
        from predictor.training.svm import Svm

        return Svm(data, seed=seed)
    # TensorFlow takes seconds and half a gigabyte: only who trains a network pays for it.
    if kind == "mlp":
        from predictor.training.mlp import Mlp

        return Mlp(data, seed=seed, epochs=epochs)
    from predictor.training.cnn import Cnn

    return Cnn(data, seed=seed, epochs=epochs)


def parity(trained: Answering, artifact: Answering, data: Dataset) -> float:
    """The largest |Δp| between the framework's answers and the artifact's, over all of `data`.

    Raises:
        ExportError: it exceeds PARITY.
    """
    difference = float(np.abs(probabilities(trained, data) - probabilities(artifact, data)).max())
    if not difference <= PARITY:
        raise ExportError(f"The exported artifact differs from the framework by {difference:.2g} (at most {PARITY}).")
    return difference


def _describe(trained: Trained, artifact: bytes, data: Data, *, seed: int, seconds: float) -> Sidecar:
    """The sidecar of a challenger, scored as the web process would run it; it has passed self-test and parity."""
    first = data.held_out.pixels[0]
    selftest = SelfTest(first, trained.probabilities(to_images(first)[None])[0])
    draft = Sidecar(
        kind=trained.kind,
        version=0,
        sha256=hashlib.sha256(artifact).hexdigest(),
        size=len(artifact),
        preprocessing=PREPROCESSING,
        trained_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        seed=seed,
        base=data.base,
        dataset={
            "digest": data.training.digest,
            "n": len(data.training),
            "class_counts": data.training.class_counts,
            "held_out_digest": data.held_out.digest,
        },
        hyperparameters=trained.hyperparameters,
        calibration=trained.calibration,
        metrics={},
        parity=0.0,
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        selftest=selftest,
    )
    challenger = Classifier(draft, artifact)
    metrics = {
        "held_out": score(probabilities(challenger, data.held_out), data.held_out),
        "mnist_test": score(probabilities(challenger, data.test), data.test),
    }
    difference = parity(trained, challenger, data.held_out)
    return dataclasses.replace(draft, metrics=metrics, parity=difference)
