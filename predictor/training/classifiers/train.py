"""Train a classifier by the name of its kind."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from predictor.ml.kinds import KINDS, STROKE_KINDS
from predictor.ml.runtime import SupportsProbabilities
from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import Curve
from predictor.training.classifiers.member import Member
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.training_data import TrainingData, copies_needed
from predictor.training.progress import Progress, no_progress

if TYPE_CHECKING:
    from predictor.training.classifiers.network import Network


class Trained(SupportsProbabilities, Protocol):
    """A trained Svm, Mlp, Cnn or Pen."""

    kind: str
    hyperparameters: dict[str, Any]
    calibration: dict[str, Any]

    @property
    def weights(self) -> Weights: ...

    @property
    def curves(self) -> Sequence[Curve]:
        """How each member of a committee of networks learned; empty for an SVM."""

    def to_onnx(self) -> bytes: ...


def train(
    kind: str,
    data: Prepared,
    *,
    seed: int,
    epochs: int | None = None,
    folds: int | None = None,
    start: Weights | None = None,
    members: Sequence[Member] | None = None,
    progress: Progress = no_progress,
) -> Trained:
    """Train svm, mlp, cnn or pen on as many augmented copies as it needs, however many `data` has for others.

    Args:
        kind: svm, mlp, cnn or pen.
        data: what to train on: strokes for pen, pixels for the others.
        seed: of everything random.
        epochs: augmented copies of each drawing to train on, instead of a kind's default.
        folds: parts into which the drawings are cut where there is no validation set, instead of the default.
        start: the weights that a network goes on from, where there is a validation set and they fit; an SVM has none.
        members: those of a network without a validation set, if they were trained elsewhere: see `train_member`.
        progress: called as the training advances.

    Raises:
        ValueError: there is no such kind.
    """
    data = _limited(kind, data, epochs, [kind] if start else [])
    if kind == "svm":
        from predictor.training.classifiers.svm import Svm

        return Svm(cast(TrainingData, data), seed=seed, folds=folds, progress=progress)
    make = _network(kind)
    return make(data, seed=seed, epochs=epochs, folds=folds, start=start, members=members, progress=progress)


def train_member(
    kind: str,
    data: Prepared,
    number: int,
    *,
    seed: int,
    epochs: int | None = None,
    folds: int | None = None,
    progress: Progress = no_progress,
) -> Member:
    """Train one of the members of a network that has no validation set, from 0: see `train`."""
    data = _limited(kind, data, epochs, [])
    return _network(kind).member(data, number, seed=seed, epochs=epochs, folds=folds, progress=progress)


def _limited(kind: str, data: Prepared, epochs: int | None, started: Sequence[str]) -> Prepared:
    """With no more copies than the kind takes."""
    if kind not in KINDS:
        raise ValueError(f"There is no kind {kind!r}.")
    if kind in STROKE_KINDS:
        return data
    if not isinstance(data, TrainingData):
        raise TypeError(f"The {kind} learns from pixels.")
    return data.limited_to(copies_needed([kind], len(data.drawings), epochs, started=started))


def _network(kind: str) -> "type[Network]":
    """Imported only to train a network: TensorFlow takes seconds and half a gigabyte."""
    if kind == "pen":
        from predictor.training.classifiers.pen import Pen

        return Pen
    if kind == "mlp":
        from predictor.training.classifiers.mlp import Mlp

        return Mlp
    from predictor.training.classifiers.cnn import Cnn

    return Cnn
