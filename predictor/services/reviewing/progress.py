"""How far labelling has come, and whether it is enough to retrain."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.cache import caches
from django.db.models import Exists, OuterRef

from predictor.models import Label, Submission
from predictor.services.answering.champions import champions
from predictor.services.collecting.counts import LIFETIME, counts

NEW_LABELS: Final = 50  # since the champions were trained
LABELS_PER_DIGIT: Final = 20  # old and new
MAX_COUNTED: Final = 1000  # new labels; more are not counted
Review = Submission.Review
Source = Label.Source
OTHERS: Final = (Review.DISPUTED, Review.UNSURE, Review.NONE)


@dataclass(frozen=True)
class Progress:
    """Drawings by digit, by other outcome, and those that got a digit since the champions were trained."""

    digits: list[int]
    others: dict[str, int]
    new: int

    @property
    def missing(self) -> dict[int, int]:
        """How many labels each digit still needs; empty if none does."""
        return {digit: LABELS_PER_DIGIT - n for digit, n in enumerate(self.digits) if n < LABELS_PER_DIGIT}

    @property
    def is_enough(self) -> bool:
        """Whether to retrain: there are `NEW_LABELS` since the last time, and `LABELS_PER_DIGIT` of every digit."""
        return self.new >= NEW_LABELS and not self.missing


def progress() -> Progress:
    """The counts may be a minute old."""
    now = counts()
    new: int = caches["process"].get_or_set("new_labels", _new, LIFETIME)  # type: ignore[assignment]
    return Progress([now.labels[digit] for digit in range(10)], {each: now.reviews[each] for each in OTHERS}, new)


def _new() -> int:
    """Drawings of a digit whose first label, from a reviewer or an import, is newer than the champions."""
    rows = Label.objects.filter(source__in=(Source.REVIEWER, Source.IMPORT))
    if since := _trained_at():
        before = rows.filter(submission=OuterRef("submission"), created_at__lte=since)
        rows = rows.filter(~Exists(before), created_at__gt=since)
    latest = rows.order_by("-id").values_list("submission", "submission__label")[:MAX_COUNTED]
    return len({pk for pk, label in latest if label is not None})


def _trained_at() -> dt.datetime | None:
    """When the newest champion was trained; None if there is none."""
    times = (one.sidecar.trained_at for one in champions().classifiers.values())
    return max(map(dt.datetime.fromisoformat, times), default=None)
