"""MNIST, read once; and a few of its drawings, for tests that train."""

from pathlib import Path

import numpy as np
import pytest

from predictor.training.challenge import Data
from predictor.training.dataset import Dataset, Mnist

MNIST = Path(__file__).parents[2] / "data/mnist"


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    return Mnist.read(MNIST)


@pytest.fixture(scope="session")
def few(mnist: Mnist) -> Data:
    """200 drawings to train on, 200 to judge with and 100 to report on."""
    return Data("few", *(mnist.dataset(np.arange(*some)) for some in ((0, 200), (200, 400), (60_000, 60_100))))


@pytest.fixture(scope="session")
def training(few: Data) -> Dataset:
    return few.training
