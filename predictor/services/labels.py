"""What people say a drawing is: a history that only grows, and what follows from it."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, When
from django.utils import timezone

from predictor.models import NOT_A_DIGIT, UNSURE, Label, Submission

PERMISSION = "predictor.label_submission"
BATCH = 1000
Review = Submission.Review
OPEN = (Review.WAITING, Review.DISPUTED)
Source = Label.Source


@dataclass(frozen=True)
class State:
    """What follows from a drawing's labels, and the last one who said so."""

    review: str = Review.WAITING
    label: int | None = None
    by: int | None = None


def record(
    *, submission: Submission, value: str | None, by: User | AnonymousUser | None, source: str = Source.REVIEWER
) -> bool:
    """Add what somebody says a drawing is, or with None takes back; False when there is nothing to say it of.

    Raises:
        PermissionDenied: a reviewer's label needs a person who may label.
    """
    return record_many(submissions=[submission.pk], value=value, by=by, source=source) == 1


def record_many(
    *,
    submissions: QuerySet[Submission] | Iterable[uuid.UUID],
    value: str | None,
    by: User | AnonymousUser | None,
    source: str = Source.REVIEWER,
) -> int:
    """Add the same for many drawings, a thousand in one transaction; returns of how many it was said, or taken back.

    Raises:
        PermissionDenied: as `record` does.
    """
    if source == Source.REVIEWER and not (by and by.has_perm(PERMISSION)):
        raise PermissionDenied("Only people who may label do.")
    ids = iter(list(submissions.values_list("pk", flat=True)) if isinstance(submissions, QuerySet) else submissions)
    return sum(_record(batch, value, by, source) for batch in iter(lambda: list(islice(ids, BATCH)), []))


def undo(*, by: User) -> Submission | None:
    """Take back what this reviewer labelled last; None when there is nothing."""
    own = Label.objects.filter(by=by, source=Source.REVIEWER)
    later = own.filter(submission=OuterRef("submission"), id__gt=OuterRef("id"))
    last = own.exclude(Exists(later)).exclude(value=None).order_by("-id").select_related("submission").first()
    if last is None or not record(submission=last.submission, value=None, by=by):
        return None
    last.submission.refresh_from_db()
    return last.submission


def current(submission: Submission) -> str | None:
    """The value that follows from all labels; None where nothing does."""
    match submission.review:
        case Review.DIGIT:
            return str(submission.label)
        case Review.NONE:
            return NOT_A_DIGIT
        case Review.UNSURE:
            return UNSURE
    return None


def labelled_by(user: User | None, ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Those of which this reviewer said something that he did not take back."""
    said = Label.objects.filter(submission__in=ids, by=user, source=Source.REVIEWER).order_by("id")
    last = dict(said.values_list("submission", "value"))
    return [pk for pk in ids if last.get(pk) is not None]


def lock(ids: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """Those that are there, until the transaction ends; in one order, or two who want the same wait for each other."""
    rows = Submission.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    return list(rows.values_list("pk", flat=True))


@transaction.atomic
def _record(ids: list[uuid.UUID], value: str | None, by: User | AnonymousUser | None, source: str) -> int:
    user = by if isinstance(by, User) else None
    found = lock(ids)
    if value is None and source == Source.REVIEWER:
        found = labelled_by(user, found)
    Label.objects.bulk_create(Label(submission_id=pk, value=value, source=source, by=user) for pk in found)
    for state, group in _states(found).items():
        Submission.objects.filter(pk__in=group).update(
            review=state.review,
            label=state.label,
            labelled_by=state.by,
            labelled_at=None if state.review == Review.WAITING else timezone.now(),
            **_reservation(state, user),
        )
    return len(found)


def _reservation(state: State, user: User | None) -> dict[str, Any]:
    """What is open stays on the desk of whoever else has it there."""
    if state.review not in OPEN:
        return {"reserved_by": None, "reserved_until": None}
    names = ("reserved_by", "reserved_until") if user else ()
    return {name: Case(When(reserved_by=user, then=None), default=F(name)) for name in names}


def _states(ids: list[uuid.UUID]) -> dict[State, list[uuid.UUID]]:
    """The drawings by what follows from their labels: few states, however many drawings."""
    rows = Label.objects.filter(submission__in=ids, source__in=(Source.REVIEWER, Source.IMPORT))
    states: dict[State, list[uuid.UUID]] = {}
    for pk, said in groupby(rows.order_by("submission", "id"), lambda row: row.submission_id):
        states.setdefault(derived(list(said)), []).append(pk)
    return states


def derived(labels: list[Label]) -> State:
    """What follows from one drawing's labels, in their order; claims and prompts never count.

    The latest of each reviewer counts. More than half of those that are definite decide; without such a majority the
    drawing is disputed. Imports count where no reviewer says anything.
    """
    said = _latest(labels, Source.REVIEWER) or _latest(labels, Source.IMPORT)
    if not said:
        return State()
    definite = Counter(row.value for row in said if row.value != UNSURE)
    if not definite:
        return State(Review.UNSURE, by=said[-1].by_id)
    (value, votes), *_ = definite.most_common(1)
    if 2 * votes <= definite.total():
        return State(Review.DISPUTED, by=said[-1].by_id)
    by = [row.by_id for row in said if row.value == value][-1]
    return State(Review.NONE, by=by) if value == NOT_A_DIGIT else State(Review.DIGIT, int(value or ""), by)


def _latest(labels: list[Label], source: str) -> list[Label]:
    """The last that each one said and did not take back, in the order in which they said it."""
    last = {row.by_id: row for row in labels if row.source == source}
    return sorted((row for row in last.values() if row.value is not None), key=lambda row: row.pk)
