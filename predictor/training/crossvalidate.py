"""Cross-validation without a leak: nothing made of a drawing that judges, no variation of it, ever teaches.

The ancestor augmented first and split then, so that variations of a fold's drawings taught the model that the fold
judged, and reported the last fold only. Here each fold is taken out first, variations are made of the others alone, and
all folds count.
"""

import math
from dataclasses import dataclass

import numpy as np

from predictor.ml.images import to_images
from predictor.ml.runtime import Probabilities
from predictor.training.challenge import train
from predictor.training.dataset import Dataset, folds
from predictor.training.evaluate import score
from predictor.training.material import Material, copies_for
from predictor.training.progress import Progress, silent


@dataclass(frozen=True)
class CrossValidation:
    """`answers`, float32 (n, 10): of each drawing by the classifier that had not seen it; `accuracies`, one a fold."""

    answers: Probabilities
    accuracies: tuple[float, ...]
    data: Dataset

    @property
    def mean(self) -> float:
        """Of the folds' accuracies."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float:
        """Standard deviation of the folds' accuracies; that of their mean is smaller by the root of their number."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else math.nan

    @property
    def misses(self) -> int:
        """Over all folds."""
        misses: int = score(self.answers, self.data)["misses"]
        return misses


def cross_validate(
    kind: str, data: Dataset, *, n: int = 10, seed: int, epochs: int | None = None, progress: Progress = silent
) -> CrossValidation:
    """Train a classifier of a kind `n` times, each time without one stratified fold, and let it answer for that one.

    Args:
        kind: svm, mlp or cnn.
        data: what is cut into folds; a digit with fewer than `n` drawings makes for fewer of them.
        n: number of folds.
        seed: of the folds and of the training.
        epochs: of the networks, shorter or longer than usual.
        progress: told after each fold.

    Raises:
        DatasetError: beside a fold fewer than two drawings of a digit are left to teach: there must be three of each,
            or four if they are cut into two folds. Nothing was trained.
    """
    answers = np.zeros((len(data), 10), np.float32)
    accuracies = []
    splits = list(folds(data, n, seed=seed))
    for taught, _ in splits:
        data[taught].require_all_classes()
    for number, (taught, aside) in enumerate(splits, 1):
        material = Material.prepare(data[taught], seed=seed, copies=copies_for([kind], len(taught), epochs))
        trained = train(kind, material, seed=seed, epochs=epochs)
        answers[aside] = trained.probabilities(to_images(data[aside].pixels))
        accuracies.append(score(answers[aside], data[aside])["accuracy"])
        progress(f"{kind}, fold", number, len(splits))
    return CrossValidation(answers, tuple(accuracies), data)
