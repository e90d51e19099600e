"""Pen strokes: read from a file, and drawn as the server sees them.

A file has one JSON object per line, and may be gzipped: `{"label": 8, "writer": "a-1", "strokes": [[[x, y], …], …]}`, y
down, in a box of 500×500 units.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from predictor.ml.errors import StrokesError
from predictor.ml.images import Pixels, normalise
from predictor.ml.strokes.drawing import CANVAS, PEN, render
from predictor.ml.strokes.lines import Line, Lines, Strokes, lines_of, pen_of
from predictor.ml.strokes.matching import same_drawing
from predictor.training.data import exported
from predictor.training.data.dataset import Dataset
from predictor.training.data.labels import NOT_A_DIGIT, label_of
from predictor.training.errors import DatasetError
from predictor.training.progress import Report, no_report

BOX: Final = exported.BOX  # side of the square that the coordinates in files lie in


@dataclass(frozen=True)
class Drawing:
    """A digit that one person drew: lines in the unit square, y down, and its label."""

    label: int
    writer: str
    lines: Lines


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


def draw(drawings: Sequence[Drawing], *, pen: float = PEN) -> Dataset:
    """Render drawings as the page does, and normalise them as the server does."""
    pixels = np.array([normalise(render(drawing.lines, pen=pen)) for drawing in drawings])
    return Dataset(pixels, np.array([drawing.label for drawing in drawings], np.uint8))


def sent(drawing: Drawing, pen: float = PEN) -> Strokes:
    """Its strokes as the page sends them, drawn with a pen of this width."""
    lines = [[[x, y, 0] for x, y in (line * CANVAS).round(1).tolist()] for line in drawing.lines]
    return {"size": [CANVAS, CANVAS], "pen": pen, "lines": lines}


def stored(label: int, strokes: Mapping[str, Any], pixels: Pixels) -> Drawing | None:
    """The drawing whose strokes a site has stored; None if these do not draw what the pixels show.

    Whoever sends a drawing sends its picture and its strokes, and the label is about the picture.

    Args:
        label: the digit that the picture shows.
        strokes: see `predictor.ml.strokes.lines.lines_of`.
        pixels: the picture, normalised, uint8 (28, 28).
    """
    try:
        lines, pen = lines_of(strokes), pen_of(strokes)
    except StrokesError:
        return None
    return Drawing(label, "", lines) if same_drawing(lines, pen, pixels) else None


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
