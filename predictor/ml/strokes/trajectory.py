"""The preprocessing of strokes: from any drawing to the trajectory of the pen that classifiers read.

As in the literature on online handwriting (Guyon et al. 1991, "Design of a neural network character recognizer for a
touch terminal"): the path is resampled at equal distances, which removes the device's sampling rate and the hand's
speed; position and size are normalised; and the direction of the pen, and whether it is lifted, are added to its
position. Between two strokes the lifted pen moves in a straight line.

`STROKES_PREPROCESSING` is its version, stored with every artifact that reads strokes. Raise it with every change that
can alter a value, and retrain.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.errors import StrokesError
from predictor.ml.strokes.lines import Line, extent

Trajectory: TypeAlias = NDArray[np.float32]  # (POINTS, CHANNELS)
Trajectories: TypeAlias = NDArray[np.float32]  # (n, POINTS, CHANNELS)

STROKES_PREPROCESSING: Final = 1
POINTS: Final = 48
CHANNELS: Final = 6
LEAST: Final = 1e-9  # extent of a drawing: a smaller one is a dot, whose shape is rounding errors
SHORTEST: Final = 1e-6  # of half a drawing: the pen rests between two points that are closer
_EVENLY: Final = np.linspace(0.0, 1.0, POINTS)


def trajectory(lines: Sequence[Line]) -> Trajectory:
    """Resample lines evenly along the pen's path and normalise them.

    Strokes without length, as a tap leaves them, are left out.

    Args:
        lines: (n, 2) each, x and y, y down, in any unit; finite, at most `lines.LARGEST`.

    Returns:
        float32 (POINTS, CHANNELS), from the path's beginning to its end. The channels are x and y in [-1, 1], so that
        the drawing's middle is at 0 and its longer side is 2; cos and sin of the direction in which the pen moves on,
        0 where it rests; 1 where it is lifted; 1 at the first point of each stroke.

    Raises:
        StrokesError: nothing has any length, as in a dot.
    """
    path, begins = _drawn(lines)
    low, high = extent(path)
    side = (high - low).max()
    if side < LEAST:
        raise StrokesError("The strokes have no length.")
    path = (path - (low + high) / 2) * (2 / side)
    steps = path[1:] - path[:-1]
    along = np.zeros(len(path))
    np.hypot(steps[:, 0], steps[:, 1]).cumsum(out=along[1:])
    at = _EVENLY * along[-1]
    found = np.zeros((CHANNELS, POINTS), np.float32)
    for axis in (0, 1):
        found[axis] = np.interp(at, along, path[:, axis])
    moves = found[:2, 1:] - found[:2, :-1]
    found[2:4, :-1] = moves / np.maximum(np.hypot(*moves), np.float32(SHORTEST))
    found[2:4, -1] = found[2:4, -2]
    found[5, 0] = 1
    for begin in begins:
        lifted, lowered = at.searchsorted(along[[begin - 1, begin]])
        found[4, lifted:lowered] = 1
        found[5, min(lowered, POINTS - 1)] = 1
    return np.ascontiguousarray(found.T)


def _drawn(lines: Sequence[Line]) -> tuple[Line, list[int]]:
    """All points of the lines that have a length, (n, 2), and the positions of those that begin a further stroke."""
    drawn = [line for line in lines if len(line) > 1 and (line != line[0]).any()]
    if not drawn:
        raise StrokesError("The strokes have no length.")
    begins = list(accumulate(len(line) for line in drawn[:-1]))
    return (np.concatenate(drawn) if begins else drawn[0]), begins
