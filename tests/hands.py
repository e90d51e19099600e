"""Pen strokes of people who are not there: digits from a table, each written as a hand of its own would."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from predictor.training.letters import DIGITS, glyph
from predictor.training.outliers import by_hand, placed
from predictor.training.strokes import BOX, PEN, Drawing


def write(digit: int, writer: str, *, seed: int = 0) -> Drawing:
    random = np.random.default_rng([digit, seed, *writer.encode()])
    lines = by_hand(glyph(DIGITS[str(digit)][0]), random)
    return Drawing(digit, writer, placed(lines, random, 0.6, PEN))


def everything(writers: int, *, each: int = 1) -> list[Drawing]:
    """All ten digits by every writer, `each` times."""
    return [write(digit, f"w{w}", seed=n) for w in range(writers) for digit in range(10) for n in range(each)]


def saved(path: Path, drawings: Sequence[Drawing]) -> Path:
    """In a file as `read_strokes` reads it."""
    rows = (
        {"label": one.label, "writer": one.writer, "strokes": [(line * BOX).tolist() for line in one.lines]}
        for one in drawings
    )
    path.write_text("\n".join(map(json.dumps, rows)))
    return path
