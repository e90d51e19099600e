"""Eights: begun at the top, in the middle or at the right, or drawn as two rings.

Some draw an eight as two circles, others in one motion: Wikipedia, "Regional handwriting variation". Where the motion
begins differs between hands, and shows where the ends do not meet.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, box, length, part, resampled

OPENING: Final = 0.3  # between the ends, of the size, at most
ENDS: Final = (-0.06, 0.05)  # of the line: how much is missing at its ends together, or drawn twice
N: Final = 80


def begun_at_the_top(lines: Lines, random: Generator) -> Lines | None:
    """Both ends at the top of the upper loop."""
    return _begun(lines, np.array([0.0, -1.0]), random)


def begun_at_the_right(lines: Lines, random: Generator) -> Lines | None:
    """Both ends at the upper right."""
    return _begun(lines, np.array([1.0, -0.8]), random)


def begun_in_the_middle(lines: Lines, random: Generator) -> Lines | None:
    """Both ends at the waist, where the strokes cross."""
    loop = _loop(lines)
    if loop is None:
        return None
    return _rolled(loop, _waist(loop) + int(np.rint(random.uniform(-2, 2))), random)


def two_rings(lines: Lines, random: Generator) -> Lines | None:
    """A ring on a ring: two strokes that touch or overlap a little, as large as the writer's own loops."""
    loop = _loop(lines)
    if loop is None:
        return None
    waist = loop[_waist(loop), 1]
    upper, lower = loop[loop[:, 1] < waist], loop[loop[:, 1] >= waist]
    height = float(np.ptp(loop[:, 1]))
    overlap = random.uniform(-0.02, 0.05) * height
    rings = []
    for points, (top, bottom) in ((upper, (0, overlap)), (lower, (-overlap, 0))):
        low, high = box([points])
        rings.append(_ring(low + np.array([0, top]), high + np.array([0, bottom]), random))
    return tuple(rings)


def _ring(low: Line, high: Line, random: Generator) -> Line:
    start = random.uniform(-150, -30)  # near the top
    way = 1 if random.random() < 0.25 else -1
    turn = np.deg2rad(start + way * np.linspace(0, 360 * random.uniform(0.95, 1.06), 32))
    half = np.maximum((high - low) / 2, 0.02)
    lean = random.uniform(-0.1, 0.1)
    ring = np.stack((np.cos(turn), np.sin(turn)), axis=1) * half
    ring[:, 0] += lean * ring[:, 1]
    drawn: Line = (low + high) / 2 + ring * np.linspace(1, random.uniform(0.9, 1.08), 32)[:, None]
    return drawn


def _begun(lines: Lines, towards: Line, random: Generator) -> Lines | None:
    loop = _loop(lines)
    if loop is None:
        return None
    low, high = box([loop])
    place = (loop - low) / (high - low)
    return _rolled(loop, int((place @ towards).argmax() + np.rint(random.uniform(-3, 3))), random)


def _rolled(loop: Line, start: int, random: Generator) -> Lines:
    """The loop from another start, its ends somewhat short of each other, or past each other."""
    around = np.concatenate((np.roll(loop, -start, axis=0), np.roll(loop, -start, axis=0)))
    missing = random.uniform(*ENDS)
    whole = part(around[: N + 1], 0, 1) if missing >= 0 else around[: N + 1 + round(-missing * N)]
    size = float(np.ptp(loop, axis=0).max())
    drawn = part(whole, 0, 1 - max(missing, 0))
    drift = random.uniform(-0.04, 0.04, 2) * size
    t = np.linspace(0, 1, len(drawn))[:, None]
    return (drawn + np.maximum(t - 0.8, 0) / 0.2 * drift,)


def _loop(lines: Lines) -> Line | None:
    """The eight as a closed line of N points, the last one beside the first; None if it is of another form."""
    if len(lines) != 1 or length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], N)
    low, high = box([line])
    size = high - low
    apart = np.linalg.norm(line[:16, None] - line[None, -16:], axis=2)
    first, last = np.unravel_index(int(apart.argmin()), apart.shape)
    if apart.min() > OPENING * size.max() or size[0] < 0.25 * size[1]:
        return None
    line = line[int(first) : N - 15 + int(last)]
    loop = resampled(np.concatenate((line, line[:1])), N + 1)[:-1]
    return loop if _is_eight(loop) else None


def _is_eight(loop: Line) -> bool:
    """Whether it is about as wide above and below the place where it crosses itself, in its middle half."""
    waist = _waist(loop)
    low, high = box([loop])
    place = (loop - low) / (high - low)
    upper, lower = place[place[:, 1] < place[waist, 1]], place[place[:, 1] >= place[waist, 1]]
    return bool(
        0.25 < place[waist, 1] < 0.75
        and len(upper) > 10
        and len(lower) > 10
        and min(np.ptp(upper[:, 0]), np.ptp(lower[:, 0])) > 0.45
    )


def _waist(loop: Line) -> int:
    """The index of a point where the loop comes nearest to itself, of those that are far apart along it."""
    apart = np.linalg.norm(loop[:, None] - loop[None], axis=2)
    steps = np.abs(np.arange(N)[:, None] - np.arange(N)[None])
    far = np.minimum(steps, N - steps) > N // 5
    index: int = int(np.where(far, apart, np.inf).min(axis=1).argmin())
    return index
