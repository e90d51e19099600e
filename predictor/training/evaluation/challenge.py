"""One training run of one kind: train, export, and compare the export with the framework."""

import dataclasses
import datetime as dt
import hashlib
import importlib.metadata
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml import weights
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.consensus import consensus
from predictor.ml.inputs import input_of
from predictor.ml.kinds import ALL
from predictor.ml.runtime import Classifier, Probabilities, SupportsProbabilities
from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import Curve
from predictor.training.classifiers.member import Member
from predictor.training.classifiers.train import Trained, train
from predictor.training.data.dataset import Dataset
from predictor.training.data.labelled import Labelled
from predictor.training.errors import ExportError
from predictor.training.evaluation.cards import machine
from predictor.training.evaluation.conditions import Judgement
from predictor.training.evaluation.differences import Differences
from predictor.training.evaluation.evaluate import probabilities, score
from predictor.training.evaluation.gate import STROKE_LIMITS, Trial, judge
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.strokes import StrokeSplits
from predictor.training.progress import Progress, no_progress

PARITY: Final = 1e-4  # the largest allowed difference between a probability by the framework and by the artifact
LIBRARIES: Final = ("numpy", "onnx", "onnxruntime", "scikit-learn", "skl2onnx", "tensorflow", "tf2onnx")


@dataclass(frozen=True)
class Challenge:
    """A challenger, not yet published, and how it and, once they were `compared`, the champion performed on the same
    held-out images.

    `weights` is its weights file, empty if it has none. `curves` say how the networks learned: see `Curve`; there are
    none of an SVM. `differences` is None without a champion that works. `shown_answers`, (n, 10), are those to the n
    drawings `shown`, by which the card's figures are drawn. `machine` describes the one that trained it.
    """

    sidecar: Sidecar
    artifact: bytes
    shown: Labelled
    shown_answers: Probabilities
    trial: Trial
    weights: bytes = b""
    champion: int | None = None
    champion_misses: int | None = None
    champion_error: str | None = None
    machine: str = ""
    curves: tuple[Curve, ...] = ()
    differences: Differences | None = None

    @property
    def misses(self) -> int:
        misses: int = self.sidecar.metrics["held_out"]["misses"]
        return misses

    @cached_property
    def judgement(self) -> Judgement:
        """What the gate says: see `gate`."""
        limits = STROKE_LIMITS if ALL[self.sidecar.kind].reads == "strokes" else None
        return judge(self.trial, size=self.sidecar.size, parity=self.sidecar.parity, most_parity=PARITY, limits=limits)

    @property
    def won(self) -> bool:
        """Whether the gate says that it is to be promoted."""
        return self.judgement.outcome == "promote"


def challenger(
    kind: str,
    splits: Splits,
    *,
    seed: int,
    epochs: int | None = None,
    folds: int | None = None,
    start: Weights | None = None,
    data: Prepared | None = None,
    members: Sequence[Member] | None = None,
    progress: Progress = no_progress,
) -> Challenge:
    """Train a challenger of a kind, without looking at any champion.

    Args:
        kind: svm, mlp, cnn or pen.
        splits: what to train and evaluate on.
        seed: of everything random.
        epochs: see `train`.
        folds: see `train`.
        start: see `train`.
        data: what it is trained on, if it was already prepared; it may have more copies than this kind needs.
        members: see `train`.
        progress: called as the training advances.

    Raises:
        DatasetError: a digit is missing from the training images, or the kind reads strokes and there are none.
        ExportError: a probability by the artifact differs from the framework's by more than PARITY.
        ArtifactError: the artifact does not load.
    """
    read = splits.read_by(kind)
    data = data or read.prepared([kind], seed=seed, epochs=epochs, started=[kind] if start else [], progress=progress)
    started = time.monotonic()
    trained = train(kind, data, seed=seed, epochs=epochs, folds=folds, start=start, members=members, progress=progress)
    artifact = trained.to_onnx()
    seconds = time.monotonic() - started + sum(each.seconds for each in members or ())
    progress(f"{kind}, evaluation", 0, 1)
    described = _describe(trained, artifact, read, seed=seed, seconds=seconds)
    progress(f"{kind}, evaluation", 1, 1)
    return described


def parity(trained: SupportsProbabilities, artifact: SupportsProbabilities, data: Labelled) -> float:
    """The largest |Δp| between the framework's probabilities and the artifact's, over all of `data`.

    Raises:
        ExportError: it exceeds PARITY.
    """
    difference = float(np.abs(probabilities(trained, data) - probabilities(artifact, data)).max())
    if not difference <= PARITY:
        raise ExportError(f"The exported artifact differs from the framework by {difference:.2g} (at most {PARITY}).")
    return difference


def _describe(
    trained: Trained,
    artifact: bytes,
    splits: Splits | StrokeSplits,
    *,
    seed: int,
    seconds: float,
) -> Challenge:
    """A challenger with its sidecar, evaluated as the web process runs it; it has passed its self-test and `parity`."""
    first = splits.held_out.inputs(slice(1))
    takes = input_of(trained.kind)
    selftest = SelfTest(takes.to_stored(first[0]), trained.probabilities(first)[0])
    packed = weights.pack(trained.weights) if trained.weights else b""
    draft = Sidecar(
        kind=trained.kind,
        version=0,
        sha256=hashlib.sha256(artifact).hexdigest(),
        size=len(artifact),
        preprocessing=takes.preprocessing,
        trained_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        seconds=round(seconds, 1),
        seed=seed,
        base=splits.base,
        dataset=splits.counts,
        hyperparameters=trained.hyperparameters,
        calibration=trained.calibration,
        metrics={},
        parity=0.0,
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        selftest=selftest,
        weights=weights.describe(packed) if packed else {},
    )
    challenger = Classifier(draft, artifact)
    held_out = probabilities(challenger, splits.held_out)
    metrics = {"held_out": score(held_out, splits.held_out)}
    metrics |= {name: score(held_out[splits.parts[name]], each) for name, each in splits.held_out_sets.items()}
    answers = probabilities(challenger, splits.shown)
    if len(splits.test):
        metrics["mnist_test"] = score(answers, splits.shown)
    difference = parity(trained, challenger, splits.held_out)
    trial = Trial(
        labels=splits.held_out.labels,
        drawings=splits.held_out_drawings,
        challenger=held_out,
        champion=None,
        rejected=_rejected(held_out, splits.held_out) if isinstance(splits.held_out, Dataset) else None,
        sets=splits.parts,
        site_labels=splits.site_labels,
    )
    described = dataclasses.replace(draft, metrics=metrics, parity=difference)
    return Challenge(
        described, artifact, splits.shown, answers, trial, packed, curves=tuple(trained.curves), machine=machine()
    )


def _rejected(answers: Probabilities, data: Dataset) -> NDArray[np.bool_]:
    """Whether the verdict by this classifier alone is another than "a digit", bool (n,)."""
    pairs = zip(answers, data.pixels, strict=True)
    return np.array([consensus([answer], pixels).verdict != "digit" for answer, pixels in pairs], bool)
