"""How good a classifier is, with what the number does not know."""

import math
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import Images, to_images
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Dataset
from predictor.training.errors import DatasetError

Z95: Final = 1.959964  # two-sided 95 % quantile of the normal distribution
BATCH: Final = 1000
BINS: Final = 15  # of the confidence, as in Guo et al. 2017


class Answering(Protocol):
    """Anything that turns images, float32 (n, 28, 28), into probabilities, float32 (n, 10)."""

    def probabilities(self, images: Images) -> Probabilities: ...


def probabilities(classifier: Answering, data: Dataset) -> Probabilities:
    """Answer for a whole dataset, batch by batch: float32 (n, 10)."""
    starts = range(0, len(data), BATCH)
    parts = [classifier.probabilities(to_images(data.pixels[start : start + BATCH])) for start in starts]
    return np.concatenate([np.zeros((0, 10), np.float32), *parts])


def score(answers: Probabilities, data: Dataset) -> dict[str, Any]:
    """Accuracy over ten classes, with its 95 % Wilson interval (Wilson 1927), misses, the mean log loss, and the ECE.

    The expected calibration error is by how much the confidence, the highest of the ten probabilities, is off the
    accuracy, in the mean over all drawings: Σ n_b / n · |accuracy_b - confidence_b| over BINS bins of equal width (Guo
    et al. 2017, "On calibration of modern neural networks", equation 3). 0 is perfect; it never exceeds 1.

    Args:
        answers: float32 (n, 10), the probabilities given for the drawings of `data`.
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
        "ece": _calibration_error(answers, data),
    }


def reliability(answers: Probabilities, data: Dataset, bins: int = BINS) -> list[dict[str, Any]]:
    """How often the classifier is right where it is so and so sure: a row for each bin of its confidence, low to high.

    A bin is (low, high], of equal width; `n` drawings fall into it, with that mean `confidence` and that `accuracy`,
    both None where n is 0.

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


def confusion(answers: Probabilities, data: Dataset) -> list[list[int]]:
    """How often each digit was taken for each: ten rows, the labels, of ten columns, the predictions."""
    pairs = 10 * data.labels.astype(np.intp) + answers.argmax(axis=1)
    counts: list[list[int]] = np.bincount(pairs, minlength=100).reshape(10, 10).tolist()
    return counts


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion: honest near 1, where the usual ± is not.

    Raises:
        DatasetError: n is 0.
    """
    _require_some(n)
    rate, square = successes / n, Z95**2
    middle = rate + square / (2 * n)
    half = Z95 * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return max(low, 0.0), min(high, 1.0)


def _calibration_error(answers: Probabilities, data: Dataset) -> float:
    rows = (row for row in reliability(answers, data) if row["n"])
    error: float = sum(row["n"] * abs(row["accuracy"] - row["confidence"]) for row in rows) / len(data)
    return error


def _bin(confidence: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """In which bin each confidence, (n,), falls: 0 to bins - 1. A float32 may exceed 1 by its rounding."""
    which: NDArray[np.intp] = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1).astype(np.intp)
    return which


def _require_some(n: int) -> None:
    if n == 0:
        raise DatasetError("There is no drawing to score.")
