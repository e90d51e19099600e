"""The skeleton of an MNIST image: lines along the middle of its strokes, which any pen can follow.

The image is enlarged and thinned to lines of one pixel (Zhang and Suen 1984, "A fast parallel algorithm for thinning
digital patterns"). Neighbouring pixels are then joined, and the steps between them smoothed.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from predictor.ml.strokes.lines import Line

TIMES: Final = 4  # enlargement
INK: Final = 0.4 * 255  # the least level of ink
SMOOTHING: Final = 4  # rounds, each of which moves every point halfway to the mean of its neighbours


def skeleton(levels: NDArray[np.uint8]) -> tuple[Line, ...]:
    """Lines of two points, (2, 2), x and y, in pixels of the enlarged image; of one point, (1, 2), if it is a dot.

    Args:
        levels: uint8 (28, 28), ink high; some must reach INK.
    """
    side = len(levels) * TIMES
    large = Image.fromarray(levels).resize((side, side), Image.Resampling.BICUBIC)
    return _lines(_thinned(np.asarray(large) >= INK))


def _thinned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    ink, before = np.pad(ink, 1), -1
    while before != (before := int(np.count_nonzero(ink))):
        for way in (0, 1):
            ink[1:-1, 1:-1] &= ~_removable(ink, way)
    return ink[1:-1, 1:-1]


def _removable(ink: NDArray[np.bool_], way: int) -> NDArray[np.bool_]:
    """Which pixels of the inside can go: at the south-east in one of the two ways, at the north-west in the other."""
    north, south, west, east = ink[:-2, 1:-1], ink[2:, 1:-1], ink[1:-1, :-2], ink[1:-1, 2:]
    around = (north, ink[:-2, 2:], east, ink[2:, 2:], south, ink[2:, :-2], west, ink[:-2, :-2])
    neighbours = np.sum(around, axis=0, dtype=np.int8)
    starts = np.sum([~one & other for one, other in zip(around, (*around[1:], north), strict=True)], axis=0)
    border = (
        ~(north & east & south) & ~(east & south & west)
        if way == 0
        else ~(north & east & west) & ~(north & south & west)
    )
    removable: NDArray[np.bool_] = (neighbours >= 2) & (neighbours <= 6) & (starts == 1) & border
    return removable


def _lines(thin: NDArray[np.bool_]) -> tuple[Line, ...]:
    y, x = np.nonzero(thin)
    number = np.full(np.add(thin.shape, 2), -1)
    number[y + 1, x + 1] = np.arange(len(y))
    pairs = [
        (here, there)
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1))
        for here, there in zip(range(len(y)), number[y + 1 + down, x + 1 + right], strict=True)
        if there >= 0
    ]
    points = np.stack((x, y), axis=1).astype(np.float64)
    if not pairs:
        return (points[:1],)
    return tuple(_smoothed(points, np.array(pairs))[pairs])


def _smoothed(points: Line, pairs: NDArray[np.intp]) -> Line:
    here, there = np.concatenate((pairs, pairs[:, ::-1])).T
    degree = np.bincount(here, minlength=len(points))
    ends = degree < 2  # they stay, or every line would shrink
    for _ in range(SMOOTHING):
        sums = [np.bincount(here, points[there, axis], minlength=len(points)) for axis in (0, 1)]
        means = np.stack(sums, axis=1) / np.maximum(degree, 1)[:, None]
        points = np.where(ends[:, None], points, (points + means) / 2)
    return points
