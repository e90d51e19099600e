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
from predictor.ml.runtime import Classifier, Probabilities
from predictor.training.bases import Data
from predictor.training.dataset import Dataset
from predictor.training.errors import ExportError
from predictor.training.evaluate import Answering, probabilities, score
from predictor.training.material import Material, copies_for
from predictor.training.progress import Progress, silent

PARITY: Final = 1e-4  # the largest difference of a probability between framework and artifact
LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx", "tensorflow", "tf2onnx")


class Trained(Answering, Protocol):
    """What the constructors of Svm, Mlp and Cnn give."""

    kind: str
    hyperparameters: dict[str, Any]
    calibration: dict[str, Any]

    def to_onnx(self) -> bytes: ...


@dataclass(frozen=True)
class Challenge:
    """A challenger, not yet published, and how it and the champion did on the same held-out images."""

    sidecar: Sidecar
    artifact: bytes
    test_answers: Probabilities
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


def challenge(
    kind: str,
    data: Data,
    root: Path,
    *,
    seed: int,
    epochs: int | None = None,
    material: Material | None = None,
    progress: Progress = silent,
) -> Challenge:
    """Train a challenger of a kind and compare it with that kind's champion in `root`.

    Args:
        kind: svm, mlp or cnn.
        data: what teaches, judges and reports.
        root: where the champions are; it is only read.
        seed: of everything random.
        epochs: of the networks, shorter or longer than usual.
        material: `data.material()`, if it is at hand; it may hold more variations than this kind takes.
        progress: told how far the training is.

    Raises:
        DatasetError: a digit is missing from the training images.
        ExportError: the artifact answers otherwise than the framework by more than PARITY.
        ArtifactError: the artifact does not load.
    """
    version = artifacts.read_champions(root).get(kind)
    copies = copies_for([kind], len(data.training), epochs)
    material = material or data.material(seed=seed, copies=copies, progress=progress)
    started = time.monotonic()
    trained = train(kind, material, seed=seed, epochs=epochs, progress=progress)
    artifact = trained.to_onnx()
    seconds = time.monotonic() - started
    challenger = _describe(trained, artifact, data, seed=seed, seconds=seconds)
    if version is None:
        return challenger
    try:
        champion = runtime.load(artifacts.version_directory(root, kind, version))
    except ArtifactError as error:  # any challenger is better than a champion that cannot answer
        return dataclasses.replace(challenger, champion=version, champion_error=str(error))
    misses = score(probabilities(champion, data.held_out), data.held_out)["misses"]
    return dataclasses.replace(challenger, champion=version, champion_misses=misses)


def train(
    kind: str, material: Material, *, seed: int, epochs: int | None = None, progress: Progress = silent
) -> Trained:
    """Train svm, mlp or cnn on as many of the material's variations as it takes, whatever trains beside it.

    `epochs` shortens or lengthens the networks' training.
    """
    if kind not in artifacts.KINDS:
        raise ValueError(f"There is no kind {kind!r}.")
    material = material.first(copies_for([kind], len(material.drawings), epochs))
    if kind == "svm":
        from predictor.training.svm import Svm

        return Svm(material, seed=seed, progress=progress)
    # TensorFlow takes seconds and half a gigabyte: only who trains a network pays for it.
    if kind == "mlp":
        from predictor.training.mlp import Mlp

        return Mlp(material, seed=seed, epochs=epochs, progress=progress)
    from predictor.training.cnn import Cnn

    return Cnn(material, seed=seed, epochs=epochs, progress=progress)


def parity(trained: Answering, artifact: Answering, data: Dataset) -> float:
    """The largest |Δp| between the framework's answers and the artifact's, over all of `data`.

    Raises:
        ExportError: it exceeds PARITY.
    """
    difference = float(np.abs(probabilities(trained, data) - probabilities(artifact, data)).max())
    if not difference <= PARITY:
        raise ExportError(f"The exported artifact differs from the framework by {difference:.2g} (at most {PARITY}).")
    return difference


def _describe(trained: Trained, artifact: bytes, data: Data, *, seed: int, seconds: float) -> Challenge:
    """A challenger with its sidecar, scored as the web process would run it; it has passed self-test and parity."""
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
            "validation": len(data.validation),
            "outliers": len(data.outliers),
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
    sets = {"held_out": data.held_out, **data.held_out_sets}
    metrics = {name: score(probabilities(challenger, each), each) for name, each in sets.items()}
    answers = probabilities(challenger, data.test)
    metrics["mnist_test"] = score(answers, data.test)
    difference = parity(trained, challenger, data.held_out)
    return Challenge(dataclasses.replace(draft, metrics=metrics, parity=difference), artifact, answers)
