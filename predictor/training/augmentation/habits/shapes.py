"""Geometry of pen strokes: measures, cuts and the few curves that habits are drawn with.

Lines are float64 (n, 2), x and y, in the unit square with y down. Lengths are relative to it unless said otherwise.
Angles are in degrees; a direction's angle is 0 to the right and 90 upwards.
"""

from collections.abc import Sequence
from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line

Lines: TypeAlias = tuple[Line, ...]

STEP: Final = 0.03  # between the points of a stroke that is added
LEAST: Final = 1e-6


def box(lines: Sequence[Line]) -> tuple[Line, Line]:
    """The upper left and the lower right corner of the box around all lines, (2,) each."""
    points = np.concatenate(lines)
    return points.min(axis=0), points.max(axis=0)


def size(lines: Sequence[Line]) -> float:
    """The longer side of the box around all lines."""
    low, high = box(lines)
    return float((high - low).max())


def along(line: Line) -> Line:
    """How far along the line each of its points lies, (n,), from 0."""
    steps: Line = np.linalg.norm(np.diff(line, axis=0), axis=1)
    return np.concatenate(([0.0], np.cumsum(steps)))


def length(line: Line) -> float:
    return float(along(line)[-1])


def part(line: Line, first: float, last: float) -> Line:
    """The piece between two fractions of the line's length, with points in between at least."""
    where = along(line)
    total = where[-1]
    at = np.linspace(first * total, last * total, max(3, round((last - first) * total / STEP) + 1))
    return np.stack([np.interp(at, where, line[:, axis]) for axis in (0, 1)], axis=1)


def direction(angle: float) -> Line:
    """The unit vector at an angle, (2,)."""
    return np.array([np.cos(np.deg2rad(angle)), -np.sin(np.deg2rad(angle))])


def angle_of(vector: Line) -> float:
    """The angle of a vector's direction, in -180 to 180."""
    return float(np.rad2deg(np.arctan2(-vector[1], vector[0])))


def stroke(start: Line, end: Line, random: Generator, bow: float = 0.04) -> Line:
    """A stroke from one point to another as a hand draws it: bowed by at most `bow` of its length to either side."""
    return bowed(np.stack((start, end)), random.uniform(-bow, bow))


def bowed(line: Line, by: float) -> Line:
    """The line with its middle displaced, by a fraction of the distance of its ends, to the left of its direction."""
    n = max(5, round(length(line) / STEP))
    t = np.linspace(0, 1, n)[:, None]
    chord = line[-1] - line[0]
    left = np.array([chord[1], -chord[0]])
    curve: Line = resampled(line, n) + 4 * t * (1 - t) * by * left
    return curve


def resampled(line: Line, n: int) -> Line:
    """`n` points at equal distances along the line."""
    where = along(line)
    at = np.linspace(0, where[-1], n)
    return np.stack([np.interp(at, where, line[:, axis]) for axis in (0, 1)], axis=1)


def bend(line: Line) -> float:
    """How far the line strays from the straight one between its ends."""
    chord = line[-1] - line[0]
    aside = (line - line[0]) @ np.array([chord[1], -chord[0]])
    return float(np.abs(aside).max() / max(float(np.linalg.norm(chord)), LEAST))


def bezier(*points: Line, n: int = 16) -> Line:
    """A cubic curve by its ends and its two control points, (n, 2)."""
    t = np.linspace(0, 1, n)[:, None]
    a, b, c, d = points
    curve: Line = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    return curve


def ended(line: Line, start: Line, end: Line) -> Line:
    """The line with its ends moved to two points, and what lies between moved along in proportion."""
    t = (along(line) / max(length(line), LEAST))[:, None]
    moved: Line = line + (1 - t) * (start - line[0]) + t * (end - line[-1])
    return moved


def into_unit_square(lines: Sequence[Line], before: Sequence[Line]) -> Lines:
    """Scale and move lines into the box that the lines before a change had, as far as they reach beyond it.

    The proportions stay, and the corner of the box that is nearest.
    """
    (low, high), (least, most) = box(lines), box(before)
    room = float((most - least).max())
    middle = (least + most) / 2
    least, most = np.clip(middle - room / 2, 0, 1 - room), np.clip(middle + room / 2, room, 1)
    scale = min(1.0, room / max(float((high - low).max()), LEAST))
    scaled = [(line - low) * scale for line in lines]
    extent = (high - low) * scale
    corner = np.clip(low, least, np.maximum(most - extent, least))
    return tuple(np.clip(line + corner, 0, 1) for line in scaled)
