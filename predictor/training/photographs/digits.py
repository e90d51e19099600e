"""The digits that are photographed: MNIST's images, enlarged, and pen strokes; either in any size and with any pen."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from predictor.ml.strokes.drawing import CANVAS, render
from predictor.ml.strokes.lines import Line
from predictor.training.data.strokes import Drawing
from predictor.training.photographs.pictures import Ink
from predictor.training.photographs.skeleton import skeleton

EDGE: Final = 0.4  # the level, of 1, at which MNIST's antialiased edges are drawn; half would break hairlines
PEN: Final = 0.09  # of the longer side: the page's default pen on a digit that fills two thirds of the canvas


class Digit(Protocol):
    """A digit that can be drawn."""

    @property
    def label(self) -> int:
        """0 to 9."""

    def ink(self, size: int, pen: float | None = None) -> Ink:
        """Draw it, cropped tightly.

        Args:
            size: of its longer side, in pixels.
            pen: its width as a share of `size`; None for the digit's own.
        """


@dataclass(frozen=True)
class Scanned:
    """One of MNIST's images: levels, uint8 (28, 28), ink high."""

    levels: NDArray[np.uint8]
    label: int

    def ink(self, size: int, pen: float | None = None) -> Ink:
        """The image enlarged smoothly with sharp edges; with a `pen`, that pen along its skeleton."""
        if pen is not None:
            return _written(skeleton(self.levels), size, pen)
        rows, columns = (np.flatnonzero((self.levels >= EDGE * 255).any(axis=axis)) for axis in (1, 0))
        times = size / (1 + max(rows[-1] - rows[0], columns[-1] - columns[0]))
        padded = np.pad(self.levels, 2)
        side = round(len(padded) * times)
        smooth = np.asarray(Image.fromarray(padded).resize((side, side), Image.Resampling.BICUBIC), np.float32) / 255
        return _cropped(np.clip((smooth - EDGE) * max(times, 1) + 0.5, 0, 1))


@dataclass(frozen=True)
class Written:
    """Pen strokes: lines in any unit, y down."""

    lines: tuple[Line, ...]
    label: int

    @classmethod
    def of(cls, drawing: Drawing) -> "Written":
        """The digit of a drawing that `strokes.read_strokes` read."""
        return cls(drawing.lines, drawing.label)

    def ink(self, size: int, pen: float | None = None) -> Ink:
        """The strokes as the page draws them."""
        return _written(self.lines, size, PEN if pen is None else pen)


def _written(lines: tuple[Line, ...], size: int, pen: float) -> Ink:
    points = np.concatenate(lines)
    low, span = points.min(axis=0), np.ptp(points, axis=0).max() or 1
    placed = [(line - low) / span * (1 - pen) + pen / 2 for line in lines]
    return _cropped(1 - render(placed, pen=pen * CANVAS, side=size).astype(np.float32) / np.float32(255))


def _cropped(ink: Ink) -> Ink:
    seen = ink > ink.max() / 2
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
