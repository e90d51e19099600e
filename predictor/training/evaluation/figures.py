"""The figures of a model card, as small PNGs, drawn by Pillow with its own font."""

import io
import math
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from PIL import Image, ImageColor, ImageDraw, ImageFont

from predictor.ml.artifacts import Sidecar
from predictor.training.evaluation.evaluate import wilson

PAPER, TEXT, QUIET, LINE = "#ffffff", "#1d1e24", "#5d5f69", "#d9d5ca"  # the page's colours
BAR, RIGHT, WRONG = "#8d93ab", "#e9ecf7", "#9a3c06"
SCALE: Final = 2  # of the drawing, which is then reduced
CELL: Final = 56
COLOURS: Final = 128


class _Canvas:
    """Pillow's drawing, in units of a pixel of the result."""

    def __init__(self, width: int, height: int) -> None:
        self._picture = Image.new("RGB", (width * SCALE, height * SCALE), PAPER)
        self._draw = ImageDraw.Draw(self._picture)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self._draw.rectangle((left * SCALE, top * SCALE, right * SCALE - 1, max(top, bottom) * SCALE), colour)

    def line(self, *points: float, colour: str, width: int = 2) -> None:
        self._draw.line([each * SCALE for each in points], colour, width)

    def text(self, x: float, y: float, text: str, *, size: int = 14, colour: str = TEXT, anchor: str = "mm") -> None:
        self._draw.text((x * SCALE, y * SCALE), text, colour, _font(size * SCALE), anchor)

    def picture(self) -> Image.Image:
        return self._picture.reduce(SCALE)


def confusion_matrix(sidecar: Sidecar, counts: list[list[int]]) -> bytes:
    """A PNG: rows are labels, columns predictions; misses are shaded by the logarithm of their count."""
    left, top, side = 76, 122, 10 * CELL
    canvas = _Canvas(left + side + 76, top + side + 20)
    total, right = sum(map(sum, counts)), sum(counts[digit][digit] for digit in range(10))
    most = max(1, *(counts[i][j] for i in range(10) for j in range(10) if i != j))
    canvas.text(left, 26, f"{_name(sidecar)}: confusion matrix", size=18, anchor="lm")
    canvas.text(left, 50, f"{total - right:,} misses of {total:,}", colour=QUIET, anchor="lm")
    canvas.text(left + side / 2, top - 38, "prediction", colour=QUIET)
    canvas.text(left - 22, top - 14, "label", colour=QUIET, anchor="rm")
    canvas.text(left + side + 66, top - 14, "correct", colour=QUIET, anchor="rm")
    for i, row in enumerate(counts):
        y = top + (i + 0.5) * CELL
        canvas.text(left + (i + 0.5) * CELL, top - 14, str(i), size=16)
        canvas.text(left - 22, y, str(i), size=16)
        canvas.text(left + side + 66, y, f"{row[i] / sum(row):.1%}" if any(row) else "-", colour=QUIET, anchor="rm")
        for j, count in enumerate(row):
            shade = math.log1p(count) / math.log1p(most)
            x, colour = left + (j + 0.5) * CELL, RIGHT if i == j else _between(PAPER, WRONG, 0.9 * shade)
            canvas.box(x - CELL / 2, y - CELL / 2, x + CELL / 2 - 1, y + CELL / 2 - 1, colour)
            if count:
                canvas.text(x, y, f"{count:,}", size=15, colour=PAPER if i != j and shade > 0.8 else TEXT)
    for edge in (top - 1, top + side):
        canvas.line(left, edge, left + side, edge, colour=LINE)
    return _png(canvas.picture())


def reliability_diagram(sidecar: Sidecar, rows: list[dict[str, Any]], found: Mapping[str, Any]) -> bytes:
    """A PNG: above, each bin's accuracy with its 95 % interval, and the diagonal; below, its number of drawings."""
    left, top, side, low, high = 64, 104, 540, 720, 820
    bottom = top + side
    canvas = _Canvas(left + side + 36, high + 52)
    canvas.text(left, 26, f"{_name(sidecar)}: reliability diagram", size=18, anchor="lm")
    summary = f"expected calibration error {found['ece']:.4f}, accuracy {found['accuracy']:.2%}, n = {found['n']:,}"
    canvas.text(left, 52, summary, colour=QUIET, anchor="lm")
    for tenth in range(0, 11, 2):
        x, y = left + side * tenth / 10, bottom - side * tenth / 10
        canvas.line(left, y, left + side, y, colour=LINE)
        canvas.text(left - 10, y, f"{tenth / 10:.1f}", colour=QUIET, anchor="rm")
        canvas.text(x, high + 16, f"{tenth / 10:.1f}", colour=QUIET)
    full = math.log1p(max(row["n"] for row in rows))
    for row in (row for row in rows if row["n"]):
        start, end = left + side * row["low"] + 2, left + side * row["high"] - 2
        canvas.box(start, bottom - side * row["accuracy"], end, bottom, BAR)
        interval = wilson(round(row["accuracy"] * row["n"]), row["n"])
        middle, (least, most) = (start + end) / 2, (bottom - side * bound for bound in interval)
        canvas.line(middle, least, middle, most, colour=TEXT, width=3)
        canvas.box(start, high - (high - low) * math.log1p(row["n"]) / full, end, high, LINE)
        canvas.text(middle, high - 9, f"{row['n']:,}", size=11)
    canvas.line(left, bottom, left + side, top, colour=WRONG, width=4)
    canvas.line(left, high, left + side, high, colour=LINE)
    canvas.text(left, top - 14, "accuracy, with its 95 % interval", colour=QUIET, anchor="lm")
    canvas.text(left, low - 22, "drawings in each bin, on a logarithmic scale", colour=QUIET, anchor="lm")
    canvas.text(left + side / 2, high + 38, "confidence", colour=QUIET)
    return _png(canvas.picture())


def _name(sidecar: Sidecar) -> str:
    """Of a version, or of a challenger that was not published."""
    return f"{sidecar.kind.upper()} v{sidecar.version}" if sidecar.version else f"{sidecar.kind.upper()} challenger"


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _between(one: str, other: str, share: float) -> str:
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
