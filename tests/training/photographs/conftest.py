"""Blank paper, a few digits, and numbers that are random in the same way each time."""

import numpy as np
import pytest
from numpy.random import Generator

from predictor.training.data.dataset import Mnist
from predictor.training.photographs.digits import Scanned, Written
from predictor.training.photographs.pictures import Picture
from predictor.training.photographs.sets import judging_digits
from tests import hands


@pytest.fixture
def random() -> Generator:
    return np.random.default_rng(3)


@pytest.fixture
def paper() -> Picture:
    """Nothing on it, so that what an effect does is all there is."""
    return np.full((300, 400, 1), 0.8, np.float32)


@pytest.fixture(scope="session")
def scanned(mnist: Mnist) -> list[Scanned]:
    return judging_digits(mnist, 20)


@pytest.fixture(scope="session")
def written() -> list[Written]:
    return [Written.of(hands.write(digit, "w")) for digit in range(10)]
