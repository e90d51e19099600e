"""Pen strokes: read from a file, and rendered as the page's canvas draws them.

A file has one JSON object per line, and may be gzipped: `{"label": 8, "writer": "a-1", "strokes": [[[x, y], …], …]}`, y
down, in a box of 500×500 units.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels, normalise
from predictor.ml.pictures import Gray
from predictor.training.data import exported
from predictor.training.data.dataset import Dataset
from predictor.training.data.labels import NOT_A_DIGIT, label_of
from predictor.training.errors import DatasetError
from predictor.training.progress import Report, no_report

Line: TypeAlias = NDArray[np.float64]  # (n, 2), x and y

BOX: Final = exported.BOX  # side of the square that the coordinates in files lie in
CANVAS: Final = 280.0  # side of the page's canvas, in whose units the pen is measured
PEN: Final = 18.0
SIDE: Final = 168  # pixels of the PNG that the page posts
OVERSAMPLING: Final = 3
CURVE_STEPS: Final = 4  # pieces of each quadratic curve
# The least cosine similarity of a picture and the strokes that came with it, one of them shifted by up to a pixel. Of
# 600 of UCI's digits drawn with the page's pen, one pair of different digits in 18,000 reaches it.
RESEMBLES: Final = 0.9
SHIFTS: Final = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]


@dataclass(frozen=True)
class Drawing:
    """A digit that one person drew: lines in the unit square, y down, and its label."""

    label: int
    writer: str
    lines: tuple[Line, ...]


def read_strokes(path: Path, report: Report = no_report) -> list[Drawing]:
    """Read a file of strokes, or an export with strokes: see `exported`.

    Drawings in an export that are not digits or have no strokes are left out, and `report` gets their number.

    Raises:
        DatasetError: it is missing or damaged, or a line is not of the form above; the message gives its number.
    """
    content, is_there = exported.metadata(path)
    drawings: list[Drawing] = []
    left_out: Counter[str] = Counter()
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            reason = exported.flaw(row, is_there)
            if reason:
                left_out[reason] += 1
            else:
                drawings.append(_drawing(exported.plain(row)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise DatasetError(f"{path}, line {number}: {error!r}") from error
    for reason, count in left_out.items():
        report(f"{path}: {count} drawings are left out, as they {reason}.")
    if not drawings:
        raise DatasetError(f"{path} holds no drawing of a digit with strokes.")
    return drawings


def render(lines: Sequence[Line], *, pen: float = PEN, side: int = SIDE) -> Gray:
    """Draw lines in the unit square as the page does: black on white, antialiased, uint8 (side, side).

    Args:
        lines: (n, 2) each; a line of one point is a dot.
        pen: its width in units of the page's canvas, which has 280 per side; ends and joints are round.
        side: of the picture, in pixels; by default, as the page posts it.
    """
    side *= OVERSAMPLING
    width = max(1.0, pen / CANVAS * side)
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


def stored(label: int, strokes: Mapping[str, Any], pixels: Pixels) -> Drawing | None:
    """The drawing whose strokes a site has stored; None if these do not draw what the pixels show.

    Whoever sends a drawing sends its picture and its strokes, and the label is about the picture.

    Args:
        label: the digit that the picture shows.
        strokes: `{"size": [w, h], "pen": p, "lines": [[[x, y, ms], …], …]}`, the pen in the units of the size.
        pixels: the picture, normalised, uint8 (28, 28).
    """
    row = {"file_name": "", "label": label, "writer": "", "strokes": strokes}
    try:
        if exported.flaw(row, lambda _: True):
            return None
        drawing = _drawing(exported.plain(row))
        drawn = normalise(render(drawing.lines, pen=CANVAS * float(strokes["pen"]) / max(strokes["size"])))
    except (ImageError, ValueError, TypeError, KeyError, IndexError, OverflowError):
        return None
    return drawing if _similarity(drawn, pixels) >= RESEMBLES else None


def _similarity(one: Pixels, other: Pixels) -> float:
    """The cosine similarity of two pictures, uint8 (28, 28), neither blank, one of them shifted by up to a pixel."""
    a, b = (each.astype(np.float64) / np.linalg.norm(each.astype(np.float64)) for each in (one, other))
    return max(float((np.roll(a, shift, axis=(0, 1)) * b).sum()) for shift in SHIFTS)


def _drawing(row: dict[str, Any]) -> Drawing:
    label = label_of(str(row["label"]))
    if label is None or label == NOT_A_DIGIT:
        raise ValueError(f"{row['label']!r} is not a digit")
    lines = tuple(_line(points) for points in row["strokes"])
    if not lines:
        raise ValueError("no strokes")
    return Drawing(int(label), str(row["writer"]), lines)


def _line(points: list[list[float]]) -> Line:
    line = np.array([point[:2] for point in points], np.float64)
    if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
        raise ValueError("a stroke is not a list of points [x, y]")
    return line / BOX


def _smooth(line: Line) -> Line:
    """The curve of the page's `paper.js`: quadratic, with the points as control points, through their midpoints."""
    if len(line) < 3:
        return line
    middles = (line[1:-1] + line[2:]) / 2  # (n - 2, 2)
    starts = np.concatenate((line[:1], middles[:-1]))
    t = np.linspace(0, 1, CURVE_STEPS + 1)[1:, None, None]
    curves = (1 - t) ** 2 * starts + 2 * t * (1 - t) * line[1:-1] + t**2 * middles  # (steps, n - 2, 2)
    return np.concatenate((line[:1], curves.transpose(1, 0, 2).reshape(-1, 2), line[-1:]))
