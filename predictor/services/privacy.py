"""Forgetting drawings: the rows, what was said of them, and what caches know of them."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from predictor import cache
from predictor.models import ModelVersion, Submission
from predictor.services import sample
from predictor.services.champions import sync_model_versions

BATCH = 1000


def forget(rows: QuerySet[Submission]) -> int:
    """Delete drawings with their labels, and the answers to them; returns how many there were.

    Without Redis every worker process has a cache of its own, and only this one's is reached. In the others the answers
    stay for an hour at most: probabilities under a hash of the pixels, from which no drawing can be told.
    """
    with transaction.atomic():
        found = dict(rows.order_by("pk").select_for_update().values_list("pk", "digest"))
        Submission.objects.filter(pk__in=found).delete()
    sync_model_versions()
    cache.forget(found.values(), list(ModelVersion.objects.all()))
    return len(found)


def prunable(*, days: int) -> QuerySet[Submission]:
    """The drawings that are older than so many days and that no reviewer labels."""
    return _waiting(_older(days))


def prune(*, days: int) -> int:
    """Delete them, a thousand in one transaction; returns how many there were."""
    old, count = _older(days), 0
    sample.close(old)
    rows = _waiting(old)
    while keys := list(rows.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        count += forget(rows.filter(pk__in=keys))
    return count


def _older(days: int) -> QuerySet[Submission]:
    return Submission.objects.filter(created_at__lt=timezone.now() - dt.timedelta(days=days))


def _waiting(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.filter(review=Submission.Review.WAITING)
