"""Writing what versions in the shadow said, many rows at once."""

import threading
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import transaction

from mnistsite.database.gate import leave
from predictor.models import ShadowAnswer
from predictor.services.collecting.locks import lock
from predictor.services.collecting.shadows.chosen import Version

PART: Final = 64  # rows of a transaction: 3 ms, in which no drawing can be stored in SQLite
GONE: Final = 1000  # rows that are deleted at once
_lock: Final = threading.Lock()


@contextmanager
def _alone() -> Iterator[None]:
    """One thread of the process at a time, and out of the database when it is done: requests need it."""
    with _lock:
        try:
            yield
        finally:
            leave()


@_alone()
def known(ids: Collection[uuid.UUID], version: Version) -> set[uuid.UUID]:
    """Of which of these drawings an answer of a version is stored already."""
    kind, number = version
    rows = ShadowAnswer.objects.filter(submission__in=ids, kind=kind, version=number)
    return set(rows.values_list("submission_id", flat=True))


@_alone()
def store(rows: Sequence[ShadowAnswer]) -> None:
    """Store rows, except of drawings that are gone, and of those that have an answer of the same version.

    Raises:
        Error: the database is away; it may have stored some of them.
    """
    for start in range(0, len(rows), PART):
        _store(rows[start : start + PART])


def forget(kind: str, version: int) -> None:
    """Delete all that a version said, some rows at a time."""
    rows = ShadowAnswer.objects.filter(kind=kind, version=version).order_by()
    while keys := list(rows.values_list("pk", flat=True)[:GONE]):
        ShadowAnswer.objects.filter(pk__in=keys).delete()


@transaction.atomic
def _store(rows: Sequence[ShadowAnswer]) -> None:
    """The drawings are locked, so that none goes in the meantime: its row would be refused, and all others with it."""
    there = {*lock({row.submission_id for row in rows})}
    ShadowAnswer.objects.bulk_create([row for row in rows if row.submission_id in there], ignore_conflicts=True)
