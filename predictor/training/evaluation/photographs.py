"""Photographs: what the site says to pictures as cameras and screenshots show digits.

Each picture goes the whole way of one that is sent: its file is decoded and normalised, the classifiers answer, and
their consensus comes with a verdict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np

from predictor.ml.consensus import Consensus, consensus
from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels, normalise
from predictor.ml.pictures import decode
from predictor.ml.runtime import SupportsProbabilities
from predictor.training.data.dataset import Dataset
from predictor.training.evaluation.evaluate import probabilities
from predictor.training.photographs.sets import File

Read: TypeAlias = tuple[Pixels | None, int]  # uint8 (28, 28), None if nothing was found on the picture; and the label


@dataclass(frozen=True)
class Counts:
    """How the site answered `n` pictures.

    Attributes:
        n: pictures.
        right: the consensus is the label, whatever the verdict.
        right_and_sure: it is, and the verdict is "digit".
        refused: the verdict is another one, or nothing was found on the picture.
        sure_but_wrong: the verdict is "digit", and the consensus is another one.
    """

    n: int = 0
    right: int = 0
    right_and_sure: int = 0
    refused: int = 0
    sure_but_wrong: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        mine, others = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + others[name] for name in mine})


def read(files: Iterable[File]) -> list[Read]:
    """Decode and normalise pictures as the site does."""
    return [(_read(content), label) for content, label in files]


def judge(classifiers: Sequence[SupportsProbabilities], found: Sequence[Read]) -> Counts:
    """Let one or more classifiers answer pictures, and compare with the labels.

    Raises:
        ModelUnavailable: a classifier fails.
    """
    seen = [(pixels, label) for pixels, label in found if pixels is not None]
    counts = [_count(None, label) for pixels, label in found if pixels is None]
    if seen:
        data = Dataset(np.array([pixels for pixels, _ in seen]), np.array([label for _, label in seen], np.uint8))
        answers = np.array([probabilities(classifier, data) for classifier in classifiers])  # (classifiers, n, 10)
        for place, (pixels, label) in enumerate(seen):
            counts.append(_count(consensus(list(answers[:, place]), pixels), label))
    return sum(counts, Counts())


def _read(content: bytes) -> Pixels | None:
    gray = decode(content)
    try:
        return normalise(gray)
    except ImageError:  # the site refuses it
        return None


def _count(answer: Consensus | None, label: int) -> Counts:
    """One picture."""
    right, sure = answer is not None and answer.prediction == label, answer is not None and answer.verdict == "digit"
    return Counts(1, right, right and sure, not sure, sure and not right)
