"""Writers of pen strokes, who are for training, for validation or held out."""

import hashlib
from collections.abc import Sequence
from typing import Final

from predictor.training.data.strokes import Drawing
from predictor.training.errors import DatasetError

WRITERS: Final = 10  # one writer in so many is held out, and another one is for validation


def split_by_writer(drawings: Sequence[Drawing]) -> tuple[list[Drawing], list[Drawing], list[Drawing]]:
    """Split drawings for training, validation and evaluation so that no two of these share a writer.

    The hash of a writer's name decides.

    Raises:
        DatasetError: there are fewer than three writers.
    """
    writers = sorted({drawing.writer for drawing in drawings}, key=lambda name: hashlib.sha256(name.encode()).digest())
    if len(writers) < 3:
        raise DatasetError(f"Strokes of at least three writers are needed, not {len(writers)}.")
    step = min(WRITERS, len(writers))
    held_out, validation = set(writers[::step]), set(writers[step // 2 :: step])
    return (
        [drawing for drawing in drawings if drawing.writer not in held_out | validation],
        [drawing for drawing in drawings if drawing.writer in validation],
        [drawing for drawing in drawings if drawing.writer in held_out],
    )
