"""The same drawing, traced in another way: strokes reversed, begun elsewhere, in another order, joined or split.

Most people write a digit's strokes in the same order and direction, and that is what a classifier of trajectories
learns from. Some do not, such as many left-handed people; some begin an 8 at its waist; and some correct a digit by
adding to it. So a share of the drawings loses its order, and the shape alone must tell what they are.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line, Lines

SHUFFLED: Final = 0.12  # share of drawings whose strokes are in any order, each in any direction
REVERSED: Final = 0.06  # of those of which one stroke is reversed
BEGUN_ELSEWHERE: Final = 0.15  # of those whose closed strokes begin at another of their points
CLOSED: Final = 0.3  # of a stroke's extent: it is closed if its ends are nearer
JOINED: Final = 0.08  # of those of which two successive strokes become one, as if the pen was not lifted
SPLIT: Final = 0.08  # of those of which one stroke becomes two, as if the pen was lifted on the way
MIDDLE: Final = (0.15, 0.85)  # of a stroke's points: where it may be split


def retrace(lines: Sequence[Line], random: Generator) -> Lines:
    """Trace lines, (n, 2) each, in another way at random, each way with its share; most stay as they are."""
    traced = list(lines)
    shares = SHUFFLED, REVERSED, BEGUN_ELSEWHERE, JOINED, SPLIT
    in_any_order, turned, begun, joined, split = random.random(len(shares)) < shares
    if begun:
        traced = [_begun_elsewhere(line, random) for line in traced]
    if joined and len(traced) > 1:
        at = int(random.integers(len(traced) - 1))
        traced[at : at + 2] = [np.concatenate(traced[at : at + 2])]
    if split:
        at = int(random.integers(len(traced)))
        traced[at : at + 1] = _split(traced[at], random)
    if turned:
        at = int(random.integers(len(traced)))
        traced[at] = traced[at][::-1]
    if in_any_order:
        traced = list(shuffled(traced, random))
    return tuple(traced)


def shuffled(lines: Sequence[Line], random: Generator) -> Lines:
    """The lines in any order, each in any direction."""
    return tuple(lines[at][:: random.choice((-1, 1))] for at in random.permutation(len(lines)))


def _begun_elsewhere(line: Line, random: Generator) -> Line:
    """A closed stroke from another of its points, round to the same; others stay as they are."""
    gap = np.abs(line[0] - line[-1]).max()
    if len(line) < 3 or gap >= CLOSED * np.ptp(line, axis=0).max():
        return line
    at = int(random.integers(1, len(line) - 1))
    return np.concatenate((line[at:], line[: at + 1]))


def _split(line: Line, random: Generator) -> list[Line]:
    """Both halves have the point at which the line is split; a line of two points stays whole."""
    if len(line) < 3:
        return [line]
    at = min(max(1, int(random.uniform(*MIDDLE) * len(line))), len(line) - 2)
    return [line[: at + 1], line[at:]]
