"""Which drawings to label next: the most informative ones first, and now and then one at random."""

import datetime as dt
import random
import uuid
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from typing import TypeAlias

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from numpy.typing import NDArray

from predictor.models import Label, Skip, Submission
from predictor.services.collecting import sample
from predictor.services.collecting.counts import counts
from predictor.services.collecting.priority import CERTAIN
from predictor.services.reviewing.labels import OPEN
from predictor.services.reviewing.skips import skips

RESERVATION = dt.timedelta(minutes=2)
RANDOM_SHARE = 0.1  # of the picks
NEAR_DUPLICATE = 0.98  # cosine similarity, as in `training.data.dataset`
RECENT = 20  # drawings that the reviewer labelled last, whose near-duplicates wait
WINDOW = 100  # candidates that each stage looks at
Review = Submission.Review
Buffer: TypeAlias = bytes | memoryview
_random = random.SystemRandom()


@transaction.atomic
def reserve_next(*, by: User, count: int = 1, skip: Collection[uuid.UUID] = ()) -> list[Submission]:
    """Reserve the next drawings for a reviewer for two minutes, beginning with those that they already have.

    Disputes between other reviewers come first, then drawings that the classifiers disagree on or doubt, then rare
    digits. Near-duplicates of drawings that the reviewer has just seen come later, then disputes in which somebody else
    had the last word. When nothing else is left, the drawings that they skipped return, the oldest skip first, marked
    `is_skipped`.

    One time in ten the drawings with the lowest random keys are picked instead, near-duplicates or not, and marked
    `at_random`: see `services.collecting.sample`.
    """
    reserved, skipped = _reserved(by), set(skip)
    found = _reserve(Submission.objects.all(), [pk for pk in reserved if pk not in skipped][:count], by)
    if len(found) < count and _random.random() < RANDOM_SHARE:
        sample.extend()
        before = len(found)
        _fill(found, _at_random(by, skip), count, by)
        for row in found[before:]:
            row.at_random = True
    _fill(found, _by_priority(by, skip, reserved.values()), count, by)
    _fill(found, _skipped(by, skip), count, by)
    return found


def remaining() -> int:
    """How many drawings are left to label; the count may be a minute old."""
    return sum(counts().reviews[review] for review in OPEN)


def _reserved(by: User) -> dict[uuid.UUID, Buffer]:
    """Pixels of the drawings that this reviewer has or skipped; locked, or somebody else might get an expired one."""
    rows = Submission.objects.filter(reserved_by=by, reserved_until__gt=timezone.now(), review__in=OPEN)
    return dict(rows.order_by("-priority").select_for_update(skip_locked=True).values_list("pk", "pixels"))


def _fill(found: list[Submission], candidates: Iterator[uuid.UUID], count: int, by: User) -> None:
    """Reserve candidates until there are `count`; other reviewers may be faster."""
    while (missing := count - len(found)) > 0 and (chosen := list(islice(candidates, missing))):
        found += _reserve(_unreserved(), chosen, by)


def _reserve(rows: QuerySet[Submission], chosen: list[uuid.UUID], by: User) -> list[Submission]:
    """Reserve the chosen rows that are still open and that no other transaction has locked."""
    rows = rows.filter(pk__in=chosen, review__in=OPEN).annotate(is_skipped=_is_skipped(by))
    locked = rows.select_for_update(skip_locked=True, of=("self",)).in_bulk()
    found: list[Submission] = [locked[pk] for pk in chosen if pk in locked]
    until = timezone.now() + RESERVATION
    Submission.objects.filter(pk__in=[row.pk for row in found]).update(reserved_by=by, reserved_until=until)
    return found


def _at_random(by: User, skip: Collection[uuid.UUID]) -> Iterator[uuid.UUID]:
    rows = _available(by).filter(review=Review.WAITING).exclude(pk__in=skip)
    yield from rows.order_by("random_key").values_list("pk", flat=True)[:WINDOW]


def _by_priority(by: User, skip: Collection[uuid.UUID], reserved: Iterable[Buffer]) -> Iterator[uuid.UUID]:
    """Keys stage by stage, each queried when those before it are used up; near-duplicates after all stages."""
    unseen, duplicates = NearDuplicateFilter(chain(_recent(by), reserved)), []
    for stage in _stages(by):
        for pk, pixels in _highest(stage, skip):
            if unseen.accepts(pixels):
                yield pk
            else:
                duplicates.append(pk)
    yield from duplicates
    yield from (pk for pk, _ in _highest(_contradicted(by), skip))


