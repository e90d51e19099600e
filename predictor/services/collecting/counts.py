"""How many drawings there are in each state: one index scan, at most once a minute in each worker process."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.core.cache import caches
from django.db.models import Count

from predictor.models import Submission

LIFETIME: Final = 60  # seconds that counts are cached
KEY: Final = "counts"
Review = Submission.Review


@dataclass(frozen=True)
class Counts:
    """Drawings by the state of their review; waiting ones by prediction, the others by label."""

    reviews: Counter[str]
    waiting: Counter[int | None]
    labels: Counter[int]


def counts() -> Counts:
    """The counts may be a minute old."""
    found: Counts = caches["process"].get_or_set(KEY, _count, LIFETIME)  # type: ignore[assignment]
    return found


def invalidate() -> None:
    """Have the next call count again."""
    caches["process"].delete(KEY)


def _count() -> Counts:
    found = Counts(Counter(), Counter(), Counter())
    rows = Submission.objects.order_by().values_list("review", "label", "prediction")
    for review, label, prediction, n in rows.annotate(n=Count("*")):
        found.reviews[review] += n
        if review == Review.WAITING:
            found.waiting[prediction] += n
        if label is not None:
            found.labels[label] += n
    return found
