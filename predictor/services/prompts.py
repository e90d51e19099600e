"""Which digit to ask a visitor for: rather one that the collection has few of."""

import random
from collections import Counter

from django.core.cache import caches
from django.db.models import Count, F, PositiveSmallIntegerField
from django.db.models.functions import Cast, Coalesce

from predictor.models import NOT_A_DIGIT, Submission

LIFETIME = 60  # seconds that the counts may be old: a count walks through an index, 0.25 s for a million rows
_random = random.SystemRandom()


def prompt(*, but: int | None = None) -> int:
    """Draw lots for a digit other than `but`; its chance grows with what it lacks to the most frequent one."""
    weights: list[int] = caches["process"].get_or_set("prompt", _weights, LIFETIME)  # type: ignore[assignment]
    digits = [digit for digit in range(10) if digit != but]
    return _random.choices(digits, [weights[digit] for digit in digits])[0]


def _weights() -> list[int]:
    counts = _counts()
    most = max(counts[digit] for digit in range(10))
    return [most - counts[digit] + 1 for digit in range(10)]


def _counts() -> Counter[int]:
    """Rows by what they are, as far as anybody says: reviewers, else who drew it, else who asked for it."""
    digit = Coalesce("label", Cast("claim", PositiveSmallIntegerField()), F("prompt"))
    told = Submission.objects.filter(review__in=(Submission.Review.WAITING, Submission.Review.DIGIT))
    rows = told.exclude(label=None, claim=NOT_A_DIGIT).order_by()
    return Counter(dict(rows.values_list(digit).annotate(n=Count("*"))))
