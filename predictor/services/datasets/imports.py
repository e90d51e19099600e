"""Import labelled pictures from a file: each drawing once, and bad entries are reported by name.

No classifier is asked: the rows have no answers until somebody sends the same pixels.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils import timezone

from predictor.ml import images
from predictor.models import Label, Submission
from predictor.services.collecting.locks import lock
from predictor.services.datasets import idx, imagefolder, npz
from predictor.services.datasets.layouts import Layout
from predictor.services.datasets.rows import Picture, Refusal
from predictor.services.datasets.tables import reader
from predictor.services.datasets.validation import ValidDrawing, batches, valid_drawings
from predictor.services.reviewing import labels
from predictor.training.errors import DatasetError

IMPORT: Final = Label.Source.IMPORT
READERS: Final[Mapping[Layout, Callable[[Path], Iterator[Picture | Refusal]]]] = {
    "imagefolder": imagefolder.read,
    "npz": npz.read,
    "idx": idx.read,
    "csv": reader.read,
}


@dataclass(frozen=True)
class Outcome:
    """How many drawings are new, were known, or were known and got a label, and how many entries were refused."""

    imported: int
    known: int
    labelled: int
    refused: int


def import_dataset(
    path: Path, *, layout: Layout, all_or_nothing: bool = False, report: Callable[[str], None]
) -> Outcome:
    """Import whatever is valid, a thousand drawings per transaction.

    A known drawing gets a label of source import if that says anything new; a reviewer's label still takes precedence.

    Args:
        path: a file, or a directory of pictures or of IDX files.
        layout: see `layouts.of_existing`.
        all_or_nothing: import everything in one transaction, and nothing if anything is refused.
        report: called with each refusal.

    Raises:
        DatasetError: it is not a dataset, it is empty, or something was refused and `all_or_nothing` is set.
        OSError: it cannot be read.
    """
    tally: Counter[str] = Counter()
    found = valid_drawings(READERS[layout](path), tally, report)
    with transaction.atomic() if all_or_nothing else nullcontext():
        for batch in batches(found):
            if not (all_or_nothing and tally["refused"]):
                tally += _import(batch)
        if not tally.total():
            raise DatasetError(f"{path} holds no labelled pictures.")
        if all_or_nothing and tally["refused"]:
            raise DatasetError(f"Nothing was imported: {tally['refused']} refused.")
    return Outcome(tally["imported"], tally["known"], tally["labelled"], tally["refused"])


@transaction.atomic
def _import(batch: Mapping[str, ValidDrawing]) -> Counter[str]:
    """Add new drawings, and labels to known ones; `batch` is by digest. The number of queries does not depend on it."""
    sent = {digest: _submission(drawing) for digest, drawing in batch.items()}
    Submission.objects.bulk_create(sent.values(), ignore_conflicts=True)
    found = Submission.objects.filter(digest__in=sent).values_list("pk", "digest", "review", "label")
    values = {pk: batch[digest].label for pk, digest, *_ in found}
    old = {pk: labels.State(review, digit) for pk, digest, review, digit in found if pk != sent[digest].pk}
    Label.objects.bulk_create(
        Label(submission_id=pk, value=value, source=IMPORT) for pk, value in values.items() if pk not in old
    )
    labelled = _add_labels({pk: values[pk] for pk, state in old.items() if state != _state(values[pk])})
    return Counter(imported=len(values) - len(old), labelled=labelled, known=len(old) - labelled)


def _submission(drawing: ValidDrawing) -> Submission:
    state = _state(drawing.label)
    return Submission(
        source=Submission.Source.IMPORT,
        request_id=str(Submission.Source.IMPORT),
        image=drawing.image,
        pixels=drawing.pixels.tobytes(),
        preprocessing=images.PREPROCESSING,
        digest=drawing.digest,
        review=state.review,
        label=state.label,
        labelled_at=timezone.now(),
    )


@cache
def _state(value: str) -> labels.State:
    """The state of a drawing with this label alone."""
    return labels.derive_state([Label(value=value, source=IMPORT)])


def _add_labels(values: Mapping[uuid.UUID, str]) -> int:
    """Add labels to the history, except those that the last import gave too; returns how many were added."""
    lock(values)
    earlier = Label.objects.filter(submission__in=values, source=IMPORT).order_by("id")
    last = dict(earlier.values_list("submission_id", "value"))
    by_value: dict[str, list[uuid.UUID]] = {}
    for pk, value in values.items():
        if last.get(pk) != value:
            by_value.setdefault(value, []).append(pk)
    for value, pks in by_value.items():
        labels.record_many(submissions=pks, value=value, by=None, source=IMPORT)
    return sum(map(len, by_value.values()))
