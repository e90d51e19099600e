"""MNIST, read once; and a few of its drawings, for tests that train."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from predictor.training.data.dataset import Dataset, Mnist
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import TrainingData

MNIST = Path(__file__).parents[2] / "data/mnist"
EPOCHS = 10  # augmented copies of each drawing: few


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Where other processes compute too, BLAS' threads spend longer waiting for each other than working."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    return Mnist.read(MNIST)


@pytest.fixture(scope="session")
def few(mnist: Mnist) -> Splits:
    """200 drawings to train on, 200 held out and 100 for testing."""
    return Splits("few", *(mnist.dataset(np.arange(*some)) for some in ((0, 200), (200, 400), (60_000, 60_100))))


@pytest.fixture(scope="session")
def training(few: Splits) -> Dataset:
    return few.training


@pytest.fixture(scope="session")
def training_data(few: Splits) -> TrainingData:
    return few.training_data(seed=1, copies=EPOCHS)
