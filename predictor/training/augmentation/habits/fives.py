"""Fives: in one stroke, or with a hat of its own that lies away from the body.

Models for handwriting ask for the hat as a second stroke (Briem, briem.net, "Numbers"); others begin at its right end
and never lift the pen. How far a hat lies away from the body is estimated.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, box, length, resampled

AWAY: Final = (0.03, 0.13)  # of the digit's height


def in_one_stroke(lines: Lines, random: Generator) -> Lines | None:
    """From the hat's right end to its left one and on without lifting the pen."""
    found = _parts(lines)
    if found is None:
        return None
    hat, body = found
    return (np.concatenate((hat[::-1] - hat[0] + body[0], body[1:])),)


def hat_detached(lines: Lines, random: Generator) -> Lines | None:
    """The hat as a stroke of its own, with a gap between it and the body."""
    found = _parts(lines)
    if found is None:
        return None
    hat, body = found
    height = float(np.ptp(body[:, 1]))
    start = body[0] + height * np.array([random.uniform(*AWAY), random.uniform(-0.1, 0.02)])
    return (body, hat - hat[0] + start)


def _parts(lines: Lines) -> tuple[Line, Line] | None:
    """The hat, from left to right, and the body, from its top; None if the strokes are of another form."""
    found = _two_strokes(lines) if len(lines) == 2 else _one_stroke(lines) if len(lines) == 1 else None
    if found is None:
        return None
    hat, body = found
    hat = hat if hat[0, 0] < hat[-1, 0] else hat[::-1]
    low, high = box(lines)
    width, height = high - low
    is_five = (
        len(hat) > 2
        and hat[-1, 0] - hat[0, 0] > 0.3 * width
        and np.ptp(hat[:, 1]) < 0.35 * height
        and hat[:, 1].mean() < low[1] + 0.35 * height
        and np.ptp(body[:, 1]) > 0.65 * height
        and body[0, 1] < low[1] + 0.35 * height
        and body[0, 0] < low[0] + 0.6 * width
        and body[-1, 1] > low[1] + 0.6 * height
    )
    return (hat, body) if is_five else None


def _two_strokes(lines: Lines) -> tuple[Line, Line] | None:
    hat, body = sorted(lines, key=lambda line: float(np.ptp(line[:, 1])))
    return (hat, body) if length(hat) > 1e-3 else None


def _one_stroke(lines: Lines) -> tuple[Line, Line] | None:
    """Cut at the upper left corner."""
    if length(lines[0]) < 1e-3:
        return None
    line = resampled(lines[0], 60)
    low, high = box([line])
    corner = int((((line - low) / np.maximum(high - low, 1e-6))[:35] @ [-1.0, -1.0]).argmax())
    return (line[: corner + 1], line[corner:]) if corner > 3 else None
