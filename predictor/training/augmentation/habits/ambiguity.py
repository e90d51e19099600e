"""Ones with a flag and sevens without a bar differ by the slope of their upper stroke; between lies what nobody knows.

Habits keep a margin (`ones.FLAG_LEAST`, `sevens.LEVEL_ALONE`), but a rotation or a slant afterwards may use it up: so
whoever distorts asks here.
"""

from typing import Final

import numpy as np

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, angle_of, length

ONE_LEAST: Final = 25.0  # degrees by which a one's flag rises to the right, at least
SEVEN_MOST: Final = 16.0  # degrees by which a seven's top does, at most, where there is no bar
SHORT: Final = 0.25  # of the digit's height: a shorter upper stroke makes no seven
BAR: Final = 0.15  # of the digit's height: the least length of a second stroke that tells a seven


def is_ambiguous(lines: Lines, label: int) -> bool:
    """Whether a one might be a seven, or the other way round; False for any other digit.

    Args:
        lines: (n, 2) each, y down, in any unit.
        label: the digit, 0 to 9.
    """
    if label not in (1, 7):
        return False
    body = max(lines, key=lambda line: float(np.ptp(line[:, 1])))
    if label == 7 and any(length(line) > BAR * np.ptp(body[:, 1]) for line in lines if line is not body):
        return False
    top = _upper_stroke(body)
    if length(top) <= SHORT * np.ptp(body[:, 1]):
        return False
    slope = angle_of(top[-1] - top[0])
    return slope < ONE_LEAST if label == 1 else slope > SEVEN_MOST


def _upper_stroke(body: Line) -> Line:
    """From the upper left corner, which is not a hook's lower end, to the upper right one."""
    extent = np.maximum(np.ptp(body, axis=0), 1e-9)
    right = int((body / extent @ [1.0, -1.0]).argmax())
    left = int((body[: right + 1] @ [1.0, 0.6]).argmin())
    return body[left : right + 1]
