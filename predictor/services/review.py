"""What a reviewer does at the desk: label, take back, keep a few drawings at hand, judge a grid of them.

It minds who has which drawing before him. In the admin's list nobody has any: that calls `services.labels` itself.
"""

import uuid
from collections.abc import Collection, Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from predictor.models import Label, Submission
from predictor.services import counts, labels, queue

AHEAD = 3  # drawings ready behind the one that is looked at
GRID = 60  # drawings at a time
GONE = "This drawing is gone."
TAKEN = "Somebody else is labelling this drawing."


def save(*, said: Iterable[tuple[uuid.UUID, str | None]], by: User) -> dict[uuid.UUID, str]:
    """Record labels, or with None take them back; returns those that are refused, each with the reason."""
    return {pk: why for pk, value in said if (why := _save(pk, value, by))}


@transaction.atomic
def hold(*, ids: Collection[uuid.UUID], by: User) -> list[uuid.UUID]:
    """Reserve these for as long again; returns those that somebody else has or labelled by now, or that are gone."""
    until = timezone.now() + queue.RESERVED
    rows = Submission.objects.filter(pk__in=ids, review__in=labels.OPEN)
    free = rows.exclude(_others(by)).select_for_update(skip_locked=True)
    Submission.objects.filter(pk__in=free.values("pk")).update(reserved_by=by, reserved_until=until)
    held = set(rows.filter(reserved_by=by).values_list("pk", flat=True))
    return [pk for pk in ids if pk not in held]


def ahead(*, by: User, have: Collection[uuid.UUID] = (), skip: Collection[uuid.UUID] = ()) -> list[Submission]:
    """What lacks to a drawing on the desk and those ready behind it."""
    missing = AHEAD + 1 - len(have)
    return queue.take(by=by, count=missing, skip=[*have, *skip]) if missing > 0 else []


def again(*, pk: uuid.UUID, by: User) -> Submission | None:
    """A drawing that a reviewer wants back on the desk; None where somebody else has it."""
    hold(ids=[pk], by=by)
    return Submission.objects.filter(pk=pk, reserved_by=by).first()


def grid(*, digit: int, by: User, after: uuid.UUID | None = None) -> list[Submission]:
    """Drawings read as `digit` that nobody labelled or has before him, the surest first, from behind `after` on."""
    rows = _grid(digit, by)
    last = after and Submission.objects.filter(pk=after).values_list("priority", "pk").first()
    if last:
        rows = rows.filter(Q(priority__gt=last[0]) | Q(priority=last[0], pk__gt=last[1]))
    return list(rows.defer("image", "strokes").order_by("priority", "pk")[:GRID])


def label_grid(*, digit: int, ids: Collection[uuid.UUID], by: User) -> int:
    """Label those that are still to be had; returns how many."""
    free = list(_grid(digit, by).filter(pk__in=ids).values_list("pk", flat=True))
    count = labels.record_many(submissions=free, value=str(digit), by=by)
    counts.forget()
    return count


def _save(pk: uuid.UUID, value: str | None, by: User) -> str | None:
    submission = Submission.objects.only("review", "reserved_by").filter(pk=pk).first()
    if submission is None:
        return GONE
    if value is None:
        labels.record(submission=submission, value=None, by=by)
        return None
    if Submission.objects.filter(_others(by), pk=pk).exists():
        return TAKEN
    if _is_said(submission, value, by):
        return None
    return None if labels.record(submission=submission, value=value, by=by) else GONE


def _is_said(submission: Submission, value: str, by: User) -> bool:
    """Whether this was saved before, and only its answer lost. What is on his desk again may be said again."""
    if submission.review in labels.OPEN and submission.reserved_by_id == by.pk:
        return False
    said = Label.objects.filter(submission=submission, by=by, source=Label.Source.REVIEWER).order_by("-id")
    return said.values_list("value", flat=True).first() == value


def _grid(digit: int, by: User) -> QuerySet[Submission]:
    return Submission.objects.filter(review=Submission.Review.WAITING, prediction=digit).exclude(_others(by))


def _others(by: User) -> Q:
    """Reserved by somebody else."""
    return Q(reserved_by__isnull=False, reserved_until__gt=timezone.now()) & ~Q(reserved_by=by)
