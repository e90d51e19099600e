"""How many drawings there are: one walk through an index, once a minute in each worker process."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.core.cache import caches
from django.db.models import Count

from predictor.models import Submission

LIFETIME: Final = 60  # seconds that the counts may be old
NAME: Final = "counts"
Review = Submission.Review


@dataclass(frozen=True)
class Counts:
    """Drawings by what follows from their labels; those that wait by what the models read, the others by digit."""

    reviews: Counter[str]
    waiting: Counter[int | None]
    labels: Counter[int]


def counts() -> Counts:
    """As of a minute ago at most."""
    found: Counts = caches["process"].get_or_set(NAME, _count, LIFETIME)  # type: ignore[assignment]
    return found


def forget() -> None:
    """Count anew: many were labelled at once."""
    caches["process"].delete(NAME)


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
