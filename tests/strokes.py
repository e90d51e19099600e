"""Drawings as the page sends them: strokes, and the picture that they draw."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from predictor.ml.strokes.drawing import CANVAS, PEN, render

Corners = Sequence[Sequence[tuple[float, float]]]

SEVEN: Corners = [[(80, 70), (200, 66), (125, 220)]]
THREE: Corners = [[(90, 80), (140, 58), (185, 90), (140, 135), (190, 185), (145, 220), (88, 200)]]
DOT: Corners = [[(140, 140)]]
STEP = 6  # units between two points, as a pen that is watched closely leaves them


def strokes(corners: Corners, *, pen: float = PEN) -> dict[str, object]:
    """Strokes through corners, with a point every few units and every 10 ms."""
    lines = [_points(line) for line in corners]
    timed = [[[round(x, 1), round(y, 1), 10 * i] for i, (x, y) in enumerate(line)] for line in lines]
    return {"size": [CANVAS, CANVAS], "pen": pen, "lines": timed}


def picture(corners: Corners, *, pen: float = PEN) -> bytes:
    """What they draw, as a PNG."""
    file = io.BytesIO()
    Image.fromarray(render([_points(line) / CANVAS for line in corners], pen=pen)).save(file, "PNG")
    return file.getvalue()


def _points(corners: Sequence[tuple[float, float]]) -> np.ndarray:
    line = np.array(corners, float)
    if len(line) == 1:
        return line
    along = np.concatenate(([0.0], np.hypot(*np.diff(line, axis=0).T).cumsum()))
    at = np.linspace(0, along[-1], int(along[-1] / STEP))
    return np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=1)
