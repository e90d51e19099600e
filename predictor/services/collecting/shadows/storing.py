"""Writing what versions in the shadow said, many rows at once."""

import uuid
from collections.abc import Collection, Sequence

from django.db import transaction

from predictor.models import ShadowAnswer
from predictor.services.collecting.locks import lock
from predictor.services.collecting.shadows.chosen import Version


def known(ids: Collection[uuid.UUID]) -> set[tuple[uuid.UUID, Version]]:
    """What is stored of these drawings already."""
    rows = ShadowAnswer.objects.filter(submission__in=ids).values_list("submission_id", "kind", "version")
    return {(pk, (kind, version)) for pk, kind, version in rows}


@transaction.atomic
def store(rows: Sequence[ShadowAnswer]) -> None:
    """Store rows, except of drawings that are gone, and of those that have an answer of the same version.

    The drawings are locked, so that none goes in the meantime: its row would be refused, and all others with it.
    """
    there = {*lock({row.submission_id for row in rows})}
    ShadowAnswer.objects.bulk_create([row for row in rows if row.submission_id in there], ignore_conflicts=True)
