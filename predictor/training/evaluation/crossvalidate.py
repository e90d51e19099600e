"""Cross-validation without data leakage: no model is evaluated on a drawing whose augmented copies it was trained on.

The ancestor augmented first and split afterwards, so that each fold was evaluated by a model trained on copies of that
fold's drawings; and it reported the last fold only. Here the folds are cut first, only the training folds are
augmented, and all folds count.
"""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from predictor.ml.images import to_images
from predictor.ml.runtime import Probabilities
from predictor.training.classifiers.train import train
from predictor.training.data.dataset import Dataset, folds
from predictor.training.errors import TrainingError
from predictor.training.evaluation.evaluate import score
from predictor.training.jobs.job import InTurn, Job, Pool
from predictor.training.preparation.training_data import TrainingData, copies_needed
from predictor.training.progress import Progress, no_progress


@dataclass(frozen=True)
class CrossValidation:
    """`answers`, float32 (n, 10), are by the classifiers not trained on the drawings; `accuracies` are the folds'."""

    answers: Probabilities
    accuracies: tuple[float, ...]
    data: Dataset

    @property
    def mean(self) -> float:
        """The mean of the folds' accuracies."""
        return float(np.mean(self.accuracies))

    @property
    def spread(self) -> float:
        """The standard deviation of the folds' accuracies; divide by √folds for the standard error of their mean."""
        return float(np.std(self.accuracies, ddof=1)) if len(self.accuracies) > 1 else math.nan

    @property
    def misses(self) -> int:
        """The number of misses over all folds."""
        misses: int = score(self.answers, self.data)["misses"]
        return misses


def cross_validate(
    kind: str,
    data: Dataset,
    *,
    n: int = 10,
    seed: int,
    epochs: int | None = None,
    pool: Pool | None = None,
    progress: Progress = no_progress,
) -> CrossValidation:
    """Train a classifier of a kind `n` times, each time without one stratified fold, and evaluate it on that fold.

    Args:
        kind: svm, mlp or cnn.
        data: what is cut into folds; there are fewer of them if a digit has fewer than `n` drawings.
        n: number of folds.
        seed: of the folds and of the training.
        epochs: see `train`.
        pool: where the folds are trained, each a job; in this process by default.
        progress: called before the first fold and after each.

    Raises:
        DatasetError: without one of the folds, fewer than two drawings of a digit are left to train on: three of each
            are needed, or four for two folds. Nothing was trained.
        TrainingError: a process died.
    """
    answers = np.zeros((len(data), 10), np.float32)
    splits = list(folds(data, n, seed=seed))
    for others, _ in splits:
        data[others].require_all_classes()
    name = f"{kind}, fold"
    progress(name, 0, len(splits))
    with (pool or InTurn()).work(data, no_progress) as work:
        for number in range(len(splits)):
            work.submit(Job(name, partial(_answers, kind, number, n=n, seed=seed, epochs=epochs)))
        for done, (_, found) in enumerate(work.results(), 1):
            if isinstance(found, TrainingError):
                raise found
            number, by_fold = found
            answers[splits[number][1]] = by_fold
            progress(name, done, len(splits))
    accuracies = tuple(score(answers[fold], data[fold])["accuracy"] for _, fold in splits)
    return CrossValidation(answers, accuracies, data)


def _answers(
    kind: str, number: int, data: Dataset, *, n: int, seed: int, epochs: int | None, progress: Progress
) -> tuple[int, Probabilities]:
    """A job: the fold's number, and the probabilities for its drawings, (k, 10), by who was trained on the others."""
    others, fold = list(folds(data, n, seed=seed))[number]
    copies = copies_needed([kind], len(others), epochs)
    trained = train(kind, TrainingData.prepare(data[others], seed=seed, copies=copies), seed=seed, epochs=epochs)
    return number, trained.probabilities(to_images(data[fold].pixels))
