"""Labels that may be wrong: reviewed drawings that classifiers, taught without them, contradict most.

Confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning: estimating uncertainty in dataset labels",
JAIR 70) ranks labels by the answers of a classifier that has not seen them: here by the margin, the probability of the
label less that of the likeliest other digit, lowest first. A classifier that has seen a wrong label tends to repeat it.

The classifier is the SVM without variations. Of FOLDS parts in turn one is answered for, the next one calibrates, the
others teach; near-copies are in one part, so that a drawing sent twice does not vouch for itself. Drawings of the base
teach and calibrate beside the reviewed ones, for these may be few.

On 10,000 of MNIST's training images as if reviewed, 3 % of their labels flipped, beside the ancestor's 500: among the
worst 20 all 20 are wrong labels, with each of three seeds; among the worst 300 are 93.8 % of the 300 wrong ones
(93.0–94.3 %). Half a minute on one core (`bench/suspects.py`).
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
from predictor.training.dataset import EMPTY, NEAR_COPY, Dataset, without
from predictor.training.evaluate import probabilities
from predictor.training.material import Material
from predictor.training.progress import Progress, silent
from predictor.training.svm import Svm

FOLDS: Final = 5  # with 10 the figures above are the same, in twice the time
AT_MOST: Final = 10_000  # reviewed drawings that are looked at: time grows with the square of their number
BASE_AT_MOST: Final = 2_000
BLOCK: Final = 1_000  # drawings at a time against all others: 48 MB
# By how much a copy may be shifted, in rows and columns; the four opposite shifts would find the same pairs again.
SHIFTS: Final = ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Contradiction:
    """The drawing at `index` was taken for `digit`; the probabilities, in 0–1, of its label and of that digit."""

    index: int
    digit: int
    of_label: float
    of_digit: float


def contradictions(reviewed: Dataset, base: Dataset, *, seed: int, progress: Progress = silent) -> list[Contradiction]:
    """The reviewed drawings whose labels are contradicted, the worst first; many or all of the labels may be right.

    Args:
        reviewed: drawings with the labels in doubt. Of more than AT_MOST so many are looked at, a random sample that
            the seed and their number decide: with every new label it is another one.
        base: drawings with labels that are trusted, of which BASE_AT_MOST teach; those that are, pixel for pixel,
            among the reviewed ones are left out.
        seed: of the samples, the folds and the training.
        progress: told after each fold.

    Raises:
        DatasetError: without a fold, and the one that calibrates, fewer than two drawings of a digit are left to teach.
            Nothing was trained.
    """
    if not len(reviewed):
        return []
    random = np.random.default_rng(seed)
    which, trusted = _sample(len(reviewed), AT_MOST, random), without(base, reviewed)
    data = reviewed[which] + trusted[_sample(len(trusted), BASE_AT_MOST, random)]
    answers = np.zeros((len(which), 10), np.float32)
    splits = list(_splits(_parts(data.pixels, random), len(which)))
    for taught, _, _ in splits:
        data[taught].require_all_classes()
    for number, (taught, calibrating, judged) in enumerate(splits, 1):
        classifier = Svm(Material(data[taught], EMPTY, data[calibrating]), seed=seed)
        answers[judged] = probabilities(classifier, data[judged])
        progress("labels", number, len(splits))
    return list(_worst_first(answers, reviewed.labels[which], which))


def _sample(n: int, at_most: int, random: Generator) -> NDArray[np.intp]:
    """All of `n` positions, or `at_most` of them, in their order."""
    return np.arange(n) if n <= at_most else np.sort(random.choice(n, at_most, replace=False))


def _parts(pixels: Pixels, random: Generator) -> NDArray[np.intp]:
    """In which of FOLDS parts each of uint8 (n, 28, 28) is, (n,): with all that copies it, what copies that, and so on.

    A drawing is a near-copy of another by the rule of `dataset.split`.
    """
    groups = np.arange(len(pixels))
    for some, others in _pairs(pixels):
        graph = coo_array((np.ones(len(some), bool), (groups[some], groups[others])), shape=(len(groups), len(groups)))
        groups = connected_components(graph, directed=False)[1][groups]
    parts: NDArray[np.intp] = random.permutation(groups.max() + 1)[groups] % FOLDS
    return parts


def _pairs(pixels: Pixels) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Near-copies among uint8 (n, 28, 28), none of them blank: where the ones and the others are, block by block."""
    images = pixels.astype(np.float32)
    images /= np.linalg.norm(images, axis=(1, 2), keepdims=True)
    flat = images.reshape(-1, 784)
    for shift in SHIFTS:
        shifted = np.roll(images, shift, axis=(1, 2)).reshape(-1, 784).T
        for start in range(0, len(flat), BLOCK):
            some, others = np.nonzero(flat[start : start + BLOCK] @ shifted >= NEAR_COPY)
            yield start + some, others


def _splits(parts: NDArray[np.intp], reviewed: int) -> Iterator[tuple[NDArray[np.intp], ...]]:
    """Where the drawings are that teach, that calibrate, and the first `reviewed` ones that are judged, if any are."""
    for part in range(FOLDS):
        calibrating = parts == (part + 1) % FOLDS
        judged = np.flatnonzero(parts[:reviewed] == part)
        if len(judged):
            yield np.flatnonzero((parts != part) & ~calibrating), np.flatnonzero(calibrating), judged


def _worst_first(answers: Probabilities, labels: NDArray[np.uint8], which: NDArray[np.intp]) -> Iterator[Contradiction]:
    """Answers (n, 10) that differ from labels (n,), of the drawings at `which`, (n,), by their margins."""
    rows, digits = np.arange(len(labels)), answers.argmax(axis=1)
    of_label, of_digit = answers[rows, labels], answers[rows, digits]
    for row in np.argsort(of_label - of_digit, kind="stable"):
        if digits[row] != labels[row]:
            yield Contradiction(int(which[row]), int(digits[row]), float(of_label[row]), float(of_digit[row]))
