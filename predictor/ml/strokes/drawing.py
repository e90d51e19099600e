"""Strokes drawn as the page's canvas draws them."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from predictor.ml.pictures import Gray
from predictor.ml.strokes.lines import Line

CANVAS: Final = 280.0  # side of the page's canvas, in whose units the pen is measured
PEN: Final = 18.0
SIDE: Final = 168  # pixels of the PNG that the page posts
OVERSAMPLING: Final = 3
CURVE_STEPS: Final = 4  # pieces of each quadratic curve


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
        points = smooth(line) * side
        if len(points) > 1:
            canvas.line(points.ravel().tolist(), fill=0, width=round(width))
        for x, y in points:  # round ends and joints, three times as fast as Pillow's own joint="curve"
            canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
    return np.asarray(picture.reduce(OVERSAMPLING))


def smooth(line: Line) -> Line:
    """The curve of the page's `paper.js`: quadratic, with the points as control points, through their midpoints."""
    if len(line) < 3:
        return line
    middles = (line[1:-1] + line[2:]) / 2  # (n - 2, 2)
    starts = np.concatenate((line[:1], middles[:-1]))
    t = np.linspace(0, 1, CURVE_STEPS + 1)[1:, None, None]
    curves = (1 - t) ** 2 * starts + 2 * t * (1 - t) * line[1:-1] + t**2 * middles  # (steps, n - 2, 2)
    return np.concatenate((line[:1], curves.transpose(1, 0, 2).reshape(-1, 2), line[-1:]))