def _highest(stage: QuerySet[Submission], skip: Collection[uuid.UUID]) -> Iterable[tuple[uuid.UUID, Buffer]]:
    return stage.exclude(pk__in=skip).order_by("-priority").values_list("pk", "pixels")[:WINDOW]


def _stages(by: User) -> Iterator[QuerySet[Submission]]:
    waiting = _available(by).filter(review=Review.WAITING)
    yield _disputed(by)
    yield waiting.filter(priority__gte=CERTAIN)
    certain, digits = waiting.filter(priority__lt=CERTAIN), _rare_first()
    for digit in digits:
        yield certain.filter(prediction=digit)
    if len(digits) < 10:  # other predictions may have come in since the count
        yield certain.exclude(prediction__in=digits)


def _disputed(by: User) -> QuerySet[Submission]:
    """Disputed drawings on which this reviewer has no label."""
    return _disputes(by).alias(value=_last("value", _labels().filter(by=by))).filter(value=None)


def _contradicted(by: User) -> QuerySet[Submission]:
    """Disputed drawings that somebody else labelled after this reviewer did."""
    own, others = _labels().filter(by=by), _labels().exclude(by=by)
    labelled = _disputes(by).alias(value=_last("value", own)).filter(value__isnull=False)
    return labelled.alias(last_own=_last("id", own)).filter(last_own__lt=_last("id", others))


def _disputes(by: User) -> QuerySet[Submission]:
    return _available(by).filter(review=Review.DISPUTED)


def _labels() -> QuerySet[Label]:
    """The reviewers' labels of a row of the outer query."""
    return Label.objects.filter(submission=OuterRef("pk"), source=Label.Source.REVIEWER)


def _last(column: str, labels: QuerySet[Label]) -> Subquery:
    return Subquery(labels.order_by("-id").values(column)[:1])


def _unreserved() -> QuerySet[Submission]:
    return Submission.objects.filter(Q(reserved_until=None) | Q(reserved_until__lte=timezone.now()))


def _available(by: User) -> QuerySet[Submission]:
    """Drawings that nobody has reserved and this reviewer has not skipped."""
    return _unreserved().exclude(_is_skipped(by))


def _is_skipped(by: User) -> Exists:
    return Exists(skips(by).filter(submission=OuterRef("pk")))


def _skipped(by: User, skip: Collection[uuid.UUID]) -> Iterator[uuid.UUID]:
    open_ones = skips(by).filter(submission__in=_unreserved().filter(review__in=OPEN)).exclude(submission__in=skip)
    yield from open_ones.order_by("created_at", "pk").values_list("submission", flat=True)[:WINDOW]


def _recent(by: User) -> Iterable[Buffer]:
    """Pixels of what this reviewer labelled or skipped last, without labelled drawings that are open again."""
    labels = Label.objects.filter(by=by, source=Label.Source.REVIEWER).exclude(submission__review__in=OPEN)
    latest_labels = Label.objects.filter(pk__in=labels.order_by("-id").values_list("pk")[:RECENT])
    latest_skips = Skip.objects.filter(pk__in=skips(by).order_by("-id").values_list("pk")[:RECENT])
    pixels = latest_labels.values_list("submission__pixels", flat=True)
    return pixels.union(latest_skips.values_list("submission__pixels", flat=True), all=True)


def _rare_first() -> list[int]:
    """The predictions of the waiting drawings, the digits with the fewest labels first."""
    now = counts()
    return sorted((digit for digit in now.waiting if digit is not None), key=lambda digit: now.labels[digit])


class NearDuplicateFilter:
    """Rejects drawings that nearly duplicate one that was seen or accepted before."""

    def __init__(self, seen: Iterable[Buffer]) -> None:
        self._vectors = [_unit(pixels) for pixels in seen]

    def accepts(self, pixels: Buffer) -> bool:
        vector = _unit(pixels)
        if any(vector @ other >= NEAR_DUPLICATE for other in self._vectors):
            return False
        self._vectors.append(vector)
        return True


def _unit(pixels: Buffer) -> NDArray[np.float32]:
    """Pixels, which are not blank, as a unit vector, float32 (784,)."""
    vector = np.frombuffer(pixels, np.uint8).astype(np.float32)
    return vector / np.float32(np.linalg.norm(vector))
