"""What people say a drawing is: an append-only history of labels, and the state derived from it."""

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
from predictor.services.collecting.locks import lock

PERMISSION = "predictor.label_submission"
BATCH = 1000
Review = Submission.Review
OPEN = (Review.WAITING, Review.DISPUTED)
Source = Label.Source


@dataclass(frozen=True)
class State:
    """What a drawing's labels amount to, and who last gave the label that decided it."""

    review: str = Review.WAITING
    label: int | None = None
    by: int | None = None


def record(
    *, submission: Submission, value: str | None, by: User | AnonymousUser | None, source: str = Source.REVIEWER
) -> bool:
    """Add a label, or take the last one back with None; False if the drawing or the label to take back is missing.

    Raises:
        PermissionDenied: it is a reviewer's label, and `by` may not label.
    """
    return record_many(submissions=[submission.pk], value=value, by=by, source=source) == 1


def record_many(
    *,
    submissions: QuerySet[Submission] | Iterable[uuid.UUID],
    value: str | None,
    by: User | AnonymousUser | None,
    source: str = Source.REVIEWER,
) -> int:
    """Label many drawings alike, a thousand per transaction; returns how many labels were added or taken back.

    Raises:
        PermissionDenied: as `record` does.
    """
    if source == Source.REVIEWER and not (by and by.has_perm(PERMISSION)):
        raise PermissionDenied("You may not label drawings.")
    ids = iter(list(submissions.values_list("pk", flat=True)) if isinstance(submissions, QuerySet) else submissions)
    return sum(_record(batch, value, by, source) for batch in iter(lambda: list(islice(ids, BATCH)), []))


def undo(*, by: User) -> Submission | None:
    """Take back the last label of this reviewer; returns its drawing, or None if there is nothing to take back."""
    labels = Label.objects.filter(by=by, source=Source.REVIEWER)
    later = labels.filter(submission=OuterRef("submission"), id__gt=OuterRef("id"))
    last = labels.exclude(Exists(later)).exclude(value=None).order_by("-id").select_related("submission").first()
    if last is None or not record(submission=last.submission, value=None, by=by):
        return None
    last.submission.refresh_from_db()
    return last.submission


def current_value(submission: Submission) -> str | None:
    """The value that a drawing's labels amount to; None while it is open."""
    match submission.review:
        case Review.DIGIT:
            return str(submission.label)
        case Review.NONE:
            return NOT_A_DIGIT
        case Review.UNSURE:
            return UNSURE
    return None


def labelled_by(user: User | None, ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the drawings that carry a label of this reviewer."""
    rows = Label.objects.filter(submission__in=ids, by=user, source=Source.REVIEWER).order_by("id")
    last = dict(rows.values_list("submission", "value"))
    return [pk for pk in ids if last.get(pk) is not None]


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
    """An open drawing stays reserved for anybody else who has it."""
    if state.review not in OPEN:
        return {"reserved_by": None, "reserved_until": None}
    names = ("reserved_by", "reserved_until") if user else ()
    return {name: Case(When(reserved_by=user, then=None), default=F(name)) for name in names}


def _states(ids: list[uuid.UUID]) -> dict[State, list[uuid.UUID]]:
    """The drawings by state: few states, however many drawings."""
    rows = Label.objects.filter(submission__in=ids, source__in=(Source.REVIEWER, Source.IMPORT))
    states: dict[State, list[uuid.UUID]] = {}
    for pk, history in groupby(rows.order_by("submission", "id"), lambda row: row.submission_id):
        states.setdefault(derive_state(list(history)), []).append(pk)
    return states


def derive_state(labels: list[Label]) -> State:
    """The state of one drawing, given its labels in order; claims and prompts never count.

    Each reviewer's latest label is a vote. A value needs more than half of the votes that are not "unsure"; without
    such a majority the drawing is disputed. Imported labels count only where no reviewer has voted.
    """
    votes = _latest(labels, Source.REVIEWER) or _latest(labels, Source.IMPORT)
    if not votes:
        return State()
    definite = Counter(row.value for row in votes if row.value != UNSURE)
    if not definite:
        return State(Review.UNSURE, by=votes[-1].by_id)
    (value, most), *_ = definite.most_common(1)
    if 2 * most <= definite.total():
        return State(Review.DISPUTED, by=votes[-1].by_id)
    by = [row.by_id for row in votes if row.value == value][-1]
    return State(Review.NONE, by=by) if value == NOT_A_DIGIT else State(Review.DIGIT, int(value or ""), by)


def _latest(labels: list[Label], source: str) -> list[Label]:
    """The latest label of each person, unless they took it back, in the order in which they gave them."""
    last = {row.by_id: row for row in labels if row.source == source}
    return sorted((row for row in last.values() if row.value is not None), key=lambda row: row.pk)
