"""How good the answers to visitors are: judged by a fair sample of what they draw, not by what the queue prefers.

The queue labels what is hard first, and now and then the drawing with the lowest lot. A lot knows nothing of its
drawing. So all that lies below the lowest lot that waits, hard or not, is a fair sample: the number of trials before
the next success, of which Haldane (Biometrika 33, 1945) shows that it gives the share of successes without bias.

What was in it once stays in it, whatever is drawn or deleted later. When all that waits of some time is pruned, what
is labelled of that time and not in the sample by then stays outside: it is what the queue preferred. Who deletes
waiting drawings of his own choice in the admin makes the sample as unfair as his choice is.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Subquery

from predictor.models import Submission
from predictor.services import labels

Review = Submission.Review
ENOUGH = 50  # digits; fewer tell nothing
OUTSIDE = 1.0  # lots are below; what gets one above never comes in
BATCH = 1000


@dataclass(frozen=True)
class Sample:
    """Of the drawings `digits` were labelled a digit, of these `right` were answered so; the `disputed` are open."""

    drawings: int
    disputed: int
    digits: int
    right: int

    @property
    def is_enough(self) -> bool:
        return self.digits >= ENOUGH

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share of right answers.

        Raises:
            DatasetError: there is no digit.
        """
        from predictor.training.evaluate import wilson

        return wilson(self.right, self.digits)


@transaction.atomic(savepoint=False)
def extend() -> None:
    """Take in what visitors drew and what lies below the lowest lot that waits; what somebody labels now, next time."""
    lots = Submission.objects.filter(review=Review.WAITING).order_by("lot").values("lot")
    outside = Submission.objects.filter(sampled=False).exclude(review=Review.WAITING)
    below = outside.exclude(source=Submission.Source.IMPORT).filter(lot__lt=Subquery(lots[:1])).filter(lot__lt=OUTSIDE)
    Submission.objects.filter(pk__in=below.select_for_update(skip_locked=True).values("pk")).update(sampled=True)


def close(rows: QuerySet[Submission]) -> None:
    """Of a time of which all that waits is about to be pruned: what is not in by now stays outside."""
    extend()
    left = rows.filter(sampled=False, lot__lt=OUTSIDE).exclude(review=Review.WAITING)
    left = left.exclude(source=Submission.Source.IMPORT).order_by("pk")
    while keys := list(left.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            labels.lock(keys)
            Submission.objects.filter(pk__in=keys).update(lot=F("lot") + OUTSIDE)


def sample() -> Sample:
    digit = Q(review=Review.DIGIT)
    found = Submission.objects.filter(sampled=True).aggregate(
        drawings=Count("pk"),
        disputed=Count("pk", filter=Q(review=Review.DISPUTED)),
        digits=Count("pk", filter=digit),
        right=Count("pk", filter=digit & Q(prediction=F("label"))),
    )
    return Sample(**found)
