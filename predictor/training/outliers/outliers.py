"""Outliers for outlier exposure: drawings that are not digits, to train classifiers on.

A network that was trained on digits alone is fully confident about a filled square. Trained also on outliers, with ten
equal probabilities as their target, it becomes uncertain even about outliers of other kinds (Hendrycks, Mazeika and
Dietterich 2019, "Deep anomaly detection with outlier exposure"). `held_out` has such other kinds, to measure this.

Drawings that a careful reader could take for a digit are left out: see `letters` and `shapes`. Everything random comes
from the seed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from predictor.ml.images import Pixels, normalise
from predictor.ml.strokes.drawing import CANVAS, render
from predictor.ml.strokes.lines import Line
from predictor.training.outliers import shapes
from predictor.training.outliers.letters import DIGITS, LETTERS, glyph
from predictor.training.outliers.shapes import FRAGMENTS, SHAPES, Lines

FAMILIES: Final = ("letters", "shapes", "scribbles", "blocks", "sequences", "dots", "fragments")
PENS: Final = (8.0, 32.0)  # narrowest and widest, in units of the canvas
BOLD: Final = 14.0  # the narrowest pen that fills a block
SIZES: Final = (0.3, 0.85)  # the drawing's longer side relative to the canvas
# The least length of the longer side, in widths of the pen: below it a letter becomes a blot.
MIN_PEN_WIDTHS: Final = {"blocks": 1.0, "dots": 1.0, "sequences": 10.0}
DEFAULT_MIN_PEN_WIDTHS: Final = 7.5
STEP: Final = 0.06  # between two points of a line after resampling, relative to the drawing's longer side


@dataclass(frozen=True)
class Outlier:
    """One drawing: lines in the unit square of the canvas, and the pen's width in its units."""

    family: str
    lines: Lines
    pen: float


def outliers(n: int, *, seed: int, families: Sequence[str] = FAMILIES, digits: Sequence[Lines] = ()) -> Pixels:
    """Outliers as pixels, uint8 (n, 28, 28), normalised; the arguments are those of `drawings`."""
    drawn = drawings(n, seed=seed, families=families, digits=digits)
    return np.array([normalise(render(each.lines, pen=each.pen)) for each in drawn], np.uint8).reshape(n, 28, 28)


def drawings(
    n: int, *, seed: int, families: Sequence[str] = FAMILIES, digits: Sequence[Lines] = ()
) -> Iterator[Outlier]:
    """Outliers as lines, of each family in turn.

    Args:
        n: how many.
        seed: the same seed gives the same drawings.
        families: some of `FAMILIES`.
        digits: digits that people drew, for `sequences`; if there are none, those of `letters` are used.
    """
    random = np.random.default_rng(seed)
    for i in range(n):
        family = families[i % len(families)]
        pen = random.uniform(BOLD if family == "blocks" else PENS[0], PENS[1])
        lines = _sequence(random, digits) if family == "sequences" else _MAKERS[family](random)
        widths = MIN_PEN_WIDTHS.get(family, DEFAULT_MIN_PEN_WIDTHS)
        size = random.uniform(min(max(SIZES[0], widths * pen / CANVAS), SIZES[1]), SIZES[1])
        yield Outlier(family, place_on_canvas(hand_drawn(lines, random), random, size, pen), pen)


def hand_drawn(lines: Lines, random: Generator) -> Lines:
    """Lines as if drawn by hand: rotated, slanted, stretched, bent and shaky, with each stroke slightly displaced."""
    middle = _middle(lines)
    extent = _extent(lines) or 1.0
    affine, tremor = _affine(random), random.uniform(0, 0.01)
    directions, phases = random.normal(0, 4, (2, 2)), random.uniform(0, 2 * np.pi, 2)
    heights = random.uniform(-0.06, 0.06, (2, 2))
    drawn = []
    for line in lines:
        points = _resampled((line - middle) / extent)
        bend = np.sin(points @ directions + phases) @ heights  # two waves across the drawing
        displacement = random.normal(0, 0.012, 2) + tremor * _smooth_noise(random, len(points))
        drawn.append((points + bend + displacement) @ affine)
    return tuple(drawn)


