"""Twos: with a loop at the lower left, or with a corner.

A "curly" two used to be taught in the USA, Germany and Austria, and is still drawn by many: Wikipedia, "Regional
handwriting variation".
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, bezier, box, length, part, resampled, stroke

LOOP: Final = (0.6, 1.1)  # how far the pen overshoots, relative to the digit's width
BASE: Final = 0.35  # the least width of the base relative to the digit's height


def looped(lines: Lines, random: Generator) -> Lines | None:
    """A small loop at the lower left, from which the base goes on across the neck."""
    found = _neck(lines)
    if found is None:
        return None
    neck, end = found
    width, height = max(float(np.ptp(neck[:, 0])), 0.35 * float(np.ptp(neck[:, 1]))), float(np.ptp(neck[:, 1]))
    neck = part(neck, 0.0, 0.93)
    down = neck[-1] - neck[-4]
    reach = random.uniform(*LOOP) * width
    across = neck[-1] + [random.uniform(0.15, 0.3) * width, random.uniform(-0.02, 0.05) * height]
    overshoot = neck[-1] + reach * down / np.linalg.norm(down)
    back = across + reach * np.array([-1.3, random.uniform(-0.5, -0.3)])
    loop = bezier(neck[-1], overshoot, back, across)
    low = np.array([max(end[0], across[0] + 0.3 * width), neck[-1, 1] + random.uniform(0.03, 0.12) * height])
    base = bezier(across, across + 0.25 * (across - back), low - [0.3 * width, 0], low)
    return (np.concatenate((neck, loop[1:], base[1:])),)


def cornered(lines: Lines, random: Generator) -> Lines | None:
    """No loop: a sharp corner, and a straight base."""
    found = _neck(lines)
    if found is None:
        return None
    neck, end = found
    height = float(np.ptp(neck[:, 1]))
    low = neck[:, 1] >= neck[:, 1].max() - 0.05 * height
    neck = neck[: int(low.argmax()) + 1]  # where a loop would begin
    corner = neck[-1]
    end = np.array([max(end[0], corner[0] + BASE * height), corner[1] + random.uniform(-0.05, 0.05) * height])
    return (np.concatenate((neck[:-1], stroke(corner, end, random))),)


def _neck(lines: Lines) -> tuple[Line, Line] | None:
    """All down to the lower left corner, and where the base ends; None if it is not one stroke of that form."""
    if len(lines) != 1 or length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], 60)
    low, high = box([line])
    place = (line - low) / np.maximum(high - low, 1e-6)
    corner = 20 + int((place[20:50] @ [-1.0, 1.0]).argmax())
    end = line[-1]
    is_two = (
        place[corner, 1] > 0.75
        and place[corner, 0] < 0.35
        and place[:corner, 1].min() < 0.1
        and place[: corner - 5, 0].max() > 0.45
        and place[-1, 0] > 0.6
        and place[-1, 1] > 0.65
    )
    return (line[: corner + 1], end) if is_two else None
