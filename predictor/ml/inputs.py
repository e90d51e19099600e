"""What classifiers take: arrays of pixels or of pen trajectories, as each kind reads them."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from predictor.ml import images
from predictor.ml.kinds import ALL, Reads
from predictor.ml.strokes import trajectory

Stored: TypeAlias = NDArray[Any]  # (n, *shape): uint8 pixels or float32 trajectories
Inputs: TypeAlias = NDArray[np.float32]  # (n, *shape)


@dataclass(frozen=True)
class Input:
    """One kind of input.

    Attributes:
        name: of one of them, as in the self-test of a sidecar.
        shape: of one of them.
        stored: the type in which they are kept.
        preprocessing: the version of what makes them.
    """

    name: str
    shape: tuple[int, int]
    stored: DTypeLike
    preprocessing: int

    def to_floats(self, stored: Stored) -> Inputs:
        """What a classifier is given, float32 (..., *shape), for what is kept, (..., *shape)."""
        return images.to_images(stored) if self.stored is np.uint8 else stored.astype(np.float32)

    def to_stored(self, floats: Inputs) -> Stored:
        """What `to_floats` gives these for."""
        return np.rint(floats * 255).astype(np.uint8) if self.stored is np.uint8 else floats


INPUTS: Final[dict[Reads, Input]] = {
    "pixels": Input("pixels", (images.SIDE, images.SIDE), np.uint8, images.PREPROCESSING),
    "strokes": Input(
        "trajectory",
        (trajectory.POINTS, trajectory.CHANNELS),
        np.float32,
        trajectory.STROKES_PREPROCESSING,
    ),
}


def input_of(kind: str) -> Input:
    """What classifiers of a kind take.

    Raises:
        KeyError: there is no such kind.
    """
    return INPUTS[ALL[kind].reads]
