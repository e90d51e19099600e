"""Fours: open or closed at the top, and with a bar that crosses the stem by far.

Some leave the top open, others close it as print does: Wikipedia, "Regional handwriting variation". The bar
goes on beyond the stem "a little" in models for handwriting (Briem, briem.net, "Numbers"); how far is estimated.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, box, ended, length, part, resampled, stroke

GAP: Final = (0.5, 0.95)  # of an open top, relative to how far the stem is from the corner
BEYOND: Final = (0.35, 0.8)  # how far the bar crosses the stem, likewise


def opened(lines: Lines, random: Generator) -> Lines | None:
    """The left arm nearly upright, so that the top stays open."""
    found = _parts(lines)
    if found is None:
        return None
    arm, bar, stem = found
    reach = _crossing(bar, stem)[0] - arm[-1, 0]
    height = float(np.ptp(stem[:, 1]))
    top = np.array([arm[-1, 0] + (1 - random.uniform(*GAP)) * reach, stem[0, 1] - random.uniform(-0.1, 0.25) * height])
    return (np.concatenate((ended(arm, top, arm[-1]), bar[1:])), stem)


def closed(lines: Lines, random: Generator) -> Lines | None:
    """Arm and stem meet in a point at the top, as in print."""
    found = _parts(lines)
    if found is None:
        return None
    arm, bar, stem = found
    cross = _crossing(bar, stem)
    rise = max(stem[0, 1] - min(stem[0, 1], cross[1] - 1.1 * (cross[0] - arm[-1, 0]), arm[0, 1]), 0.0)
    up = stem[0] - stem[-1]
    top = stem[0] - rise * up / up[1]
    apart = random.uniform(-0.03, 0.03, 2)
    arm = ended(resampled(np.stack((top + apart, arm[-1])), 12), top + apart, arm[-1])
    return (np.concatenate((arm, bar[1:])), np.concatenate((stroke(top, stem[0], random)[:-1], stem)))


def crossed_beyond(lines: Lines, random: Generator) -> Lines | None:
    """The bar goes on far beyond the stem."""
    found = _parts(lines)
    if found is None:
        return None
    arm, bar, stem = found
    cross = _crossing(bar, stem)
    beyond = cross + random.uniform(*BEYOND) * (cross - arm[-1]) * [1, 0.7]
    return (np.concatenate((arm, stroke(arm[-1], beyond, random)[1:])), stem)


def _crossing(bar: Line, stem: Line) -> Line:
    """Where the stem is nearest to the bar or to what would continue it."""
    level = bar[:, 1].mean()
    point: Line = stem[int(np.abs(stem[:, 1] - level).argmin())]
    return point


def _parts(lines: Lines) -> tuple[Line, Line, Line] | None:
    """The arm down to the corner, the bar to the right, and the stem; None if the strokes are of another form."""
    found = _two_strokes(lines) if len(lines) == 2 else _one_stroke(lines) if len(lines) == 1 else None
    if found is None:
        return None
    angle, stem = found
    low, high = box(lines)
    extent = np.maximum(high - low, 1e-6)
    corner = int((((angle - low) / extent) @ [-1.0, 0.5]).argmax())
    arm, bar = angle[: corner + 1], angle[corner:]
    if len(arm) < 4 or len(bar) < 4:
        return None
    cross = _crossing(bar, stem)
    is_four = (
        arm[-1, 1] - arm[0, 1] > 0.25 * extent[1]
        and abs(bar[-1, 1] - bar[0, 1]) < 0.3 * extent[1]
        and stem[-1, 1] - stem[0, 1] > 0.5 * extent[1]
        and length(stem) < 1.3 * np.linalg.norm(stem[-1] - stem[0])
        and cross[0] - arm[-1, 0] > max(0.25 * extent[0], 0.25 * extent[1])
        and cross[1] - stem[0, 1] > 0.12 * extent[1]
        and stem[-1, 1] - cross[1] > 0.1 * extent[1]
    )
    return (arm, bar, stem) if is_four else None


def _two_strokes(lines: Lines) -> tuple[Line, Line] | None:
    angle, stem = sorted(lines, key=lambda line: float(line[:, 0].min()))
    if min(length(angle), length(stem)) < 1e-3:
        return None
    return resampled(angle, 40), resampled(stem, 20) if stem[0, 1] < stem[-1, 1] else resampled(stem, 20)[::-1]


def _one_stroke(lines: Lines) -> tuple[Line, Line] | None:
    """Cut where the bar turns up to the stem's top."""
    if length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], 60)
    low, high = box([line])
    place = (line - low) / np.maximum(high - low, 1e-6)
    corner = int((place[:45] @ [-1.0, 0.5]).argmax())
    rest = place[corner:]
    bottom = int(rest[:, 1].argmax())
    if bottom < 8:
        return None
    top = int(rest[3:bottom, 1].argmin()) + 3
    turn = int((rest[: top + 1] @ [1.0, 0.3]).argmax())
    if turn < 3 or bottom - top < 5:
        return None
    bar_end, stem = corner + turn, line[corner + top : corner + bottom + 1]
    return part(line[: bar_end + 1], 0, 1), stem
