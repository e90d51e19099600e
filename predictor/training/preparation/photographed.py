"""Digits as photographs show them, once the site has read them: with what is left of light, lines, edges and noise."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels, normalise
from predictor.ml.pictures import decode
from predictor.training import processes
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.photographs.conditions import conditions
from predictor.training.photographs.digits import Scanned
from predictor.training.photographs.sets import TEACHING, photographs
from predictor.training.progress import Progress, no_progress

# The least cosine similarity of what was read and the digit. Of 648 photographs of MNIST's training digits, those on
# which something else was read had at most 0.55, all others at least 0.71.
RESEMBLANCE: Final = 0.6


def photographed(data: Dataset, each: int, *, seed: int, progress: Progress = no_progress) -> Dataset:
    """Photograph drawings under every condition, and read the pictures as the site does.

    Args:
        data: the drawings, all for training: none for validation, held out or for the test.
        each: how many of them, chosen at random, are photographed under each condition.
        seed: of everything random.
        progress: called as they are made.

    Returns:
        Pixels, uint8 (n, 28, 28), and labels, uint8 (n,), one condition after another. Pictures on which nothing was
        found, or something else than the digit, such as a line of the paper, are left out.

    Raises:
        TrainingError: a process died, perhaps for lack of memory.
    """
    random = np.random.default_rng((TEACHING, seed))
    chosen = random.integers(0, len(data), (len(conditions()), each))
    jobs = [(name, data[which], seed) for name, which in zip(conditions(), chosen, strict=True)]
    parts = [EMPTY]
    for done, part in enumerate(processes.each(_photograph, jobs), 1):
        parts.append(part)
        progress("photographs", done, len(jobs))
    return Dataset(np.concatenate([some.pixels for some in parts]), np.concatenate([some.labels for some in parts]))


def _photograph(send: processes.Send, condition: str, data: Dataset, seed: int) -> None:
    """What is read on photographs under one condition."""
    digits: Sequence[Scanned] = [Scanned(*each) for each in zip(data.pixels, data.labels.tolist(), strict=True)]
    read = [_read(content) for content, _ in photographs(condition, digits, seed=TEACHING + seed)]
    kept = np.array([found is not None and _resemble(found, of) for found, of in zip(read, data.pixels, strict=True)])
    pixels = [found for found, is_kept in zip(read, kept, strict=True) if is_kept]
    send(Dataset(np.array(pixels, np.uint8).reshape(-1, 28, 28), data.labels[kept]))


def _read(picture: bytes) -> Pixels | None:
    gray = decode(picture)
    try:
        return normalise(gray)
    except ImageError:  # nothing was found on it
        return None


def _resemble(some: Pixels, others: Pixels) -> bool:
    """Whether two drawings, uint8 (28, 28), may be the same."""
    one, two = (each.ravel().astype(np.float32) for each in (some, others))
    return float(one @ two) >= RESEMBLANCE * float(np.linalg.norm(one) * np.linalg.norm(two))
