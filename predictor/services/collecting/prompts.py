"""Which digit to ask a visitor for: the rarer it is in the collection, the more often."""

import random
from collections import Counter

from django.core.cache import caches
from django.db.models import Count, F, PositiveSmallIntegerField
from django.db.models.functions import Cast, Coalesce

from predictor.models import NOT_A_DIGIT, Submission

LIFETIME = 60  # seconds that counts are cached: an index scan takes 0.25 s for a million rows
_random = random.SystemRandom()


def choose_prompt(*, exclude: int | None = None) -> int:
    """Pick a digit other than `exclude` at random; the further it is behind the most frequent one, the likelier."""
    weights: list[int] = caches["process"].get_or_set("prompt", _weights, LIFETIME)  # type: ignore[assignment]
    digits = [digit for digit in range(10) if digit != exclude]
    return _random.choices(digits, [weights[digit] for digit in digits])[0]


def _weights() -> list[int]:
    counts = _counts()
    most = max(counts[digit] for digit in range(10))
    return [most - counts[digit] + 1 for digit in range(10)]


def _counts() -> Counter[int]:
    """Drawings by digit, according to the reviewers, else to the visitor, else to the prompt."""
    digit = Coalesce("label", Cast("claim", PositiveSmallIntegerField()), F("prompt"))
    candidates = Submission.objects.filter(review__in=(Submission.Review.WAITING, Submission.Review.DIGIT))
    rows = candidates.exclude(label=None, claim=NOT_A_DIGIT).order_by()
    return Counter(dict(rows.values_list(digit).annotate(n=Count("*"))))
