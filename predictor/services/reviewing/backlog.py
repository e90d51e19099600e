"""How much waits for reviewers, counted at a bounded cost however many drawings there are."""

from typing import Final

from django.core.cache import caches

from predictor.models import Submission, Suspect

MAX_COUNTED: Final = 50_000  # of each; a scan of so much of an index takes some milliseconds
LIFETIME: Final = 10  # seconds that counts are cached
Review = Submission.Review


def backlog() -> dict[str, int]:
    """Drawings that wait or are disputed, those that have a digit, and labels to check; at most `MAX_COUNTED` each."""
    found: dict[str, int] = caches["process"].get_or_set("backlog", _count, LIFETIME)  # type: ignore[assignment]
    return found


def _count() -> dict[str, int]:
    others = [review for review in Review.values if review != Review.WAITING]
    rows = {  # named like this, SQLite too finds what waits in the index for counts alone, and leaves the table
        "waiting": Submission.objects.filter(label=None).exclude(review__in=others).values("review"),
        "disputed": Submission.objects.filter(review=Review.DISPUTED).values("priority"),
        "labelled": Submission.objects.filter(label__isnull=False).values("label"),
        "to_check": Suspect.objects.values("id"),
    }
    return {state: some.order_by()[:MAX_COUNTED].count() for state, some in rows.items()}
