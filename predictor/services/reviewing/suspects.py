"""Labels to check: the labels that classifiers trained without them contradict most."""

import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import CharField, Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from predictor.models import Label, Submission, Suspect
from predictor.services.reviewing import labels

if TYPE_CHECKING:
    from predictor.training.data.dataset import Dataset
    from predictor.training.progress import Progress

MAX_SUSPECTS = 20  # as many as a reviewer checks in one sitting


def refresh(
    *,
    ids: Sequence[uuid.UUID],
    drawings: "Dataset",
    base: "Dataset",
    seed: int,
    progress: "Progress",
) -> int:
    """Replace the last run's suspects with the most contradicted labels of these submissions; returns how many.

    A label that reviewers gave twice is not questioned again.

    Raises:
        DatasetError: there are too few drawings of a digit; the last run's suspects stay.
    """
    from predictor.training.evaluation.suspects import contradictions

    now = timezone.now()
    found = contradictions(drawings, base, seed=seed, progress=progress)
    confirmed = _given_twice(ids[each.index] for each in found)
    worst = [each for each in found if ids[each.index] not in confirmed][:MAX_SUSPECTS]
    return _replace(
        Suspect(
            submission_id=ids[each.index],
            label=int(drawings.labels[each.index]),
            digit=each.digit,
            confidence=each.of_digit,
            created_at=now,
        )
        for each in worst
    )


def open_suspects() -> QuerySet[Suspect]:
    """Suspects that nobody has checked: the label is still the same, and no reviewer has given it again since."""
    later = Label.objects.filter(
        submission=OuterRef("submission"), source=Label.Source.REVIEWER, created_at__gt=OuterRef("created_at")
    )
    return Suspect.objects.filter(~Exists(later), submission__label=F("label"))


def confirm(*, suspects: Iterable[Suspect], by: User | AnonymousUser) -> int:
    """Give the same labels again; returns how many of the drawings still exist.

    Raises:
        PermissionDenied: this user may not label.
    """
    return _record([(each, each.label) for each in suspects], by)


def correct(*, suspects: Iterable[Suspect], by: User | AnonymousUser) -> int:
    """Label the drawings as the classifiers do; one that another reviewer labelled otherwise becomes disputed.

    Raises:
        PermissionDenied: this user may not label.
    """
    return _record([(each, each.digit) for each in suspects], by)


def _record(digits: list[tuple[Suspect, int]], by: User | AnonymousUser) -> int:
    return sum(labels.record(submission=suspect.submission, value=str(digit), by=by) for suspect, digit in digits)


def _given_twice(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Drawings whose present label reviewers gave at least twice."""
    given = Label.objects.filter(
        submission__in=list(ids), source=Label.Source.REVIEWER, value=Cast("submission__label", CharField())
    )
    twice = given.values("submission").annotate(times=Count("pk")).filter(times__gt=1)
    return set(twice.values_list("submission", flat=True))


@transaction.atomic
def _replace(found: Iterable[Suspect]) -> int:
    """Replace all suspects, leaving out drawings that were deleted or relabelled during the search."""
    rows = {row.submission_id: row for row in found}
    there = Submission.objects.order_by("pk").select_for_update().filter(pk__in=rows)
    now = dict(there.values_list("pk", "label"))
    Suspect.objects.all().delete()
    return len(Suspect.objects.bulk_create(row for pk, row in rows.items() if now.get(pk) == row.label))
