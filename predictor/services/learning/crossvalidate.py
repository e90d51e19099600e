"""Cross-validation: estimate how good a kind is from the ancestor's 500 images alone."""

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from predictor.training.evaluation.crossvalidate import CrossValidation
    from predictor.training.progress import Progress


def cross_validate(*, kind: str, folds: int, seed: int, epochs: int | None, progress: "Progress") -> "CrossValidation":
    """Cross-validate a kind on the 500.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
    """
    from predictor.training.data.dataset import Mnist
    from predictor.training.evaluation.crossvalidate import cross_validate

    data = Mnist.read(settings.MNIST_DIR).mnist500()
    return cross_validate(kind, data, n=folds, seed=seed, epochs=epochs, progress=progress)
