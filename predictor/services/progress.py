"""How far the reviewers are, and whether it is enough to train anew."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.core.cache import caches
from django.db.models import Exists, OuterRef

from predictor.models import Label, Submission
from predictor.services.champions import champions
from predictor.services.counts import LIFETIME, counts

NEW: Final = 50  # labels since the champions were trained
EACH: Final = 20  # labels of each digit, old and new
MANY: Final = 1000  # new labels are not counted beyond so many
Review = Submission.Review
Source = Label.Source
OTHERS: Final = (Review.DISPUTED, Review.UNSURE, Review.NONE)


@dataclass(frozen=True)
class Progress:
    """How many drawings reviewers gave each digit, each other outcome, and a digit since the champions were trained."""

    digits: list[int]
    others: dict[str, int]
    new: int

    @property
    def missing(self) -> dict[int, int]:
        """By digit how many labels lack; empty where none does."""
        return {digit: EACH - n for digit, n in enumerate(self.digits) if n < EACH}

    @property
    def is_enough(self) -> bool:
        """Whether to train anew: `NEW` labels since the champions were trained, and `EACH` of every digit."""
        return self.new >= NEW and not self.missing


def progress() -> Progress:
    """As of a minute ago at most."""
    now = counts()
    new: int = caches["process"].get_or_set("new_labels", _new, LIFETIME)  # type: ignore[assignment]
    return Progress([now.labels[digit] for digit in range(10)], {each: now.reviews[each] for each in OTHERS}, new)


def _new() -> int:
    """Drawings with a digit that a reviewer or an import gave them first after the champions were trained."""
    rows = Label.objects.filter(source__in=(Source.REVIEWER, Source.IMPORT))
    if since := _trained_at():
        before = rows.filter(submission=OuterRef("submission"), created_at__lte=since)
        rows = rows.filter(~Exists(before), created_at__gt=since)
    latest = rows.order_by("-id").values_list("submission", "submission__label")[:MANY]
    return len({pk for pk, label in latest if label is not None})


def _trained_at() -> dt.datetime | None:
    """When the youngest champion was trained; None where there is none."""
    times = (one.sidecar.trained_at for one in champions().classifiers.values())
    return max(map(dt.datetime.fromisoformat, times), default=None)
