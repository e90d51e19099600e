"""Which drawings to label next: those that teach most first, and now and then one by lot."""

import datetime as dt
import random
import uuid
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from typing import TypeAlias

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from numpy.typing import NDArray

from predictor.ml.consensus import Consensus
from predictor.models import Label, Submission
from predictor.services import sample
from predictor.services.counts import counts
from predictor.services.labels import OPEN

RESERVED = dt.timedelta(minutes=2)
BY_LOT = 0.1
CERTAIN = 0.1  # the priority of a drawing whose digit has 90 points more than the next; below, rare digits come first
NEAR_COPY = 0.98  # as `training.dataset` has it
RECENT = 20  # drawings that a reviewer remembers
WINDOW = 100  # drawings that are looked through, at each stage, for one that is no near-copy
Review = Submission.Review
Buffer: TypeAlias = bytes | memoryview
_random = random.SystemRandom()


def priority(joint: Consensus, mean: NDArray[np.floating]) -> float:
    """How much a label would teach: 1 to 2 where the classifiers quarrel or doubt, 0 to 1 by the margin elsewhere."""
    second, first = np.sort(mean)[-2:]
    quarrel = joint.agreement in ("majority", "none") or joint.verdict != "digit"
    return round(float(quarrel + 1 - (first - second)), 6)


@transaction.atomic
def take(*, by: User, count: int = 1, skip: Collection[uuid.UUID] = ()) -> list[Submission]:
    """Reserve the next drawings for a reviewer for two minutes, first of all those that he has already.

    What other reviewers dispute comes first, then what the classifiers quarrel over or doubt, then rare digits. When
    nothing else is left, near-copies of what he has just seen come, and disputes in which others had the last word.

    One time in ten the lowest lots are taken instead, near-copies or not, and marked `at_random`: `services.sample`
    says what for.
    """
    own, skipped = _own(by), set(skip)
    found = _reserve(Submission.objects.all(), [pk for pk in own if pk not in skipped][:count], by)
    if len(found) < count and _random.random() < BY_LOT:
        sample.extend()
        kept = len(found)
        _fill(found, _by_lot(skip), count, by)
        for row in found[kept:]:
            row.at_random = True
    _fill(found, _in_order(by, skip, own.values()), count, by)
    return found


def remaining() -> int:
    """How many drawings there are to label, as of a minute ago at most."""
    return sum(counts().reviews[review] for review in OPEN)


def _own(by: User) -> dict[uuid.UUID, Buffer]:
    """Pixels of what he has on his desk or skipped; locked, or it might run out and be somebody else's by now."""
    rows = Submission.objects.filter(reserved_by=by, reserved_until__gt=timezone.now(), review__in=OPEN)
    return dict(rows.order_by("-priority").select_for_update(skip_locked=True).values_list("pk", "pixels"))


def _fill(found: list[Submission], candidates: Iterator[uuid.UUID], count: int, by: User) -> None:
    """Reserve candidates until there are `count`; somebody else may be faster."""
    while (missing := count - len(found)) > 0 and (chosen := list(islice(candidates, missing))):
        found += _reserve(_free(), chosen, by)


def _reserve(rows: QuerySet[Submission], chosen: list[uuid.UUID], by: User) -> list[Submission]:
    """Those of the chosen that are still among the rows, and that nobody else is about to have."""
    there = rows.filter(pk__in=chosen, review__in=OPEN).select_for_update(skip_locked=True).in_bulk()
    found = [there[pk] for pk in chosen if pk in there]
    until = timezone.now() + RESERVED
    Submission.objects.filter(pk__in=[row.pk for row in found]).update(reserved_by=by, reserved_until=until)
    return found


def _by_lot(skip: Collection[uuid.UUID]) -> Iterator[uuid.UUID]:
    rows = _free().filter(review=Review.WAITING).exclude(pk__in=skip)
    yield from rows.order_by("lot").values_list("pk", flat=True)[:WINDOW]


def _in_order(by: User, skip: Collection[uuid.UUID], own: Iterable[Buffer]) -> Iterator[uuid.UUID]:
    """Keys stage by stage, each asked for when those before it are used up; near-copies behind them."""
    sieve, copies = Sieve(chain(_recent(by), own)), []
    for stage in _stages(by):
        for pk, pixels in _first(stage, skip):
            if sieve.passes(pixels):
                yield pk
            else:
                copies.append(pk)
    yield from copies
    yield from (pk for pk, _ in _first(_disputed(by, again=True), skip))


def _first(stage: QuerySet[Submission], skip: Collection[uuid.UUID]) -> Iterable[tuple[uuid.UUID, Buffer]]:
    return stage.exclude(pk__in=skip).order_by("-priority").values_list("pk", "pixels")[:WINDOW]


def _stages(by: User) -> Iterator[QuerySet[Submission]]:
    waiting = _free().filter(review=Review.WAITING)
    yield _disputed(by)
    yield waiting.filter(priority__gte=CERTAIN)
    certain, digits = waiting.filter(priority__lt=CERTAIN), _rare_first()
    for digit in digits:
        yield certain.filter(prediction=digit)
    if len(digits) < 10:  # others may wait since they were counted
        yield certain.exclude(prediction__in=digits)


def _disputed(by: User, *, again: bool = False) -> QuerySet[Submission]:
    """What is disputed and this reviewer says nothing of; or `again` what others contradicted after he said it."""
    latest = Label.objects.filter(submission=OuterRef("pk"), source=Label.Source.REVIEWER).order_by("-id")
    said, answered = (latest.filter(by=by).values(name)[:1] for name in ("value", "id"))
    rows = _free().filter(review=Review.DISPUTED).alias(said=Subquery(said))
    if not again:
        return rows.filter(said=None)
    last_word = Subquery(latest.exclude(by=by).values("id")[:1])
    return rows.filter(said__isnull=False).alias(answered=Subquery(answered)).filter(answered__lt=last_word)


def _free() -> QuerySet[Submission]:
    return Submission.objects.filter(Q(reserved_until=None) | Q(reserved_until__lte=timezone.now()))


def _recent(by: User) -> Iterable[Buffer]:
    """What he labelled of late; what he took back or disputes may come again."""
    labels = Label.objects.filter(by=by, source=Label.Source.REVIEWER).exclude(submission__review__in=OPEN)
    return labels.order_by("-id").values_list("submission__pixels", flat=True)[:RECENT]


def _rare_first() -> list[int]:
    """The digits that wait, those with the fewest labels first."""
    now = counts()
    return sorted((digit for digit in now.waiting if digit is not None), key=lambda digit: now.labels[digit])


class Sieve:
    """Keeps back what nearly copies a drawing that went through."""

    def __init__(self, seen: Iterable[Buffer]) -> None:
        self._seen = [_unit(pixels) for pixels in seen]

    def passes(self, pixels: Buffer) -> bool:
        vector = _unit(pixels)
        if any(vector @ other >= NEAR_COPY for other in self._seen):
            return False
        self._seen.append(vector)
        return True


def _unit(pixels: Buffer) -> NDArray[np.float32]:
    """Pixels, not blank, as a vector of length 1, float32 (784,)."""
    vector = np.frombuffer(pixels, np.uint8).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))
