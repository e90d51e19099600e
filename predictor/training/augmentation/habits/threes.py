"""Threes: with a flat top.

An angular top, like that of the letter ezh, keeps a three from being changed into an eight: Wikipedia, "Regional
handwriting variation".
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, box, length, resampled, stroke

WIDTH: Final = (0.75, 1.05)  # of the top relative to the digit's


def flat_top(lines: Lines, random: Generator) -> Lines | None:
    """A level top, then a straight stroke to the waist; the lower bowl stays the writer's."""
    bowl = _lower_bowl(lines)
    if bowl is None:
        return None
    low, high = box(lines)
    size = high - low
    left = low + random.uniform(-0.03, 0.12, 2) * size * [1, 0.4]
    right = left + random.uniform(*WIDTH) * size * [1, 0] + [0, random.uniform(-0.05, 0.03) * size[1]]
    waist = bowl[0] + random.uniform(-0.05, 0.1) * size * [1, 0]
    return (np.concatenate((stroke(left, right, random)[:-1], stroke(right, waist, random)[:-1], bowl[1:])),)


def _lower_bowl(lines: Lines) -> Line | None:
    """From the waist on; None if it is not one stroke with two bowls open to the left."""
    if len(lines) != 1 or length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], 60)
    low, high = box([line])
    place = (line - low) / np.maximum(high - low, 1e-6)
    middle = np.flatnonzero((place[:, 1] > 0.25) & (place[:, 1] < 0.7) & (np.arange(60) > 12) & (np.arange(60) < 45))
    if len(middle) == 0:
        return None
    waist = int(middle[place[middle, 0].argmin()])
    is_three = (
        place[:waist, 0].max() > place[waist, 0] + 0.15
        and place[waist:, 0].max() > place[waist, 0] + 0.25
        and place[0, 1] < 0.35
        and place[-1, 0] < 0.5
        and place[-1, 1] > 0.65
    )
    return line[waist:] if is_three else None
