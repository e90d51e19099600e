"""MNIST, read once; and a few of its drawings, for tests that train."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from predictor.training.bases import Data
from predictor.training.dataset import Dataset, Mnist
from predictor.training.material import Material

MNIST = Path(__file__).parents[2] / "data/mnist"
EPOCHS = 10  # and so many variations of each drawing: few, but the SVM wants no more


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Where other processes compute too, BLAS' threads wait for each other longer than they work."""
    with threadpool_limits(1, "blas"):
        yield


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


@pytest.fixture(scope="session")
def material(few: Data) -> Material:
    return few.material(seed=1, copies=EPOCHS)
