"""Whether a picture shows what the strokes that came with it draw."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.errors import StrokesError
from predictor.ml.images import BOX, HAIRLINE, SIDE, Pixels, centre
from predictor.ml.strokes.drawing import smooth
from predictor.ml.strokes.lines import Line, extent

# The least cosine similarity of a picture and the strokes that came with it, both blurred, one of them shifted by up to
# a pixel. Of 1,000 of UCI's digits, drawn with any of the page's pens, all reach it; of 20,000 pairs of different
# digits, 0, 1 and 55 do with pens of 12, 18 and 26 units.
RESEMBLES: Final = 0.935
SPACING: Final = 1.0  # pixels between the points that a line is drawn with
SOFT: Final = 1.4  # pixels: the width of an edge, as scaling leaves it
MOST: Final = 1000  # points that are drawn: beyond them nothing is a digit


def same_drawing(lines: Sequence[Line], pen: float, pixels: Pixels) -> bool:
    """Whether strokes, drawn again, give the pixels that were made of the picture sent with them.

    Whoever sends a drawing sends both, and they need not belong together. Takes about 0.3 ms.

    Args:
        lines: (n, 2) each, in the unit square: see `lines.lines_of`.
        pen: its width relative to that square: see `lines.pen_of`.
        pixels: the picture, normalised, uint8 (28, 28), not blank.
    """
    try:
        return similarity(lines, pen, pixels) >= RESEMBLES
    except StrokesError:
        return False


def similarity(lines: Sequence[Line], pen: float, pixels: Pixels) -> float:
    """How similar strokes, drawn again, are to pixels, from 0 to 1; for the arguments see `same_drawing`.

    Raises:
        StrokesError: they draw nothing on the canvas.
    """
    return _cosine(_drawn(lines, pen), pixels)


def _drawn(lines: Sequence[Line], pen: float) -> Pixels:
    """Nearly what `normalise(render(…))` gives, in a tenth of the time; `pen` in the units of the unit square.

    A pixel's ink follows from its distance to the nearest of some points along the lines.

    Raises:
        StrokesError: all is outside the unit square.
    """
    curves = [smooth(line) for line in lines]
    inside = _inside(np.concatenate(curves), pen)
    low, high = extent(inside)
    span = float((high - low).max()) + pen
    points = _inside(np.concatenate([_sampled(curve, SPACING * span / BOX) for curve in curves])[:MOST], pen)
    pen = max(pen, HAIRLINE * span)
    low, high = np.maximum(low - pen / 2, 0), np.minimum(high + pen / 2, 1)
    scale = BOX / float((high - low).max())
    width, height = (max(1, round(side * scale)) for side in (high - low).tolist())
    x, y = ((points - low) * scale).astype(np.float32).T[..., None]  # (n, 1) each
    across = np.square(x - np.arange(0.5, width, dtype=np.float32))  # (n, w)
    down = np.square(y - np.arange(0.5, height, dtype=np.float32))  # (n, h)
    distance = np.sqrt((down[:, :, None] + across[:, None, :]).min(axis=0))
    ink = np.clip((pen * scale / 2 - distance) / SOFT + 0.5, 0, 1)
    return centre(np.rint(255 * ink / ink.max()).astype(np.uint8))


def _inside(points: Line, pen: float) -> Line:
    """Those that leave ink on the canvas."""
    x, y = np.abs(points.T - 0.5) < (1 + pen) / 2
    inside: Line = points[x & y]
    if not len(inside):
        raise StrokesError("All strokes are outside the canvas.")
    return inside


def _sampled(line: Line, spacing: float) -> Line:
    """Points at most `spacing` apart along a line, both ends among them."""
    steps = line[1:] - line[:-1]
    along = np.zeros(len(line))
    np.hypot(steps[:, 0], steps[:, 1]).cumsum(out=along[1:])
    at = np.linspace(0, along[-1], 2 + min(MOST, int(along[-1] / spacing)))
    return np.stack((np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])), axis=1)


def _cosine(one: Pixels, other: Pixels) -> float:
    """The cosine similarity of two pictures, uint8 (28, 28), both blurred, one of them shifted by up to a pixel."""
    framed, flat = np.zeros((SIDE + 2, SIDE + 2), np.float32), _blurred(other).ravel()
    framed[1:-1, 1:-1] = _blurred(one)
    shifted = [framed[y : y + SIDE, x : x + SIDE].ravel() for y in range(3) for x in range(3)]
    best = max(float(each @ flat) for each in shifted)
    return best / math.sqrt(float(np.vdot(framed, framed)) * float(flat @ flat))


def _blurred(pixels: Pixels) -> NDArray[np.float32]:
    blurred: NDArray[np.float32] = _BLUR @ pixels.astype(np.float32) @ _BLUR
    return blurred


_BLUR: Final = sum(weight * np.eye(SIDE, k=k, dtype=np.float32) for k, weight in ((-1, 0.25), (0, 0.5), (1, 0.25)))
