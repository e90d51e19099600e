"""Drawings that a reviewer leaves for later: during a sitting they come again only when nothing else is left."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, F, QuerySet, When
from django.utils import timezone

from predictor.models import Skip, Submission
from predictor.services.collecting.locks import lock

SITTING: Final = dt.timedelta(hours=12)


def skips(by: User) -> QuerySet[Skip]:
    """What they skipped in the present sitting."""
    return Skip.objects.filter(by=by, created_at__gt=timezone.now() - SITTING)


@transaction.atomic
def skip(*, ids: Collection[uuid.UUID], by: User) -> None:
    """Leave drawings for later, so that others may have them; one that is gone is as good as skipped."""
    Skip.objects.filter(by=by, created_at__lte=timezone.now() - SITTING).delete()
    rows = [Skip(submission_id=pk, by=by) for pk in lock(ids)]
    Skip.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["by", "submission"], update_fields=["created_at"]
    )
    free = {name: Case(When(reserved_by=by, then=None), default=F(name)) for name in ("reserved_by", "reserved_until")}
    Submission.objects.filter(pk__in=[row.submission_id for row in rows]).update(**free)


def unskip(*, ids: Collection[uuid.UUID], by: User) -> None:
    Skip.objects.filter(submission__in=ids, by=by).delete()
