"""How good the champions are: on MNIST's test images, or on pen strokes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from predictor.services.champions import champions

if TYPE_CHECKING:
    from predictor.training.dataset import Dataset

Scores = dict[str, dict[str, Any]]


def evaluate() -> Scores:
    """Scores of every champion that works, and of their consensus, on the 9,940 test images; needs no TensorFlow.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.dataset import Mnist

    return _scores(Mnist.read(settings.MNIST_DIR).test)


def evaluate_strokes(*, path: Path, pens: Sequence[float]) -> dict[str, Scores]:
    """The same on a file of pen strokes, drawn as the page would with each pen, by width.

    Raises:
        DatasetError: the file is missing, damaged, or a line of it is malformed.
    """
    from predictor.training.strokes import draw, read_strokes

    drawings = read_strokes(path)
    return {f"pen {pen:g}": _scores(draw(drawings, pen=pen)) for pen in pens}


def _scores(data: "Dataset") -> Scores:
    from predictor.training.evaluate import probabilities, score

    answers = {kind: probabilities(classifier, data) for kind, classifier in champions().classifiers.items()}
    scores = {kind: score(answer, data) for kind, answer in answers.items()}
    if answers:
        scores["consensus"] = score(np.mean(list(answers.values()), axis=0), data)
    return scores
