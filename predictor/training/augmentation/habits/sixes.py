"""Sixes: with a short top.

How tall the top is differs between hands and copybooks: estimated.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.training.augmentation.habits.shapes import Lines, box, length, resampled

SHORTER: Final = (0.35, 0.7)  # of the writer's own top
LEAST: Final = 0.4  # the top relative to the bowl's height: with less, it might be a zero


def short_top(lines: Lines, random: Generator) -> Lines | None:
    """The stroke above the bowl is shortened; its width stays."""
    if len(lines) != 1 or length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], 60)
    low, high = box([line])
    place = (line - low) / np.maximum(high - low, 1e-6)
    bottom = int(place[:, 1].argmax())
    closing = line[bottom:]
    if place[0, 1] > 0.15 or bottom > 48 or np.ptp(closing[:, 0]) < 0.25 * (high - low)[0]:
        return None
    bowl = float(closing[:, 1].min())
    top, height = bowl - low[1], high[1] - bowl
    shorter = max(random.uniform(*SHORTER) * top, LEAST * height)
    if top < 0.5 * height or shorter > 0.85 * top:
        return None
    above = line[:, 1] < bowl
    line[above, 1] = bowl - (bowl - line[above, 1]) * shorter / top
    return (line,)
