"""Ones: a plain stem, a flag at its top, short or long, and a foot.

A one is often a plain stem. In parts of Europe it has an upstroke from near the baseline, and sevens are crossed to
tell them from it; it is met with a foot, too: Wikipedia, "Regional handwriting variation". Models for handwriting ask
for a flag at an angle, so that it is not taken for a seven's top (Briem, briem.net, "Numbers"). All keep the writer's
stem.
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import (
    Lines,
    angle_of,
    bend,
    box,
    direction,
    length,
    resampled,
    stroke,
)

# A one's flag and a seven's top differ by their slope. None is made with a slope between this and `sevens.LEVEL_ALONE`:
# a margin of 18 degrees, as nobody can say what the forms between are.
FLAG_LEAST: Final = 30.0  # degrees below the horizontal
FLAG_MOST: Final = 65.0
CORNER_LEAST: Final = 18.0  # degrees between flag and stem: a narrower one is no flag but a thick stem
CORNER_MOST: Final = 60.0  # and a wider one is a seven's
SHORT: Final = (0.15, 0.4)  # how far a flag comes down, relative to the stem's height
LONG: Final = (0.45, 0.95)
LONGEST: Final = 1.1  # the flag itself, likewise
FOOT: Final = (0.3, 0.65)  # width relative to the stem's height
STEM: Final = 0.75  # the least share of the digit's height that the stem must have
CURVED: Final = 0.1  # of its length: a stem that bends more is another sort of one
HOOK: Final = 0.08  # of its height: a turn at its lower end, where a foot began, is cut off
LEANING: Final = 30.0  # degrees from the vertical, at most


def plain(lines: Lines, random: Generator) -> Lines | None:
    """The stem alone, as US schools teach it."""
    stem = _stem(lines)
    return None if stem is None else (stem,)


def flag(lines: Lines, random: Generator) -> Lines | None:
    """A short upstroke before the stem."""
    return _flagged(lines, SHORT, random)


def long_flag(lines: Lines, random: Generator) -> Lines | None:
    """An upstroke of half the stem's height up to almost all of it, as in France and Germany."""
    return _flagged(lines, LONG, random)


def foot(lines: Lines, random: Generator) -> Lines | None:
    """A level stroke under the stem, without a flag."""
    stem = _stem(lines)
    return None if stem is None else (stem, _foot(stem, random))


def flag_and_foot(lines: Lines, random: Generator) -> Lines | None:
    """A short flag and a foot: a long one would make it a two."""
    flagged, stem = _flagged(lines, SHORT, random), _stem(lines)
    return None if flagged is None or stem is None else (*flagged, _foot(stem, random))


def _flagged(lines: Lines, drop: tuple[float, float], random: Generator) -> Lines | None:
    stem = _stem(lines)
    if stem is None:
        return None
    lean = 180 + angle_of(stem[-1] - stem[0])  # 90 if upright, less if it leans to the right
    least, most = max(FLAG_LEAST, lean - CORNER_MOST), min(FLAG_MOST, lean - CORNER_LEAST)
    if least >= most:
        return None
    slope = float(np.clip(random.uniform(least, most), least, most))
    height = stem[-1, 1] - stem[0, 1]
    reach = min(random.uniform(*drop) / np.sin(np.deg2rad(slope)), LONGEST) * height
    start = stem[0] + reach * direction(180 + slope)
    return (np.concatenate((stroke(start, stem[0], random, 0.06)[:-1], stem)),)


def _foot(stem: Line, random: Generator) -> Line:
    width = random.uniform(*FOOT) * (stem[-1, 1] - stem[0, 1])
    along = direction(random.uniform(-7, 10))
    left = random.uniform(0.35, 0.65) * width
    middle = stem[-1] + [0, random.uniform(-0.02, 0.02)]
    return stroke(middle - left * along, middle + (width - left) * along, random)


def _stem(lines: Lines) -> Line | None:
    """The stem, from its top to its bottom; None if it is short, crooked or leans too far."""
    longest = max(lines, key=length)
    low, high = box(lines)
    top = int(longest[:, 1].argmin())
    after, before = longest[top:], longest[: top + 1][::-1]
    stem = max((piece[: int(piece[:, 1].argmax()) + 1] for piece in (after, before)), key=_drop)
    if _drop(stem) < max(STEM * float(high[1] - low[1]), 1e-3):
        return None
    stem = stem[: int((stem[:, 1] >= stem[-1, 1] - HOOK * _drop(stem)).argmax()) + 1]
    chord = stem[-1] - stem[0]
    reach = float(np.linalg.norm(chord))
    if bend(stem) > CURVED * reach or length(stem) > 1.2 * reach or abs(angle_of(chord) + 90) > LEANING:
        return None
    return resampled(stem, max(len(stem), 12))


def _drop(piece: Line) -> float:
    return float(piece[-1, 1] - piece[0, 1])
