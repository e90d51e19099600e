"""Labelled pictures from a file into the database: each drawing once, what is wrong refused by name.

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
from predictor.services import labels
from predictor.services.datasets import idx, imagefolder, npz, table
from predictor.services.datasets.drawings import Drawing, batches, drawings
from predictor.services.datasets.layouts import Layout
from predictor.services.datasets.rows import Picture, Refusal
from predictor.training.errors import DatasetError

IMPORT: Final = Label.Source.IMPORT
READERS: Final[Mapping[Layout, Callable[[Path], Iterator[Picture | Refusal]]]] = {
    "imagefolder": imagefolder.read,
    "npz": npz.read,
    "idx": idx.read,
    "csv": table.read,
}


@dataclass(frozen=True)
class Outcome:
    """How many drawings are new, were there already, or were there and got a label; and what was refused."""

    imported: int
    known: int
    labelled: int
    refused: int


def import_dataset(
    path: Path, *, layout: Layout, all_or_nothing: bool = False, report: Callable[[str], None]
) -> Outcome:
    """Keep what can be kept, a thousand drawings in one transaction.

    A drawing that is there already gains a label of source import, where that says anything new; a reviewer's label
    still counts more.

    Args:
        path: a file, or a directory of pictures or of IDX files.
        layout: see `layouts.of_existing`.
        all_or_nothing: keep all in one transaction, and nothing if anything is refused.
        report: told of each refusal.

    Raises:
        DatasetError: this is no dataset, it is empty, or `all_or_nothing` and something was refused.
        OSError: it cannot be read.
    """
    tally: Counter[str] = Counter()
    found = drawings(READERS[layout](path), tally, report)
    with transaction.atomic() if all_or_nothing else nullcontext():
        for batch in batches(found):
            if not (all_or_nothing and tally["refused"]):
                tally += _keep(batch)
        if not tally.total():
            raise DatasetError(f"{path} holds no labelled picture.")
        if all_or_nothing and tally["refused"]:
            raise DatasetError(f"Nothing was imported, as {tally['refused']} were refused.")
    return Outcome(tally["imported"], tally["known"], tally["labelled"], tally["refused"])


@transaction.atomic
def _keep(batch: Mapping[str, Drawing]) -> Counter[str]:
    """Add what is new, and labels to what is not; `batch` is by digest, and the queries do not grow with it."""
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


def _submission(drawing: Drawing) -> Submission:
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
    """What follows where nobody said anything else."""
    return labels.derived([Label(value=value, source=IMPORT)])


def _add_labels(values: Mapping[uuid.UUID, str]) -> int:
    """Have history say what an import says, unless its last one did; returns how many labels that made."""
    labels.lock(values)
    earlier = Label.objects.filter(submission__in=values, source=IMPORT).order_by("id")
    last = dict(earlier.values_list("submission_id", "value"))
    by_value: dict[str, list[uuid.UUID]] = {}
    for pk, value in values.items():
        if last.get(pk) != value:
            by_value.setdefault(value, []).append(pk)
    for value, pks in by_value.items():
        labels.record_many(submissions=pks, value=value, by=None, source=IMPORT)
    return sum(map(len, by_value.values()))
