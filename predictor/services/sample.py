"""How good the answers to visitors are: judged by a fair sample of what they draw, not by what the queue prefers."""

from dataclasses import dataclass

from django.db.models import Count, F, Min, Q, QuerySet

from predictor.models import Submission

Review = Submission.Review
ALL = 1.0  # lots are below; one that is raised by it is in no sample


@dataclass(frozen=True)
class Sample:
    """Of `n` drawings, `digits` were labelled a digit, and of these `right` were answered so."""

    n: int
    digits: int
    right: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share of right answers.

        Raises:
            DatasetError: there is no digit.
        """
        from predictor.training.evaluate import wilson

        return wilson(self.right, self.digits)


def sample() -> Sample:
    """The drawings whose lots lie below the lowest that waits: all of them are labelled, and a lot knows no drawing."""
    digit = Q(review=Review.DIGIT)
    found = _fair().aggregate(
        n=Count("pk"), digits=Count("pk", filter=digit), right=Count("pk", filter=digit & Q(prediction=F("label")))
    )
    return Sample(**found)


def spare(rows: QuerySet[Submission]) -> None:
    """Keep the sample fair when what waits among these rows is about to be deleted.

    What reviewers labelled of them for what it teaches stays, and would be too large a share of what is left.
    """
    rows.exclude(review=Review.WAITING).filter(lot__gte=_lowest(), lot__lt=ALL).update(lot=F("lot") + ALL)


def _fair() -> QuerySet[Submission]:
    labelled = Submission.objects.exclude(review=Review.WAITING).exclude(source=Submission.Source.IMPORT)
    return labelled.filter(lot__lt=_lowest())


def _lowest() -> float:
    lowest: float | None = Submission.objects.filter(review=Review.WAITING).aggregate(lot=Min("lot"))["lot"]
    return ALL if lowest is None else lowest
