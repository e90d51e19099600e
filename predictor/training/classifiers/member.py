"""A member of a committee of networks, as it is passed between processes: Keras' own models are not pickled."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import Curve

FOLDS: Final = 5  # where there is no validation set, and so members


@dataclass(frozen=True)
class Member:
    """A trained network.

    Attributes:
        weights: float32, in Keras' order.
        logits: float32 (n, 10), its outputs for its validation set,
        labels: and the labels of that, uint8 (n,): the committee is calibrated by those of all its members.
        curve: how it learned.
        variations: augmented images that it was trained on.
        seconds: that its training took.
    """

    weights: Weights
    logits: NDArray[np.float32]
    labels: NDArray[np.uint8]
    curve: Curve
    variations: int
    seconds: float
