"""Train a classifier by the name of its kind."""

from collections.abc import Sequence
from typing import Any, Protocol

from predictor.ml.kinds import KINDS
from predictor.ml.runtime import SupportsProbabilities
from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import Curve
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.training_data import TrainingData, copies_needed
from predictor.training.progress import Progress, no_progress


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
        progress: called as the training advances.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"There is no kind {kind!r}.")
    if kind == "pen":
        from predictor.training.classifiers.pen import Pen

        return Pen(data, seed=seed, epochs=epochs, folds=folds, start=start, progress=progress)
    if not isinstance(data, TrainingData):
        raise TypeError(f"The {kind} learns from pixels.")
    started = [kind] if start else []
    data = data.limited_to(copies_needed([kind], len(data.drawings), epochs, started=started))
    if kind == "svm":
        from predictor.training.classifiers.svm import Svm

        return Svm(data, seed=seed, folds=folds, progress=progress)
    # Imported only to train a network: TensorFlow takes seconds and half a gigabyte.
    if kind == "mlp":
        from predictor.training.classifiers.mlp import Mlp

        return Mlp(data, seed=seed, epochs=epochs, folds=folds, start=start, progress=progress)
    from predictor.training.classifiers.cnn import Cnn

    return Cnn(data, seed=seed, epochs=epochs, folds=folds, start=start, progress=progress)
