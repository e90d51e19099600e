"""Labels that may be wrong: those of reviewed drawings that a classifier not trained on them contradicts most.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
JAIR 70) ranks labels by out-of-sample predicted probabilities: here by the margin, which is the probability of the
label minus that of the likeliest other digit, lowest first. A classifier that was trained on a wrong label tends to
repeat it.

The classifier is the SVM without augmentation, cross-validated over FOLDS folds: one is predicted, the next is the
validation set, and the others are trained on. Near-duplicates are in the same fold, so that a drawing that was sent
twice cannot confirm its own label. Drawings of the base are added for training and validation, since the reviewed ones
may be few.

In a test, 10,000 of MNIST's training images stood in for reviewed drawings, with 3 % of their labels flipped, and the
ancestor's 500 were the base. All of the worst 20 labels were wrong, with each of three seeds; of the 300 wrong labels,
93.8 % (93.0–94.3 %) were among the worst 300. It takes half a minute on one core (`bench/suspects.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from predictor.ml.images import Pixels
from predictor.ml.runtime import Probabilities
from predictor.training.classifiers.svm import Svm
from predictor.training.data.dataset import EMPTY, NEAR_DUPLICATE, Dataset, without
from predictor.training.evaluation.evaluate import probabilities
from predictor.training.preparation.training_data import TrainingData
from predictor.training.progress import Progress, no_progress

FOLDS: Final = 5  # 10 give the same figures in twice the time
AT_MOST: Final = 10_000  # reviewed drawings: the time grows with the square of their number
BASE_AT_MOST: Final = 2_000
BLOCK: Final = 1_000  # drawings that are compared with all others at a time: 48 MB
# By how much a duplicate may be shifted, in rows and columns; the four opposite shifts would find the same pairs again.
SHIFTS: Final = ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Contradiction:
    """The drawing at `index` was predicted as `digit`; the probabilities, in 0–1, of its label and of that digit."""

    index: int
    digit: int
    of_label: float
    of_digit: float


def contradictions(
    reviewed: Dataset, base: Dataset, *, seed: int, progress: Progress = no_progress
) -> list[Contradiction]:
    """The reviewed drawings whose labels are contradicted, the worst first; many or all of the labels may be right.

    Args:
        reviewed: drawings with the labels to check. If there are more than AT_MOST, a random sample is checked; it
            depends on the seed and on their number, so every new label gives another one.
        base: drawings with trusted labels, of which at most BASE_AT_MOST are used; those that equal a reviewed drawing,
            pixel for pixel, are left out.
        seed: of the samples, the folds and the training.
        progress: called after each fold.

    Raises:
        DatasetError: without a fold and its validation set, fewer than two drawings of a digit are left to train on.
            Nothing was trained.
    """
    if not len(reviewed):
        return []
    random = np.random.default_rng(seed)
    which, trusted = _sample(len(reviewed), AT_MOST, random), without(base, reviewed)
    data = reviewed[which] + trusted[_sample(len(trusted), BASE_AT_MOST, random)]
    answers = np.zeros((len(which), 10), np.float32)
    splits = list(_splits(_folds(data.pixels, random), len(which)))
    for training, _, _ in splits:
        data[training].require_all_classes()
    for number, (training, validation, checked) in enumerate(splits, 1):
        classifier = Svm(TrainingData(data[training], EMPTY, data[validation]), seed=seed)
        answers[checked] = probabilities(classifier, data[checked])
        progress("labels", number, len(splits))
    return list(_worst_first(answers, reviewed.labels[which], which))


def _sample(n: int, at_most: int, random: Generator) -> NDArray[np.intp]:
    """All of `n` positions, or a random `at_most` of them, in ascending order."""
    return np.arange(n) if n <= at_most else np.sort(random.choice(n, at_most, replace=False))


def _folds(pixels: Pixels, random: Generator) -> NDArray[np.intp]:
    """The fold of each drawing of uint8 (n, 28, 28): (n,), 0 to FOLDS - 1.

    Near-duplicates, as defined by `data.dataset.split`, are in the same fold, and so are their near-duplicates in turn.
    """
    groups = np.arange(len(pixels))
    for some, others in _pairs(pixels):
        graph = coo_array((np.ones(len(some), bool), (groups[some], groups[others])), shape=(len(groups), len(groups)))
        groups = connected_components(graph, directed=False)[1][groups]
    found: NDArray[np.intp] = random.permutation(groups.max() + 1)[groups] % FOLDS
    return found


def _pairs(pixels: Pixels) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Pairs of near-duplicates among uint8 (n, 28, 28), none blank: the rows of both, (k,) each, block by block."""
    images = pixels.astype(np.float32)
    images /= np.linalg.norm(images, axis=(1, 2), keepdims=True)
    flat = images.reshape(-1, 784)
    for shift in SHIFTS:
        shifted = np.roll(images, shift, axis=(1, 2)).reshape(-1, 784).T
        for start in range(0, len(flat), BLOCK):
            some, others = np.nonzero(flat[start : start + BLOCK] @ shifted >= NEAR_DUPLICATE)
            yield start + some, others


def _splits(folds: NDArray[np.intp], reviewed: int) -> Iterator[tuple[NDArray[np.intp], ...]]:
    """The rows for training, for validation, and to check: only the first `reviewed` rows are checked."""
    for fold in range(FOLDS):
        validation = folds == (fold + 1) % FOLDS
        checked = np.flatnonzero(folds[:reviewed] == fold)
        if len(checked):
            yield np.flatnonzero((folds != fold) & ~validation), np.flatnonzero(validation), checked


def _worst_first(answers: Probabilities, labels: NDArray[np.uint8], which: NDArray[np.intp]) -> Iterator[Contradiction]:
    """Where answers, (n, 10), contradict labels, (n,), of the drawings `which`, (n,), by their margins."""
    rows, digits = np.arange(len(labels)), answers.argmax(axis=1)
    of_label, of_digit = answers[rows, labels], answers[rows, digits]
    for row in np.argsort(of_label - of_digit, kind="stable"):
        if digits[row] != labels[row]:
            yield Contradiction(int(which[row]), int(digits[row]), float(of_label[row]), float(of_digit[row]))
