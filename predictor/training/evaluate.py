"""How good a classifier is, with what the number does not know."""

import math
from typing import Any, Final, Protocol

import numpy as np

from predictor.ml.images import Images, to_images
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Dataset

Z95: Final = 1.959964  # two-sided 95 % quantile of the normal distribution
BATCH: Final = 1000


class Answering(Protocol):
    """Anything that turns images, float32 (n, 28, 28), into probabilities, float32 (n, 10)."""

    def probabilities(self, images: Images) -> Probabilities: ...


def probabilities(classifier: Answering, data: Dataset) -> Probabilities:
    """Answer for a whole dataset, batch by batch: float32 (n, 10)."""
    starts = range(0, len(data), BATCH)
    parts = [classifier.probabilities(to_images(data.pixels[start : start + BATCH])) for start in starts]
    return np.concatenate([np.zeros((0, 10), np.float32), *parts])


def score(answers: Probabilities, data: Dataset) -> dict[str, Any]:
    """Accuracy over ten classes, with its 95 % Wilson interval (Wilson 1927), misses, and the mean log loss.

    Args:
        answers: float32 (n, 10), the probabilities given for the drawings of `data`.
        data: n drawings with their labels.
    """
    right = answers.argmax(axis=1) == data.labels
    chosen = answers[np.arange(len(data)), data.labels]
    return {
        "n": len(data),
        "misses": int((~right).sum()),
        "accuracy": float(right.mean()),
        "interval95": list(wilson(int(right.sum()), len(data))),
        "log_loss": float(-np.log(np.maximum(chosen, 1e-12)).mean()),
    }


def wilson(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion: honest near 1, where the usual ± is not."""
    rate, square = successes / n, Z95**2
    middle = rate + square / (2 * n)
    half = Z95 * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    low, high = (middle - half) / (1 + square / n), (middle + half) / (1 + square / n)
    return max(low, 0.0), min(high, 1.0)
