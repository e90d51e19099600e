"""How good a classifier is: accuracy with its interval, log loss, calibration and confusions."""

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.runtime import Probabilities, SupportsProbabilities
from predictor.training.data.labelled import Labelled
from predictor.training.errors import DatasetError

Z95: Final = 1.959964  # two-sided 95 % quantile of the normal distribution
BATCH: Final = 1000
BINS: Final = 15  # of confidence, as in Guo et al. 2017


def probabilities(classifier: SupportsProbabilities, data: Labelled) -> Probabilities:
    """A classifier's probabilities for a whole dataset, batch by batch: float32 (n, 10)."""
    starts = range(0, len(data), BATCH)
    parts = [classifier.probabilities(data.inputs(slice(start, start + BATCH))) for start in starts]
    return np.concatenate([np.zeros((0, 10), np.float32), *parts])


def score(answers: Probabilities, data: Labelled) -> dict[str, Any]:
    """Accuracy over ten classes with its 95 % Wilson interval (Wilson 1927), misses, mean log loss, and the ECE.

    The expected calibration error is the mean gap between confidence, the highest of the ten probabilities, and
    accuracy: Σ n_b / n · |accuracy_b - confidence_b| over BINS bins of equal width (Guo et al. 2017, "On calibration of
    modern neural networks", equation 3). It lies between 0, which is perfect, and 1.

    Args:
        answers: float32 (n, 10), the probabilities for the drawings of `data`.
        data: n drawings with their labels.

    Raises:
        DatasetError: there is no drawing.
    """
    _require_some(len(data))
    right = answers.argmax(axis=1) == data.labels
    chosen = answers[np.arange(len(data)), data.labels]
    return {
        "n": len(data),
        "misses": int((~right).sum()),
        "accuracy": float(right.mean()),
        "interval95": list(wilson(int(right.sum()), len(data))),
        "log_loss": float(-np.log(np.maximum(chosen, 1e-12)).mean()),
        "ece": calibration_error(*calibration_gaps(answers, data.labels)),
    }


def reliability(answers: Probabilities, data: Labelled, bins: int = BINS) -> list[dict[str, Any]]:
    """The accuracy at each level of confidence: a row for each bin, lowest first.

    A bin is (low, high], and all are of equal width; `n` drawings fall into it, with this mean `confidence` and this
    `accuracy`, which are None where n is 0.

    Raises:
        DatasetError: there is no drawing.
    """
    _require_some(len(data))
    confidence = answers.max(axis=1).astype(np.float64)
    which = _bin(confidence, bins)
    n = np.bincount(which, minlength=bins)
    right = np.bincount(which, answers.argmax(axis=1) == data.labels, minlength=bins)
    sure = np.bincount(which, confidence, minlength=bins)
    return [
        {
            "low": b / bins,
            "high": (b + 1) / bins,
            "n": int(n[b]),
            "confidence": float(sure[b] / n[b]) if n[b] else None,
            "accuracy": float(right[b] / n[b]) if n[b] else None,
        }
        for b in range(bins)
    ]


def confusion(answers: Probabilities, data: Labelled) -> list[list[int]]:
    """The confusion matrix: ten rows, the labels, of ten counts, one for each prediction."""
    pairs = 10 * data.labels.astype(np.intp) + answers.argmax(axis=1)
    counts: list[list[int]] = np.bincount(pairs, minlength=100).reshape(10, 10).tolist()
    return counts


def wilson(successes: int, n: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a proportion, of 95 % by default: reliable near 0 and 1, where the usual ± is not.

    Raises:
        DatasetError: n is 0.
    """
    _require_some(n)
    rate, square = successes / n, z**2
    middle = rate + square / (2 * n)
    half = z * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return max(low, 0.0), min(high, 1.0)


def calibration_gaps(answers: Probabilities, labels: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For answers (n, 10) and labels (n,): the bin of each confidence, and its gap to the truth, -1 to 1, (n,) each."""
    confidence = answers.max(axis=1).astype(np.float64)
    return _bin(confidence, BINS), (answers.argmax(axis=1) == labels) - confidence


def calibration_error(bins: NDArray[np.intp], gaps: NDArray[np.float64]) -> float:
    """The expected calibration error, in 0 to 1, from what `calibration_gaps` returns; n is at least 1: see `score`."""
    return float(np.abs(np.bincount(bins, gaps)).sum()) / len(gaps)


def _bin(confidence: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """The bin of each confidence, (n,): 0 to bins - 1. A float32 may exceed 1 by a rounding error."""
    which: NDArray[np.intp] = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(np.intp)
    return which


def _require_some(n: int) -> None:
    if n == 0:
        raise DatasetError("There is no drawing to score.")
