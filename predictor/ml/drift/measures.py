"""How a drawing looks, in figures that do not depend on what a classifier says of it.

All of them are of normalised pixels, uint8 (n, 28, 28), so that training drawings and visitors' are measured alike. The
size with which something was drawn is lost there: `extent` takes it from the strokes.
"""

from itertools import chain
from math import isfinite
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import SIDE, Pixels
from predictor.ml.strokes.lines import MALFORMED

Floats = NDArray[np.float64]
CHUNK: Final = 200  # drawings at a time: their levels as floats stay in the processor's cache


def measure(pixels: Pixels) -> dict[str, Floats]:
    """Ink, width and slant of drawings, uint8 (n, 28, 28): each (n,). See the functions below."""
    starts = range(0, max(1, len(pixels)), CHUNK)
    chunks = [pixels[start : start + CHUNK].astype(np.float32) / np.float32(255) for start in starts]
    return {
        name: np.concatenate([function(levels) for levels in chunks]).astype(np.float64)
        for name, function in (("ink", _ink), ("width", _width), ("slant", _slant))
    }


def _ink(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean level of the 784 pixels, 0 to 1."""
    mean: NDArray[np.float32] = levels.mean(axis=(1, 2))
    return mean


def _width(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean width of the strokes in pixels: twice the area over the perimeter, as of a long ribbon.

    Of a picture with grey levels the perimeter is its total variation: by the coarea formula (Fleming and Rishel 1960)
    that is the mean perimeter of the shapes that all thresholds cut out, as the sum of the levels is their mean area.
    """
    framed = np.pad(levels, ((0, 0), (1, 1), (1, 1)))
    # Of each square of four pixels, the length of the gradient: from its two diagonals (Roberts 1963).
    one, other = framed[:, 1:, 1:] - framed[:, :-1, :-1], framed[:, 1:, :-1] - framed[:, :-1, 1:]
    perimeter = np.sqrt((one * one + other * other) / 2).sum(axis=(1, 2))
    width: NDArray[np.float32] = 2 * levels.sum(axis=(1, 2)) / np.maximum(perimeter, 1e-6)
    return width


def _slant(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how many degrees a drawing leans to the right, -90 to 90: the shear that deskewing would take back.

    Its tangent is the covariance of x and y over the variance of y, both weighted by the ink, as LeCun et al. 1998
    deskewed MNIST ("Gradient-based learning applied to document recognition", section III.A). 0 if it has no height.
    """
    axis = np.arange(SIDE, dtype=np.float32) - (SIDE - 1) / 2
    columns, rows = levels.sum(axis=1), levels.sum(axis=2)  # (n, 28) each
    total = np.maximum(rows.sum(axis=1), 1e-6)
    x, y = columns @ axis / total, rows @ axis / total
    covariance = levels @ axis @ axis / total - x * y
    variance = rows @ axis**2 / total - y**2
    slant: NDArray[np.float32] = np.degrees(np.arctan2(-covariance, np.maximum(variance, 1e-6)))
    return np.where(variance > 1e-3, slant, 0)


def extent(strokes: Any) -> float | None:
    """The longer side of what strokes draw, relative to the canvas' longer side; None without a point.

    `strokes` are as a site stores them: see `ml.strokes.lines`. None, too, if they have another form.
    """
    if not strokes:
        return None
    try:
        x, y, *_ = zip(*chain.from_iterable(strokes["lines"]), strict=False)
        longer = max(max(x) - min(x), max(y) - min(y)) / max(strokes["size"])
    except MALFORMED:
        return None
    return float(longer) if isfinite(longer) else None
