"""Bars and crosses of known width and slant."""

import numpy as np

from predictor.ml.images import Pixels, normalise
from predictor.ml.strokes.drawing import render


def bar(*, width: int = 4, level: int = 255) -> Pixels:
    """An upright bar, 20 pixels high."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12 : 12 + width] = level
    return pixels


def leaning(shear: float, *, width: int = 4) -> Pixels:
    """The same bar, with each row moved to the right by so much for each row that it is higher."""
    rows = [np.roll(row, round(shear * (13.5 - y))) for y, row in enumerate(bar(width=width))]
    return np.stack(rows)


def stroke(*, lean: float = 0.0, pen: float = 18.0) -> Pixels:
    """A stroke as the page draws it, leaning to the right by so many degrees."""
    across = 0.25 * np.tan(np.radians(lean))
    return normalise(render([np.array([[0.5 + across, 0.25], [0.5 - across, 0.75]])], pen=pen))
