"""Strokes as they are sent and stored, and as lines in the unit square."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.errors import StrokesError

Line: TypeAlias = NDArray[np.float64]  # (n, 2), x and y
Lines: TypeAlias = tuple[Line, ...]
Strokes: TypeAlias = Mapping[str, Any]

LARGEST: Final = 1e9  # of a coordinate: the square of a difference is finite, and so is all that is made of it
# What reading strokes of another form than expected raises.
MALFORMED: Final = (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, IndexError)


def lines_of(strokes: Strokes) -> Lines:
    """Read strokes: their lines in the unit square, y down, in the order in which they were drawn.

    The canvas is centred in that square, whose side is the canvas' longer one. A line may leave it. Times are ignored.

    Args:
        strokes: `{"size": [w, h], "pen": p, "lines": [[[x, y, ms?], …], …]}`, as plain JSON.

    Raises:
        StrokesError: they have another form, a coordinate is not finite or beyond LARGEST, or there is no point.
    """
    try:
        width, height = (float(side) for side in strokes["size"])
        lines = [line for line in strokes["lines"] if line]
    except MALFORMED as error:
        raise StrokesError(f"The strokes cannot be read: {error!r}.") from error
    try:  # by columns, as an array of many short rows takes three times as long; text has no sum with a number
        x, y = ([point[axis] + 0.0 for line in lines for point in line] for axis in (0, 1))
        points = np.array((x, y), np.float64).T
        ends = np.cumsum([len(line) for line in lines])
    except MALFORMED as error:
        raise StrokesError("A stroke is not a list of points [x, y].") from error
    if not len(points):
        raise StrokesError("There are no strokes.")
    if not (0 < width <= LARGEST and 0 < height <= LARGEST):
        raise StrokesError("The size of the canvas is not two positive numbers.")
    side = max(width, height)
    with np.errstate(all="ignore"):  # of a canvas that is tiny, or coordinates that are not numbers
        unit = (points + np.array((side - width, side - height)) / 2) / side
    if not (np.abs(unit) <= LARGEST).all():
        raise StrokesError("A coordinate of the strokes is not a number, or too large.")
    return tuple(np.split(unit, ends[:-1]))


def extent(points: Line) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest x and y of points, (n, 2): two pairs, (2,).

    Ten times as fast as `points.min(axis=0)`, which reduces row by row.
    """
    columns = np.ascontiguousarray(points.T)
    return columns.min(axis=1), columns.max(axis=1)


def on_canvas(lines: Sequence[NDArray[np.float64]], strokes: Strokes) -> tuple[NDArray[np.float64], ...]:
    """What `lines_of` has brought into the unit square, (n, 2 or more) each, back in the units of the strokes."""
    width, height = (float(side) for side in strokes["size"])
    side = max(width, height)
    moved = np.array((side - width, side - height)) / 2
    return tuple(np.column_stack((line[:, :2] * side - moved, line[:, 2:])) for line in lines)


def pen_of(strokes: Strokes) -> float:
    """The width of the pen relative to the unit square of `lines_of`.

    Raises:
        StrokesError: the pen or the canvas has no width.
    """
    try:
        pen = float(strokes["pen"]) / max(map(float, strokes["size"]))
    except MALFORMED as error:
        raise StrokesError(f"The pen cannot be read: {error!r}.") from error
    if not 0 < pen <= LARGEST:
        raise StrokesError("The pen has no width.")
    return pen
