"""Zeros that are told from the letter O: slashed, ticked, dotted or barred.

Programmers, radio amateurs, engineers and nurses slash or dot a zero, as do people who write cheques. Slashes from the
upper left, which are not mistaken for the Danish and Norwegian letter Ø, upright bars, met in Germany, and ticks, which
cross the upper right only, are listed with them: Wikipedia, "Slashed zero" and "Regional handwriting variation".
"""

from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.augmentation.habits.shapes import Lines, box, direction, length, resampled, size, stroke

NARROWEST: Final = 0.4  # width relative to height: nothing can be drawn into a narrower oval
OPENING: Final = 0.3  # of the size, between the oval's ends at most
STRAY: Final = 0.2  # of the size: the longest other stroke that is no mark already
STEEPNESS: Final = (25.0, 65.0)  # of a slash in an oval as wide as high; in a narrower one it is steeper
INSIDE: Final = (0.45, 0.75)  # how far a mark reaches from the middle, relative to the oval there
THROUGH: Final = (1.15, 1.5)
JOINED: Final = 0.2  # share of slashes that are drawn without lifting the pen: estimated


def slashed(lines: Lines, random: Generator) -> Lines | None:
    """A stroke from the lower left to the upper right, inside the oval or through it."""
    return _crossed(lines, random.uniform(*STEEPNESS), random, joins=True)


def slashed_back(lines: Lines, random: Generator) -> Lines | None:
    """A stroke from the upper left to the lower right, inside the oval or through it."""
    return _crossed(lines, 180 - random.uniform(*STEEPNESS), random)


def barred_upright(lines: Lines, random: Generator) -> Lines | None:
    """An upright stroke, inside the oval or through it."""
    return _crossed(lines, 90 + random.uniform(-10, 10), random)


def barred_level(lines: Lines, random: Generator) -> Lines | None:
    """A level stroke: inside the oval, or well through it, as one that just spans it would look like an 8."""
    return _crossed(lines, random.uniform(-10, 15), random)


def ticked(lines: Lines, random: Generator) -> Lines | None:
    """A slash across the upper right only."""
    oval = _oval(lines)
    if oval is None:
        return None
    middle, half = _middle(oval), _half(oval)
    towards = _squeezed(random.uniform(35, 60), half)
    reach = _reach(oval, middle, towards)
    start, end = random.uniform(0.35, 0.65), random.uniform(1.2, 1.5)
    return (*lines, stroke(middle + start * reach * towards, middle + end * reach * towards, random))


def dotted(lines: Lines, random: Generator) -> Lines | None:
    """A dot in the middle: a touch of the pen, or a stroke hardly longer."""
    oval = _oval(lines)
    if oval is None:
        return None
    middle = _middle(oval) + random.uniform(-0.15, 0.15, 2) * _half(oval)
    if random.random() < 0.5:
        return (*lines, middle[None])
    reach = random.uniform(0.01, 0.05) * size(lines) * direction(random.uniform(0, 180))
    return (*lines, np.stack((middle - reach, middle, middle + reach)))


def _crossed(lines: Lines, angle: float, random: Generator, *, joins: bool = False) -> Lines | None:
    oval = _oval(lines)
    if oval is None:
        return None
    half = _half(oval)
    middle = _middle(oval) + random.uniform(-0.1, 0.1, 2) * half
    towards = _squeezed(angle, half)
    inside = random.random() < 0.4
    ends = []
    for way in (towards, -towards):
        reach = random.uniform(*(INSIDE if inside else THROUGH))
        ends.append(middle + reach * _reach(oval, middle, way) * way)
    if joins and not inside and random.random() < JOINED:
        return _joined(lines, oval, ends, random)
    if random.random() < 0.5:
        ends.reverse()
    return (*lines, stroke(ends[0], ends[1], random))


def _joined(lines: Lines, oval: Line, ends: list[Line], random: Generator) -> Lines:
    """The pen goes on from the oval's end to the nearer end of the slash."""
    first, last = sorted(ends, key=lambda end: float(np.linalg.norm(end - oval[-1])))
    others = [line for line in lines if line is not oval]
    return (np.concatenate((oval, stroke(oval[-1], first, random)[1:], stroke(first, last, random)[1:])), *others)


def _oval(lines: Lines) -> Line | None:
    """The line that is the oval; None if there is none, if it is open or narrow, or if something crosses it already."""
    longest = max(lines, key=length)
    whole = size(lines)
    if whole < 1e-3:
        return None
    low, high = box([longest])
    width, height = high - low
    marked = any(length(line) > STRAY * whole for line in lines if line is not longest)
    open_ = _opening(longest) > OPENING * whole
    inner = np.linalg.norm((longest - (low + high) / 2) / np.maximum(high - low, 1e-6), axis=1).min()
    return None if marked or open_ or width < NARROWEST * height or inner < 0.15 else longest


def _opening(line: Line) -> float:
    """The least distance of the line's first third and its last one: ends may cross."""
    points = resampled(line, 60)
    first, last = points[:20], points[-20:]
    return float(np.linalg.norm(first[:, None] - last[None], axis=2).min())


def _middle(oval: Line) -> Line:
    low, high = box([oval])
    return (low + high) / 2


def _half(oval: Line) -> Line:
    low, high = box([oval])
    return (high - low) / 2


def _squeezed(angle: float, half: Line) -> Line:
    """The direction that the angle becomes when a circle is squeezed into the oval, of length 1."""
    towards = direction(angle) * half
    unit: Line = towards / np.linalg.norm(towards)
    return unit


def _reach(oval: Line, middle: Line, towards: Line) -> float:
    """How far the oval is from its middle in a direction."""
    arms = oval - middle
    distances = np.linalg.norm(arms, axis=1)
    nearest = (arms @ towards / np.maximum(distances, 1e-6)).argsort()[-2:]
    return float(distances[nearest].max())
