"""What a reviewer does at the review desk: label, take back, keep a few drawings reserved, label a grid of them.

Reservations keep two reviewers from labelling the same drawing. The admin's list calls `labels` directly.
"""

import uuid
from collections.abc import Collection, Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from predictor.models import Label, Submission
from predictor.services.collecting import counts
from predictor.services.reviewing import labels, queue, skips

LOOKAHEAD = 3  # drawings reserved behind the one on the screen
GRID_SIZE = 60  # drawings
GONE = "This drawing is gone."
TAKEN = "Somebody else is labelling this drawing."


def save_labels(*, values: Iterable[tuple[uuid.UUID, str | None]], by: User) -> dict[uuid.UUID, str]:
    """Save labels, or take them back where the value is None; returns the reason for each one that is refused.

    Either way the drawing is not skipped any more.
    """
    values = list(values)
    skips.unskip(ids=[pk for pk, _ in values], by=by)
    return {pk: why for pk, value in values if (why := _save(pk, value, by))}


@transaction.atomic
def extend_reservations(*, ids: Collection[uuid.UUID], by: User) -> list[uuid.UUID]:
    """Reserve these for another two minutes; returns those that cannot be: labelled, deleted, or somebody else's."""
    until = timezone.now() + queue.RESERVATION
    rows = Submission.objects.filter(pk__in=ids, review__in=labels.OPEN)
    free = rows.exclude(_reserved_by_others(by)).select_for_update(skip_locked=True)
    Submission.objects.filter(pk__in=free.values("pk")).update(reserved_by=by, reserved_until=until)
    reserved = set(rows.filter(reserved_by=by).values_list("pk", flat=True))
    return [pk for pk in ids if pk not in reserved]


def refill(*, by: User, have: Collection[uuid.UUID] = (), skip: Collection[uuid.UUID] = ()) -> list[Submission]:
    """Reserve as many drawings as a reviewer lacks: one on the screen, and `LOOKAHEAD` behind it."""
    missing = LOOKAHEAD + 1 - len(have)
    return queue.reserve_next(by=by, count=missing, skip=[*have, *skip]) if missing > 0 else []


def reserve_again(*, pk: uuid.UUID, by: User) -> Submission | None:
    """Reserve a drawing that a reviewer wants back; None if somebody else has it."""
    extend_reservations(ids=[pk], by=by)
    return Submission.objects.filter(pk=pk, reserved_by=by).first()


def grid_page(*, digit: int, by: User, after: uuid.UUID | None = None) -> list[Submission]:
    """Unlabelled drawings read as `digit` that nobody else has reserved, the most certain first, following `after`."""
    rows = _grid(digit, by)
    last = after and Submission.objects.filter(pk=after).values_list("priority", "pk").first()
    if last:
        rows = rows.filter(Q(priority__gt=last[0]) | Q(priority=last[0], pk__gt=last[1]))
    return list(rows.defer("image", "strokes").order_by("priority", "pk")[:GRID_SIZE])


def label_grid(*, digit: int, ids: Collection[uuid.UUID], by: User) -> int:
    """Label those that are still available; returns how many."""
    available = list(_grid(digit, by).filter(pk__in=ids).values_list("pk", flat=True))
    count = labels.record_many(submissions=available, value=str(digit), by=by)
    counts.invalidate()
    return count


def _save(pk: uuid.UUID, value: str | None, by: User) -> str | None:
    submission = Submission.objects.only("review", "reserved_by").filter(pk=pk).first()
    if submission is None:
        return GONE
    if value is None:
        labels.record(submission=submission, value=None, by=by)
        return None
    if Submission.objects.filter(_reserved_by_others(by), pk=pk).exists():
        return TAKEN
    if _is_repeat(submission, value, by):
        return None
    return None if labels.record(submission=submission, value=value, by=by) else GONE


def _is_repeat(submission: Submission, value: str, by: User) -> bool:
    """Whether this was saved before and only the response got lost.

    A drawing that came back to this reviewer may get the same label again: that is not a repeat.
    """
    if submission.review in labels.OPEN and submission.reserved_by_id == by.pk:
        return False
    latest = Label.objects.filter(submission=submission, by=by, source=Label.Source.REVIEWER).order_by("-id")
    return latest.values_list("value", flat=True).first() == value


def _grid(digit: int, by: User) -> QuerySet[Submission]:
    return Submission.objects.filter(review=Submission.Review.WAITING, prediction=digit).exclude(
        _reserved_by_others(by)
    )


def _reserved_by_others(by: User) -> Q:
    return Q(reserved_by__isnull=False, reserved_until__gt=timezone.now()) & ~Q(reserved_by=by)
