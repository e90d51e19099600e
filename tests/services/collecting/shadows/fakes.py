"""Classifiers that are slow, or that do not work; and drawings that were answered."""

import uuid
from collections.abc import Callable

import numpy as np

from predictor.ml.errors import ModelUnavailable
from predictor.ml.inputs import INPUTS, Inputs
from predictor.ml.runtime import Probabilities
from predictor.models import Submission
from predictor.services.collecting.shadows.asking import Task
from predictor.services.collecting.shadows.chosen import Version

PIXELS = np.eye(28, dtype=np.uint8)


class Fake:
    """Says 5 to everything, unless it does something else."""

    takes = INPUTS["pixels"]

    def __init__(self, version: Version, does: Callable[[Inputs], Probabilities] | None = None) -> None:
        self.kind, self.version = version
        self.does = does or fives
        self.asked: list[int] = []  # how many drawings each time

    def probabilities(self, inputs: Inputs, /) -> Probabilities:
        self.asked.append(len(inputs))
        return self.does(inputs)


def fives(inputs: Inputs) -> Probabilities:
    return np.eye(10, dtype=np.float32)[np.full(len(inputs), 5)]


def raises(inputs: Inputs) -> Probabilities:
    raise ModelUnavailable("cnn v3 cannot answer: no memory.")


def breaks(inputs: Inputs) -> Probabilities:
    raise ZeroDivisionError


def not_numbers(inputs: Inputs) -> Probabilities:
    return np.full((len(inputs), 10), np.nan, np.float32)


def too_few(inputs: Inputs) -> Probabilities:
    return np.full((1, 9), 1 / 9, np.float32)


def stored() -> Submission:
    return Submission.objects.create(
        source="api", request_id="1", image=b"", pixels=PIXELS.tobytes(), preprocessing=1, digest=uuid.uuid4().hex
    )


def task(row: Submission, *, champion: int = 4, digit: int = 7) -> Task:
    return Task(row.pk, PIXELS, None, {"cnn": (champion, digit)}, digit)
