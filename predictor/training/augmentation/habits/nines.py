"""Nines: with a straight leg, or with one that curves to the left.

Both are met in UCI's pen strokes, and typefaces have a curved one.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, bezier, box, length, resampled, stroke

LEAN: Final = (-0.3, 0.1)  # of a straight leg's foot, to the right, relative to its height
HOOK: Final = (0.3, 0.9)  # how far the curve goes to the left, relative to the bowl's width


def straight_leg(lines: Lines, random: Generator) -> Lines | None:
    """The leg is one straight stroke down from the bowl's right."""
    found = _bowl(lines)
    if found is None:
        return None
    bowl, bottom, _ = found
    height = bottom - bowl[-1, 1]
    foot = np.array([bowl[-1, 0] + random.uniform(*LEAN) * height, bottom])
    return (np.concatenate((bowl[:-1], stroke(bowl[-1], foot, random))),)


def curved_leg(lines: Lines, random: Generator) -> Lines | None:
    """The leg bends to the left at its end, below the bowl."""
    found = _bowl(lines)
    if found is None:
        return None
    bowl, bottom, width = found
    start = bowl[-1]
    height = bottom - start[1]
    end = np.array([start[0] - random.uniform(*HOOK) * width, bottom - random.uniform(0.02, 0.16) * height])
    knee = np.array([start[0] + random.uniform(-0.08, 0.05) * width, bottom - 0.1 * height])
    turn = np.array([(start[0] + end[0]) / 2, bottom + 0.1 * height])
    return (np.concatenate((bowl[:-1], bezier(start, knee, turn, end))),)


def _bowl(lines: Lines) -> tuple[Line, float, float] | None:
    """All up to where the leg begins, the digit's lower edge and the bowl's width; None if it is of another form."""
    if len(lines) != 1 or length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], 80)
    low, high = box([line])
    place = (line - low) / np.maximum(high - low, 1e-6)
    bottom = int(place[:, 1].argmax())
    upper = np.flatnonzero(place[:bottom, 1] < 0.25)
    if len(upper) == 0 or bottom < 50:
        return None
    leg = int(upper[-1])
    bowl = line[: leg + 1]
    size = high - low
    lowest = (bowl[:, 1].max() - low[1]) / size[1]
    width = float(np.ptp(bowl[:, 0]))
    closes = float(np.linalg.norm(line[leg:bottom, None] - line[None, : max(leg // 3, 1)], axis=2).min())
    is_nine = leg > 30 and 0.25 < lowest < 0.7 and width > 0.35 * lowest * size[1] and closes < 0.2 * size.max()
    is_right = place[leg, 0] > place[: leg + 1, 0].max() - 0.3
    return (bowl, float(high[1]), width) if is_nine and is_right else None
