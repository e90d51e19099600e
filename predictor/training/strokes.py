"""Pen strokes: read from a file, and drawn as the page's canvas draws them.

A file holds one JSON object a line, gzipped or not: `{"label": 8, "writer": "a-1", "strokes": [[[x, y], …], …]}`, y
down, in a box of 500×500 units.
"""

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from predictor.ml.images import normalise
from predictor.ml.pictures import Gray
from predictor.training.dataset import Dataset
from predictor.training.errors import DatasetError

Line: TypeAlias = NDArray[np.float64]  # (n, 2), x and y

BOX: Final = 500.0  # side of the square that the files' coordinates lie in
CANVAS: Final = 280.0  # the same of the page's canvas, whose units the pen is measured in
PEN: Final = 18.0
SIDE: Final = 168  # pixels of the PNG that the page posts
OVERSAMPLING: Final = 3
CURVE_STEPS: Final = 4  # pieces of each quadratic curve


@dataclass(frozen=True)
class Drawing:
    """What one person drew: lines in the unit square, y down, and which digit it was to be."""

    label: int
    writer: str
    lines: tuple[Line, ...]


def read_strokes(path: Path) -> list[Drawing]:
    """Read a file of strokes.

    Raises:
        DatasetError: it is missing, damaged, or one of its lines is not of the form above; the line is named.
    """
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} is damaged: {error}") from error
    drawings = []
    for number, row in enumerate(content.splitlines(), 1):
        try:
            drawings.append(_drawing(json.loads(row)))
        except (ValueError, TypeError, KeyError) as error:
            raise DatasetError(f"{path}, line {number}: {error!r}") from error
    if not drawings:
        raise DatasetError(f"{path} holds no drawing.")
    return drawings


def render(lines: Sequence[Line], *, pen: float = PEN) -> Gray:
    """Draw lines in the unit square as the page does: black on white, uint8 (168, 168), antialiased.

    Args:
        lines: (n, 2) each; a line of one point is a dot.
        pen: width in units of the page's canvas, 280 a side; its ends and joints are round.
    """
    side = SIDE * OVERSAMPLING
    width = pen / CANVAS * side
    picture = Image.new("L", (side, side), 255)
    canvas = ImageDraw.Draw(picture)
    radius = width / 2 - 0.5  # an ellipse covers the pixels on its edge
    for line in lines:
        points = _smooth(line) * side
        if len(points) > 1:
            canvas.line(points.ravel().tolist(), fill=0, width=round(width))
        for x, y in points:  # round ends and joints, three times as fast as Pillow's own joint="curve"
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return np.asarray(picture.reduce(OVERSAMPLING))


def draw(drawings: Sequence[Drawing], *, pen: float = PEN) -> Dataset:
    """Render drawings as the page does, and normalise them as the server does."""
    pixels = np.array([normalise(render(drawing.lines, pen=pen)) for drawing in drawings])
    return Dataset(pixels, np.array([drawing.label for drawing in drawings], np.uint8))


def _drawing(row: dict[str, Any]) -> Drawing:
    label = row["label"]
    if type(label) is not int or not 0 <= label <= 9:
        raise ValueError(f"{label!r} is not a digit")
    lines = tuple(_line(points) for points in row["strokes"])
    if not lines:
        raise ValueError("no strokes")
    return Drawing(label, str(row["writer"]), lines)


def _line(points: list[list[float]]) -> Line:
    line = np.array([point[:2] for point in points], np.float64)
    if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
        raise ValueError("a stroke is not a list of points [x, y]")
    return line / BOX


def _smooth(line: Line) -> Line:
    """The curve of the page's `paper.js`: each point bends it, and it passes through the middles between them."""
    if len(line) < 3:
        return line
    middles = (line[1:-1] + line[2:]) / 2  # (n - 2, 2)
    starts = np.concatenate((line[:1], middles[:-1]))
    t = np.linspace(0, 1, CURVE_STEPS + 1)[1:, None, None]
    curves = (1 - t) ** 2 * starts + 2 * t * (1 - t) * line[1:-1] + t**2 * middles  # (steps, n - 2, 2)
    return np.concatenate((line[:1], curves.transpose(1, 0, 2).reshape(-1, 2), line[-1:]))
