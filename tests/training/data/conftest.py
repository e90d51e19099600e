"""The ancestor's 500 images, and how to count and name drawings."""

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.data.dataset import Dataset, Mnist

CLASS_COUNTS = [53, 56, 46, 60, 43, 45, 49, 49, 49, 50]


@pytest.fixture(scope="session")
def mnist500(mnist: Mnist) -> Dataset:
    return mnist.mnist500()


def drawings(data: Dataset) -> set[str]:
    return {digest(pixels) for pixels in data.pixels}


def one(data: Dataset, digit: int) -> Dataset:
    return data[np.flatnonzero(data.labels == digit)[:1]]
