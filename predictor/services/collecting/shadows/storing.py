"""Writing what versions in the shadow said, many rows at once."""

import uuid
from collections.abc import Collection, Sequence
from typing import Final

from django.db import transaction

from predictor.models import ShadowAnswer
from predictor.services.collecting.locks import lock
from predictor.services.collecting.shadows.chosen import Version

PART: Final = 64  # rows of a transaction: 3 ms, in which no drawing can be stored in SQLite
GONE: Final = 1000  # rows that are deleted at once


def known(ids: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, Version]]:
    """What is stored of these drawings already."""
    rows = ShadowAnswer.objects.filter(submission__in=ids).values_list("submission_id", "kind", "version")
    return {(pk, (kind, version)) for pk, kind, version in rows}


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
