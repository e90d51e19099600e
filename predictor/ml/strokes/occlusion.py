"""What mattered to a classifier that reads strokes: leave out a piece of the pen's path, and predict again.

As `ml.occlusion` does with ink: the pen is lifted over a piece, and by how much the log-odds of the digit drop is what
that piece spoke for it. A drawing takes about thirty predictions in one call.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.errors import StrokesError
from predictor.ml.occlusion import log_odds
from predictor.ml.runtime import Probabilities
from predictor.ml.strokes.lines import Line
from predictor.ml.strokes.trajectory import Trajectories, trajectory

Weighed: TypeAlias = tuple[NDArray[np.float64], ...]  # (n, 3) each: x, y, importance

PIECES: Final = 60  # that all strokes together are cut into
LIFTED: Final = 8  # pieces over which the pen is lifted at once
STRIDE: Final = 2  # pieces


def importance(predict: Callable[[Trajectories], Probabilities], lines: Sequence[Line], digit: int) -> Weighed:
    """Measure how much each part of the strokes counts towards `digit`.

    Args:
        predict: a classifier's `probabilities`: float32 (n, POINTS, CHANNELS) to float32 (n, 10).
        lines: (n, 2) each, x and y, in any unit, as `trajectory` takes them.
        digit: 0–9, whose log-odds are measured.

    Returns:
        The lines, resampled at equal distances, (n, 3) each: x, y, and by how much the log-odds of `digit` drop where
        the pen is lifted there, on average over the pieces that hold this point: positive where the stroke is evidence
        for the digit, negative where it is evidence against it. Lines without length are left out.

    Raises:
        StrokesError: nothing has any length.
        ModelUnavailable: from `predict`.
    """
    whole = trajectory(lines)
    resampled = _resampled(lines)
    places = [(line, start) for line, points in enumerate(resampled) for start in _starts(len(points))]
    without = [(place, found) for place in places if (found := _lifted(resampled, *place)) is not None]
    evidence = log_odds(predict(np.stack([whole, *(each for _, each in without)]))[:, digit])
    sums = [np.zeros(len(points)) for points in resampled]
    counts = [np.zeros(len(points)) for points in resampled]
    for ((line, start), _), drop in zip(without, evidence[0] - evidence[1:], strict=True):
        piece = slice(max(start, 0), start + LIFTED + 1)
        sums[line][piece] += drop
        counts[line][piece] += 1
    return tuple(
        np.column_stack((points, total / np.maximum(count, 1)))
        for points, total, count in zip(resampled, sums, counts, strict=True)
    )


def _starts(n: int) -> range:
    """Where pieces begin on a line of n points; the first ones begin before it, so that its ends count as much."""
    return range(STRIDE - LIFTED, n - 1, STRIDE)


def _lifted(lines: Sequence[Line], which: int, start: int) -> NDArray[np.float32] | None:
    """The trajectory without a piece of a line; None if nothing is left."""
    line = lines[which]
    left = [line[: max(start, 0) + 1] if start > 0 else line[:0], line[start + LIFTED :]]
    try:
        return trajectory([each for each in (*lines[:which], *left, *lines[which + 1 :]) if len(each) > 1])
    except StrokesError:
        return None


def _resampled(lines: Sequence[Line]) -> list[Line]:
    """The lines that have a length, with points at equal distances, all as many pieces as PIECES."""
    lengths = [float(np.hypot(*np.diff(line, axis=0).T).sum()) for line in lines]
    piece = sum(lengths) / PIECES
    return [_evenly(line, length, piece) for line, length in zip(lines, lengths, strict=True) if length > 0]


def _evenly(line: Line, length: float, piece: float) -> Line:
    along = np.concatenate(([0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()))
    at = np.linspace(0, length, 2 + int(length / piece))
    return np.column_stack((np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])))
