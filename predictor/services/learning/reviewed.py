"""The reviewed drawings of a run, and their copies: varied from their strokes, where these are stored."""

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from predictor.ml import images
from predictor.models import Submission
from predictor.services.collecting.submissions import current_pixels

if TYPE_CHECKING:
    from predictor.training.data.dataset import Dataset
    from predictor.training.data.strokes import Drawing
    from predictor.training.progress import Progress


def reviewed() -> "Dataset":
    """All drawings labelled a digit: never by a claim, never by a prediction."""
    return reviewed_with_ids()[1]


def reviewed_with_ids() -> tuple[list[uuid.UUID], "Dataset"]:
    """The same, with the submissions' ids."""
    from predictor.training.data.dataset import EMPTY, Dataset

    rows = list(_normalised(Submission.objects.filter(label__isnull=False).order_by("digest").iterator()))
    if not rows:
        return [], EMPTY
    ids, pixels, labels = zip(*rows, strict=True)
    return list(ids), Dataset(np.array(pixels), np.array(labels, np.uint8))


def _normalised(rows: Iterator[Submission]) -> Iterator[tuple[uuid.UUID, images.Pixels, int]]:
    for row in rows:
        assert row.label is not None
        pixels = current_pixels(
            submission_id=row.pk, preprocessing=row.preprocessing, pixels=row.pixels, image=row.image
        )
        yield row.pk, pixels, row.label


def varied(
    training: "Dataset",
    n: int,
    *,
    seed: int,
    report: Callable[[str], None],
    progress: "Progress",
) -> "Dataset":
    """Varied copies of the reviewed drawings for training, so that they have their share among `n` drawings in all.

    Raises:
        TrainingError: a process died.
    """
    from predictor.training.preparation import reviewed

    copies = reviewed.copies_needed(n, len(training))
    if not copies:
        return reviewed.vary(training, {}, 0, seed=seed)
    found = strokes_of(training)
    report(
        f"The labelled drawings are {reviewed.share(len(training)):.1%} of what is seen: {copies} varied copies of "
        f"each, {len(found)} of them from strokes."
    )
    return reviewed.vary(training, found, copies, seed=seed, progress=progress)


def strokes_of(drawings: "Dataset") -> "dict[str, Drawing]":
    """The strokes that are stored with these drawings, and draw what their pixels show, by the pixels' digest."""
    from predictor.training.data.strokes import stored

    known = {images.digest(pixels): pixels for pixels in drawings.pixels}
    rows = Submission.objects.filter(
        label__isnull=False, strokes__isnull=False, preprocessing=images.PREPROCESSING
    ).values_list("digest", "label", "strokes")
    found = {}
    for digest, label, strokes in rows.iterator():
        if digest in known and label is not None and (drawing := stored(label, strokes or {}, known[digest])):
            found[digest] = drawing
    return found
