"""Locks on the rows of drawings."""

import uuid
from collections.abc import Iterable

from predictor.models import Submission


def lock(ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Lock rows until the transaction ends, always in the same order to prevent deadlocks; returns those that exist."""
    rows = Submission.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    return list(rows.values_list("pk", flat=True))
