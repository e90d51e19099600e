"""Pen strokes of invented people: digits from a table, each as if drawn by hand."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from predictor.ml.strokes.drawing import PEN
from predictor.training.data.strokes import BOX, Drawing
from predictor.training.outliers.letters import DIGITS, glyph
from predictor.training.outliers.outliers import hand_drawn, place_on_canvas


def write(digit: int, writer: str, *, seed: int = 0) -> Drawing:
    random = np.random.default_rng([digit, seed, *writer.encode()])
    lines = hand_drawn(glyph(DIGITS[str(digit)][0]), random)
    return Drawing(digit, writer, place_on_canvas(lines, random, 0.6, PEN))


def everything(writers: int, *, each: int = 1) -> list[Drawing]:
    """All ten digits by every writer, `each` times."""
    return [write(digit, f"w{w}", seed=n) for w in range(writers) for digit in range(10) for n in range(each)]


def saved(path: Path, drawings: Sequence[Drawing]) -> Path:
    """Save them in a file that `read_strokes` can read."""
    rows = (
        {"label": one.label, "writer": one.writer, "strokes": [(line * BOX).tolist() for line in one.lines]}
        for one in drawings
    )
    path.write_text("\n".join(map(json.dumps, rows)))
    return path