def place_on_canvas(lines: Lines, random: Generator, size: float, pen: float) -> Lines:
    """Scale lines to a longer side of `size` and place them at random, with all their ink on the canvas."""
    extent = _extent(lines)
    scaled = [line * (size / extent) for line in lines] if extent else list(lines)
    points = np.concatenate(scaled)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = pen / CANVAS / 2
    corner = random.uniform(margin, np.maximum(1 - margin - (high - low), margin + 1e-9))
    return tuple(line - low + corner for line in scaled)


def _letters(random: Generator) -> Lines:
    return _glyph(LETTERS, random)


def _shapes(random: Generator) -> Lines:
    return _glyph(SHAPES, random)


def _fragments(random: Generator) -> Lines:
    return glyph(FRAGMENTS[random.integers(len(FRAGMENTS))])


_MAKERS: Final[dict[str, Callable[[Generator], Lines]]] = {
    "letters": _letters,
    "shapes": _shapes,
    "scribbles": shapes.scribble,
    "blocks": shapes.block,
    "dots": shapes.dots,
    "fragments": _fragments,
}


def _glyph(table: dict[str, tuple[str, ...]], random: Generator) -> Lines:
    variants = list(table.values())[random.integers(len(table))]
    return glyph(variants[random.integers(len(variants))])


def _sequence(random: Generator, digits: Sequence[Lines]) -> Lines:
    """Two or three digits, or sometimes letters, side by side with gaps between them."""
    placed: list[Line] = []
    x = 0.0
    letters = random.random() < 0.2
    for _ in range(random.choice((2, 2, 3))):
        if digits and not letters:
            one = digits[int(random.integers(len(digits)))]
        else:
            one = _glyph(LETTERS if letters else DIGITS, random)
        low, high = np.concatenate(one).min(axis=0), np.concatenate(one).max(axis=0)
        scale = random.uniform(0.8, 1.1) / max(high[1] - low[1], 0.5 * (high[0] - low[0]), 1e-3)
        corner = np.array([x, random.normal(0, 0.06)])
        placed += [(line - low) * scale + corner for line in one]
        x += (high[0] - low[0]) * scale + random.uniform(0.35, 0.9)
    return tuple(placed)


def _affine(random: Generator) -> Line:
    """A rotation by at most 15°, a slant and a change of aspect: (2, 2), to multiply rows of x and y by."""
    angle, slant, stretch = np.deg2rad(random.uniform(-15, 15)), random.uniform(-0.3, 0.3), random.uniform(-0.2, 0.2)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    affine: Line = np.diag(np.exp([stretch, -stretch])) @ np.array([[1, 0], [slant, 1]]) @ rotation
    return affine


def _middle(lines: Lines) -> Line:
    points = np.concatenate(lines)
    middle: Line = (points.min(axis=0) + points.max(axis=0)) / 2
    return middle


def _extent(lines: Lines) -> float:
    """The longer side of the lines' bounding box."""
    points = np.concatenate(lines)
    return float((points.max(axis=0) - points.min(axis=0)).max())


def _resampled(line: Line) -> Line:
    """The line with points about STEP apart, as a pointing device reports them; its own points are kept."""
    if len(line) < 2:
        return line
    gaps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(gaps)))
    places = np.union1d(along, np.linspace(0, along[-1], max(2, int(along[-1] / STEP))))
    return np.stack([np.interp(places, along, axis) for axis in line.T], axis=1)


def _smooth_noise(random: Generator, n: int) -> Line:
    """Noise of standard deviation 1, correlated over about four points, (n, 2)."""
    noise = random.normal(0, 0.5, (n + 4, 2)).cumsum(axis=0)
    smooth: Line = noise[4:] - noise[:-4]
    return smooth
