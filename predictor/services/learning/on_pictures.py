"""How a challenger does on perturbed and photographed images, for its model card."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from predictor.ml.runtime import Classifier

if TYPE_CHECKING:
    from predictor.training.data.dataset import Dataset
    from predictor.training.evaluation.photographs import Counts, Read
    from predictor.training.progress import Progress

PHOTOGRAPHS = 20  # of each condition


def on_pictures(classifier: Classifier, limit: int | None, progress: "Progress") -> dict[str, Any]:
    """What the card says of perturbed and photographed images: `limit` of each perturbation, all for None."""
    from predictor.training.evaluation.robustness import robustness

    found = robustness(classifier, _conditions(settings.MNIST_DIR, limit))
    n = PHOTOGRAPHS if limit is None else min(1 + limit // 100, PHOTOGRAPHS)
    return {"robustness": found, "photographs": _photographed(classifier, n, progress)}


def _photographed(classifier: Classifier, n: int, progress: "Progress") -> "dict[str, Counts]":
    """What a classifier says alone to `n` photographs of each condition."""
    from predictor.training.evaluation.photographs import judge
    from predictor.training.photographs.conditions import conditions

    found: dict[str, Counts] = {}
    for name in conditions():
        found[name] = judge([classifier], _photographs(settings.MNIST_DIR, name, n))
        progress(f"{classifier.kind}, photographs", len(found), len(conditions()))
    return found


@cache
def _photographs(directory: Path, condition: str, n: int) -> "list[Read]":
    from predictor.training.data.dataset import Mnist
    from predictor.training.evaluation.photographs import read
    from predictor.training.photographs.sets import JUDGING, judging_digits, photographs

    digits = judging_digits(Mnist.read(directory), n)
    return read(photographs(condition, digits, seed=JUDGING))


@cache
def _conditions(directory: Path, n: int | None) -> "list[tuple[str, Dataset]]":
    from predictor.training.data.dataset import Mnist
    from predictor.training.evaluation.robustness import conditions

    return list(conditions(Mnist.read(directory), n))
