"""Deleting drawings: the rows, their labels, and the cached answers to them."""

import datetime as dt
import time
from typing import Final

from django.db import Error, transaction
from django.db.models import QuerySet
from django.utils import timezone

from mnistsite.database.outages import is_outage, report
from predictor.models import ModelVersion, StaleAnswer, Submission
from predictor.services.answering import cache
from predictor.services.answering.champions import sync_model_versions
from predictor.services.collecting import sample

BATCH: Final = 1000
RETRY: Final = 5.0  # seconds until another try
LOOK: Final = 3600.0  # seconds until another look at what other processes have left

_retry_at = 0.0  # what another process left is found by the first drawing that is kept


def delete_drawings(rows: QuerySet[Submission]) -> int:
    """Delete drawings with their labels and the cached answers to them; returns how many there were.

    If the cache is unavailable, its part is noted and done as soon as it answers again.

    Without Redis, every worker process has a cache of its own, and only that of this process is cleared. In the others
    the answers remain for up to an hour: probabilities under a hash of the pixels, which does not reveal the drawing.
    """
    with transaction.atomic():
        found = dict(rows.order_by("pk").select_for_update().values_list("pk", "digest"))
        Submission.objects.filter(pk__in=found).delete()
        stale = [StaleAnswer(digest=digest) for digest in found.values()]
        StaleAnswer.objects.bulk_create(stale, BATCH, ignore_conflicts=True)
    if found:
        sync_model_versions()
        finish()
    return len(found)


def finish() -> None:
    """Delete the cached answers to all drawings that are deleted; those that cannot be deleted now remain noted."""
    global _retry_at  # noqa: PLW0603
    versions = list(ModelVersion.objects.all())
    while digests := list(StaleAnswer.objects.values_list("digest", flat=True)[:BATCH]):
        if not cache.delete_answers(digests, versions):
            _retry_at = time.monotonic() + RETRY
            return
        StaleAnswer.objects.filter(digest__in=digests).delete()
    _retry_at = time.monotonic() + LOOK


def finish_if_due() -> None:
    """Try again, soon after the cache was unavailable, and now and then in case another process could not finish."""
    if time.monotonic() >= _retry_at:
        try:
            finish()
        except Error as error:
            if not is_outage(error):
                raise
            report(error)


def prunable(*, days: int) -> QuerySet[Submission]:
    """The drawings that are older than this many days and that nobody has labelled."""
    return _waiting(_older(days))


def prune(*, days: int) -> int:
    """Delete the prunable drawings, a thousand per transaction; returns how many there were."""
    old, count = _older(days), 0
    sample.close_period(old)
    rows = _waiting(old)
    while keys := list(rows.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        count += delete_drawings(rows.filter(pk__in=keys))
    return count


def _older(days: int) -> QuerySet[Submission]:
    return Submission.objects.filter(created_at__lt=timezone.now() - dt.timedelta(days=days))


def _waiting(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    return rows.filter(review=Submission.Review.WAITING)
