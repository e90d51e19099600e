"""Labels to check: those of the reviewed drawings that classifiers, taught without them, contradict most."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import CharField, Count, Exists, F, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from predictor.models import Label, Submission, Suspect
from predictor.services import labels

if TYPE_CHECKING:
    from predictor.training.dataset import Dataset

AT_MOST = 20  # as many as one checks in a sitting


def find(
    *,
    ids: Sequence[uuid.UUID],
    drawings: "Dataset",
    base: "Dataset",
    seed: int,
    progress: Callable[[str, int, int], None],
) -> int:
    """Put the most contradicted labels of these submissions in the place of the last run's; returns how many they are.

    A drawing of which reviewers said twice what its label is now is not asked about again.

    Raises:
        DatasetError: a digit has too few drawings; the last run's suspects stay.
    """
    from predictor.training.suspects import contradictions

    now = timezone.now()
    found = contradictions(drawings, base, seed=seed, progress=progress)
    checked = _said_twice(ids[each.index] for each in found)
    worst = [each for each in found if ids[each.index] not in checked][:AT_MOST]
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


def standing() -> QuerySet[Suspect]:
    """Those that nobody has looked at since: neither is the label another one, nor did a reviewer say it again."""
    later = Label.objects.filter(
        submission=OuterRef("submission"), source=Label.Source.REVIEWER, created_at__gt=OuterRef("created_at")
    )
    return Suspect.objects.filter(~Exists(later), submission__label=F("label"))


def confirm(*, suspects: Iterable[Suspect], by: User | AnonymousUser) -> int:
    """Say again that the labels are right; returns how many drawings there still are.

    Raises:
        PermissionDenied: this person may not label.
    """
    return _say([(each, each.label) for each in suspects], by)


def correct(*, suspects: Iterable[Suspect], by: User | AnonymousUser) -> int:
    """Say that the classifiers are right; where another reviewer says otherwise, the drawings are disputed then.

    Raises:
        PermissionDenied: this person may not label.
    """
    return _say([(each, each.digit) for each in suspects], by)


def _say(said: list[tuple[Suspect, int]], by: User | AnonymousUser) -> int:
    return sum(labels.record(submission=suspect.submission, value=str(digit), by=by) for suspect, digit in said)


def _said_twice(ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    said = Label.objects.filter(
        submission__in=list(ids), source=Label.Source.REVIEWER, value=Cast("submission__label", CharField())
    )
    twice = said.values("submission").annotate(times=Count("pk")).filter(times__gt=1)
    return set(twice.values_list("submission", flat=True))


@transaction.atomic
def _replace(found: Iterable[Suspect]) -> int:
    """All suspects by these, but for those that are gone or were labelled anew during the search."""
    rows = {row.submission_id: row for row in found}
    there = Submission.objects.order_by("pk").select_for_update().filter(pk__in=rows)
    now = dict(there.values_list("pk", "label"))
    Suspect.objects.all().delete()
    return len(Suspect.objects.bulk_create(row for pk, row in rows.items() if now.get(pk) == row.label))
