"""Reviewed drawings, varied so that a few hundred of them count among a base of a hundred thousand.

Each is varied as the hand that drew it might have drawn it: from its strokes, where they are stored and draw what the
picture shows, else from its pixels. The copies of a drawing are only for training, and only where the drawing itself
is: one that is held out, or in the fold that a member of a committee is validated on, has none.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import digest
from predictor.training.augmentation.augment import augment
from predictor.training.augmentation.redraw import redraw
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.data.strokes import Drawing
from predictor.training.progress import Progress, no_progress

LARGEST_SHARE: Final = 0.45  # however many labels there are, most of what is seen is the base,
HALF_WAY: Final = 700  # and with so many labels the share is half of that
COPIES: Final = 100  # of each drawing, at most
MOST: Final = 30_000  # copies in all: two minutes of drawing on two cores


def share(n_labels: int) -> float:
    """The least share of what a classifier sees that `n_labels` reviewed drawings have, in [0, LARGEST_SHARE).

    It is LARGEST_SHARE · n / (n + HALF_WAY): 10 % with 200 labels, 39 % with 5,000. The form is that of the credibility
    of n observations against prior knowledge that is worth k of them, n / (n + k) (Bühlmann 1967, "Experience rating
    and credibility"). Both constants were solved for from the two shares just given, which are a choice.
    """
    return LARGEST_SHARE * n_labels / (n_labels + HALF_WAY)


def missing_share(n: int, n_reviewed: int) -> float:
    """The share that copies must have in addition, in [0, LARGEST_SHARE), where `n_reviewed` of `n` are reviewed."""
    natural = n_reviewed / n if n else 0.0
    return max(0.0, (share(n_reviewed) - natural) / (1 - natural)) if natural < 1 else 0.0


def copies_needed(n: int, n_reviewed: int) -> int:
    """How many copies of each reviewed drawing to make: none where their natural share among `n` is enough."""
    if not missing_share(n, n_reviewed):
        return 0
    return min(COPIES, max(1, MOST // n_reviewed))


def vary(
    data: Dataset,
    strokes: Mapping[str, Drawing],
    copies: int,
    *,
    seed: int,
    progress: Progress = no_progress,
) -> Dataset:
    """`copies` varied copies of each drawing: one of all of them in their order, then another, and so on.

    Args:
        data: k reviewed drawings for training.
        strokes: those of some of them, by the `digest` of the pixels.
        copies: of each drawing; 0 gives none.
        seed: of everything random.
        progress: called as the copies are made.

    Returns:
        A dataset of pixels, uint8 (copies · k, 28, 28), and labels, uint8 (copies · k,): row r is of drawing r % k.

    Raises:
        TrainingError: a process died, perhaps for lack of memory.
    """
    if not copies or not len(data):
        return EMPTY
    found = [strokes.get(digest(pixels)) for pixels in data.pixels]
    drawn = [drawing for drawing in found if drawing is not None]
    has_strokes = np.array([drawing is not None for drawing in found])
    pixels = np.zeros((copies, *data.pixels.shape), np.uint8)
    if drawn:
        redrawn = redraw(drawn, copies, seed=seed, progress=progress)
        pixels[:, has_strokes] = redrawn.pixels.reshape(copies, len(drawn), 28, 28)
    if len(drawn) < len(data):
        distorted = augment(data[~has_strokes], copies, seed=seed, progress=progress)
        pixels[:, ~has_strokes] = distorted.pixels.reshape(copies, -1, 28, 28)
    return Dataset(pixels.reshape(-1, 28, 28), np.tile(data.labels, copies))


def copies_of(which: NDArray[np.intp], n: int, n_reviewed: int, copies: int) -> NDArray[np.intp]:
    """The rows of what `vary` returns that are copies of the drawings in rows `which`, copy by copy.

    The `n_reviewed` drawings are the last of `n`.
    """
    reviewed = which[which >= n - n_reviewed] - (n - n_reviewed)
    return (n_reviewed * np.arange(copies)[:, None] + reviewed).ravel()
