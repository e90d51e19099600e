"""What pens do to any digit: gaps in a stroke, a part drawn again, a dot where the pen rested.

Pens skip, touchscreens lose a finger for a moment, and writers mend what they think is faint. Shares are estimated.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.training.augmentation.habits.shapes import Lines, length, part, size

GAP: Final = (0.04, 0.11)  # of the digit's size
LONG: Final = 0.5  # of the digit's size: shorter strokes are left alone
AGAIN: Final = (0.2, 0.5)  # of the stroke's length
BESIDE: Final = (0.01, 0.035)  # of the digit's size: how far from the first stroke the second one lies
REST: Final = (0.01, 0.035)  # radius, likewise


def gap(lines: Lines, random: Generator) -> Lines | None:
    """A short piece of a long stroke is missing."""
    which = _long(lines, random)
    if which is None:
        return None
    line = lines[which]
    missing = random.uniform(*GAP) * size(lines) / length(line)
    at = 0.1 + random.random() * (0.8 - missing)
    return (*lines[:which], part(line, 0, at), part(line, at + missing, 1), *lines[which + 1 :])


def retouched(lines: Lines, random: Generator) -> Lines | None:
    """Part of a stroke is drawn again, beside the first."""
    which = _long(lines, random)
    if which is None:
        return None
    share = random.uniform(*AGAIN)
    start = random.random() * (1 - share)
    again = part(lines[which], start, start + share)
    whole = size(lines)
    turn = random.uniform(0, 2 * np.pi)
    beside = random.uniform(*BESIDE) * whole * np.array([np.cos(turn), np.sin(turn)])
    wobble = np.linspace(-1, 1, len(again))[:, None] * random.normal(0, 0.01, 2) * whole
    return (*lines, again + beside + wobble)


def rested(lines: Lines, random: Generator) -> Lines | None:
    """A dot at an end of a stroke, where the pen was set down early or lifted late."""
    line = lines[int(random.integers(len(lines)))]
    end = line[0] if random.random() < 0.5 else line[-1]
    radius = random.uniform(*REST) * size(lines)
    turn = random.uniform(0, 2 * np.pi) + np.linspace(0, 2 * np.pi, 7)
    return (*lines, end + radius * (np.stack((np.cos(turn), np.sin(turn)), axis=1) + random.uniform(-0.7, 0.7, 2)))


def _long(lines: Lines, random: Generator) -> int | None:
    """One of the strokes that are not short, by its index."""
    least = LONG * size(lines)
    found = [index for index, line in enumerate(lines) if length(line) > max(least, 1e-3)]
    return found[int(random.integers(len(found)))] if found else None
