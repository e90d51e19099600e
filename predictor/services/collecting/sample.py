"""How often visitors get the right answer, estimated from a fair sample of their drawings.

The queue prefers hard drawings, so the labelled ones as a whole are a biased sample. But now and then the queue picks
the waiting drawing with the lowest random key, and keys do not depend on what was drawn. So the drawings below the
lowest key that still waits, hard or not, are a fair sample. This is inverse sampling: the number of trials before the
next success, from which Haldane (Biometrika 33, 1945) derives an unbiased estimate of the share of successes.

A drawing in the sample stays in it, whatever is drawn or deleted later. When all waiting drawings of a period are
pruned, the labelled ones of that period that are not in the sample yet stay out of it: the queue preferred them.
Deleting hand-picked waiting drawings in the admin biases the sample as much as the choice is biased.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Subquery

from predictor.models import Submission
from predictor.services.collecting.locks import lock

Review = Submission.Review
ENOUGH = 50  # digits; fewer say too little
EXCLUDED = 1.0  # random keys are below; a key of 1 or more keeps a drawing out of the sample
BATCH = 1000


@dataclass(frozen=True)
class Sample:
    """Counts in the sample: all drawings, disputed ones, those labelled a digit, and those of them answered right."""

    drawings: int
    disputed: int
    digits: int
    right: int

    @property
    def is_enough(self) -> bool:
        return self.digits >= ENOUGH

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the share of right answers.

        Raises:
            DatasetError: the sample holds no digit.
        """
        from predictor.training.evaluation.evaluate import wilson

        return wilson(self.right, self.digits)


@transaction.atomic(savepoint=False)
def extend() -> None:
    """Add visitors' drawings below the lowest random key that waits; rows that are locked now are added next time."""
    keys = Submission.objects.filter(review=Review.WAITING).order_by("random_key").values("random_key")
    outside = Submission.objects.filter(sampled=False).exclude(review=Review.WAITING)
    below = outside.filter(random_key__lt=Subquery(keys[:1])).filter(random_key__lt=EXCLUDED)
    below = below.exclude(source=Submission.Source.IMPORT)
    Submission.objects.filter(pk__in=below.select_for_update(skip_locked=True).values("pk")).update(sampled=True)


def close_period(rows: QuerySet[Submission]) -> None:
    """Keep the labelled rows of a period out of the sample for good: its waiting rows are about to be pruned."""
    extend()
    left = rows.filter(sampled=False, random_key__lt=EXCLUDED).exclude(review=Review.WAITING)
    left = left.exclude(source=Submission.Source.IMPORT).order_by("pk")
    while keys := list(left.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            lock(keys)
            Submission.objects.filter(pk__in=keys).update(random_key=F("random_key") + EXCLUDED)


def fair_sample() -> Sample:
    digit = Q(review=Review.DIGIT)
    found = Submission.objects.filter(sampled=True).aggregate(
        drawings=Count("pk"),
        disputed=Count("pk", filter=Q(review=Review.DISPUTED)),
        digits=Count("pk", filter=digit),
        right=Count("pk", filter=digit & Q(prediction=F("label"))),
    )
    return Sample(**found)
