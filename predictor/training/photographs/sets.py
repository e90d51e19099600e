"""Sets of photographs: the same condition on many digits, always the same pictures for the same seed."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from predictor.training.data.dataset import TRAIN_SIZE, Mnist
from predictor.training.photographs.conditions import conditions
from predictor.training.photographs.digits import Digit, Scanned

BUILDING: Final = 1  # the seed for trying things out: whoever changes the preprocessing looks at these pictures only
JUDGING: Final = 3  # the seed that `manage.py evaluate --photographs` judges with: nothing may be chosen by its results

File = tuple[bytes, int]  # a picture's bytes, and its label


def photographs(condition: str, digits: Sequence[Digit], *, seed: int) -> Iterator[File]:
    """Photograph each digit under a condition, by its name.

    The picture of a digit depends on the seed, the condition and the digit's place, not on what else is made.

    Raises:
        KeyError: there is no such condition.
    """
    take, kind = conditions()[condition], zlib.crc32(condition.encode())
    for place, digit in enumerate(digits):
        yield take(digit, np.random.default_rng((seed, kind, place))), digit.label


def building_set(condition: str, mnist: Mnist, n: int = 200) -> list[File]:
    """`n` pictures to build with: MNIST's training digits under a condition, with the seed for building."""
    return list(photographs(condition, _scanned(mnist, np.arange(n)), seed=BUILDING))


def judging_digits(mnist: Mnist, n: int | None = None) -> list[Scanned]:
    """The digits to judge with: the first `n`, or all, of MNIST's test images outside the ancestor's 500."""
    return _scanned(mnist, np.setdiff1d(np.arange(TRAIN_SIZE, len(mnist.labels)), mnist.sample())[:n])


def _scanned(mnist: Mnist, which: np.ndarray) -> list[Scanned]:
    return [Scanned(mnist.levels[i], int(mnist.labels[i])) for i in which]
