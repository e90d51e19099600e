"""MNIST's training digits outside the ancestor's 500, as visitors might have drawn them: leaning a little."""

from functools import cache

import numpy as np
from django.conf import settings
from PIL import Image

from predictor.training.data.dataset import TRAIN_SIZE, Mnist
from tests.drawings import encode


@cache
def digits(n: int) -> list[tuple[bytes, int]]:
    """PNGs with their labels, white ink on black."""
    mnist = Mnist.read(settings.MNIST_DIR)
    which = np.setdiff1d(np.arange(TRAIN_SIZE), mnist.sample())[:n]
    return [
        (encode(Image.fromarray(mnist.levels[i]).rotate(10, Image.Resampling.BICUBIC)), int(mnist.labels[i]))
        for i in which
    ]
