"""Labelled trajectories of the pen, for classifiers that read strokes."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from predictor.ml.errors import StrokesError
from predictor.ml.images import Pixels
from predictor.ml.inputs import Inputs
from predictor.ml.strokes.drawing import PEN
from predictor.ml.strokes.lines import Line, lines_of, pen_of
from predictor.ml.strokes.matching import same_drawing
from predictor.ml.strokes.trajectory import CHANNELS, POINTS, trajectory
from predictor.training.data.labelled import Labelled
from predictor.training.data.strokes import Drawing, sent
from predictor.training.errors import DatasetError


@dataclass(frozen=True)
class Traces(Labelled):
    """Trajectories, float16 or float32 (n, POINTS, CHANNELS), with labels, uint8 (n,) in 0–9."""

    trajectories: NDArray[np.floating]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.trajectories.shape != (len(self.labels), POINTS, CHANNELS):
            raise DatasetError(f"{len(self.labels)} labels do not go with {self.trajectories.shape} trajectories.")

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        return type(self)(self.trajectories[which], self.labels[which])

    def __add__(self, other: "Traces") -> "Traces":
        trajectories = np.concatenate((self.trajectories, other.trajectories))
        return Traces(trajectories, np.concatenate((self.labels, other.labels)))

    def inputs(self, which: slice = slice(None)) -> Inputs:
        return self.trajectories[which].astype(np.float32)

    def identities(self) -> Iterator[str]:
        return (hashlib.sha256(each.tobytes()).hexdigest() for each in self.trajectories)


NO_TRACES: Final = Traces(np.zeros((0, POINTS, CHANNELS), np.float32), np.zeros(0, np.uint8))


def traced(drawings: Sequence[Drawing]) -> Traces:
    """The trajectories of drawings as they were drawn.

    Raises:
        StrokesError: one has no length; see `has_trajectory`.
    """
    found = np.array([trajectory(drawing.lines) for drawing in drawings], np.float32)
    labels = np.array([drawing.label for drawing in drawings], np.uint8)
    return Traces(found.reshape(-1, POINTS, CHANNELS), labels)


def has_trajectory(lines: Sequence[Line]) -> bool:
    """Whether any of the lines has a length."""
    try:
        trajectory(lines)
    except StrokesError:
        return False
    return True


def is_heard(drawing: Drawing, pixels: Pixels, pen: float = PEN) -> bool:
    """Whether the site would hear a classifier of strokes on a drawing whose picture is `pixels`, uint8 (28, 28)."""
    strokes = sent(drawing, pen)
    return has_trajectory(drawing.lines) and same_drawing(lines_of(strokes), pen_of(strokes), pixels)
