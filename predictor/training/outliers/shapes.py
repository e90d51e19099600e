"""Shapes, scribbles, blocks and fragments as people draw them to try the page out: lines in the unit square, y down."""

from typing import Final, TypeAlias

import numpy as np
from numpy.random import Generator

from predictor.ml.strokes.lines import Line
from predictor.training.outliers.letters import curve

Lines: TypeAlias = tuple[Line, ...]

# Points as in `letters`. A circle looks like 0, a nearly upright stroke like 1, an hourglass like 8: they are left out.
SHAPES: Final[dict[str, tuple[str, ...]]] = {
    "square": ("0008888000", "0080 8088 8808 0800", "0282860602"),
    "triangle": ("40880840", "4088 8808 0840", "00880800"),
    "star": ("184078038318", "4053835568462835033340"),
    "heart": ("~423010020548 ~425070828548",),
    "arrow": ("0484 518457", "8404 310437", "4840 144074", "4048 154875", "0880 408084"),
    "plus": ("4048 0484",),
    "check": ("052880", "153880"),
    "house": ("080440848808 38356568", "0308888303 034083"),
    "smiley": ("~401104174877847140 32 52 ~25365665", "~401104174877847140 3233 5253 ~27355567"),
    "grid": ("3038 6068 0383 0686", "2028 4048 6068 0282 0484 0686"),
    "asterisk": ("4048 1177 7117",),
    "stairs": ("080626244442626080", "000222244446666888"),
    "ladder": ("2028 6068 2161 2363 2565 2767",),
    "person": ("~4031425140 4246 2464 4628 4668",),
}
# Dashes, corners, an angle, an arch. ¬, > and ] look like 7 or 3, ^ like a 1 with its flag, a parenthesis like 1.
FRAGMENTS: Final = (
    "0484",
    "0383 0686",
    "800488",
    "~080220608288",
    "~052335557385",
    "60202868",
    "606808",
    "800008",
    "000888",
    "3032 5052",
    "0484 44",
)


def scribble(random: Generator) -> Lines:
    """A random walk, zigzag, coil, hatching, wave, spiral or tangle; each is too long to look like a digit."""
    make = (_walk, _zigzag, _coil, _hatching, _wave, _spiral, _tangle)[random.integers(7)]
    return make(random)


def block(random: Generator) -> Lines:
    """A square, disc, triangle, diamond or bowl, filled by strokes to and fro; or a patch covered by a scrawl."""
    if random.random() < 0.2:
        return (curve(random.normal(0.5, 0.22, (50, 2)).clip(0, 1)),)
    y = np.linspace(0, 1, 22)
    round_ = np.sqrt(y * (1 - y)) * 2
    widths = (np.ones_like(y), round_, y, 1 - np.abs(2 * y - 1), np.sqrt(1 - y**2))[random.integers(5)]
    ends = widths * random.uniform(0.92, 1, len(y)) / 2
    side = np.where(np.arange(len(y)) % 2, 1, -1)
    return (_turned(np.stack((0.5 + side * ends, y), axis=1), int(random.integers(4))),)


def dots(random: Generator) -> Lines:
    """One to six taps of the pen, anywhere."""
    return tuple(random.random((random.integers(1, 7), 1, 2)))


def _walk(random: Generator) -> Lines:
    return (curve(random.random((random.integers(9, 18), 2))),)


def _zigzag(random: Generator) -> Lines:
    n = int(random.integers(6, 14))
    x = np.linspace(0, 1, n) + random.normal(0, 0.15 / n, n)
    height = random.uniform(0.3, 1)
    y = np.where(np.arange(n) % 2, height, 0) + random.normal(0, 0.06, n)
    return (_turned(np.stack((x, y), axis=1), int(random.integers(4))),)


def _coil(random: Generator) -> Lines:
    loops, width, height = random.integers(3, 7), random.uniform(0.1, 0.25), random.uniform(0.15, 0.45)
    t = np.linspace(0, 1, 12 * loops)
    turns = 2 * np.pi * loops * t
    return (np.stack((t + width * np.cos(turns), 0.5 + height * np.sin(turns)), axis=1),)


def _hatching(random: Generator) -> Lines:
    n, lean = int(random.integers(4, 10)), random.uniform(-0.4, 0.4)
    starts = np.stack((np.linspace(0, 1, n), random.normal(0, 0.05, n)), axis=1)
    ends = starts + random.normal((lean, random.uniform(0.5, 1)), 0.04, (n, 2))
    quarter = int(random.integers(2))
    return tuple(_turned(line, quarter) for line in np.stack((starts, ends), axis=1))


def _wave(random: Generator) -> Lines:
    t = np.linspace(0, random.uniform(2, 4.5), 60)
    x = t / t[-1]
    return (np.stack((x, random.uniform(0.08, 0.3) * np.sin(2 * np.pi * t)), axis=1),)


def _spiral(random: Generator) -> Lines:
    turns, way = random.uniform(2.2, 4.5), random.choice((-1, 1))
    t = np.linspace(0, 1, 60)
    angle = way * 2 * np.pi * turns * t + random.uniform(0, 2 * np.pi)
    return (np.stack((t * np.cos(angle), t * np.sin(angle)), axis=1) / 2,)


def _tangle(random: Generator) -> Lines:
    """Loops around a centre that wanders: around a fixed one they would look like a 0."""
    t = np.linspace(0, 1, 110)
    angle = 2 * np.pi * random.uniform(5, 9) * t
    drift = curve(random.uniform(0, 1, (5, 2)))
    centre = np.stack([np.interp(t, np.linspace(0, 1, len(drift)), axis) for axis in drift.T], axis=1)
    radii = random.uniform(0.1, 0.35, 2)
    return (centre + radii * np.stack((np.cos(angle), np.sin(angle)), axis=1),)


def _turned(line: Line, quarters: int) -> Line:
    """Rotate by quarter turns about the middle of the unit square."""
    cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarters]
    return (line - 0.5) @ np.array([[cos, sin], [-sin, cos]], np.float64) + 0.5
