"""How good a kind is likely to be, by the ancestor's 500 images alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from predictor.training.crossvalidate import CrossValidation


def cross_validate(
    *, kind: str, folds: int, seed: int, epochs: int | None, progress: Callable[[str, int, int], None]
) -> "CrossValidation":
    """Cross-validate inside the 500.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.crossvalidate import cross_validate
    from predictor.training.dataset import Mnist

    data = Mnist.read(settings.MNIST_DIR).mnist500()
    return cross_validate(kind, data, n=folds, seed=seed, epochs=epochs, progress=progress)
