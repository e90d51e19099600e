"""The reviewed drawings of a run: varied from their strokes, where these are stored."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from predictor.ml import images
from predictor.models import Submission

if TYPE_CHECKING:
    from predictor.training.data.dataset import Dataset
    from predictor.training.data.strokes import Drawing
    from predictor.training.progress import Progress


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
