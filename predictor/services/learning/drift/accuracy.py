"""Whether the champions' confidence matches their accuracy: on the fair sample, four weeks at a time.

A calibrated confidence is the probability of being right. So the share of right answers should be about the mean
confidence; where its interval excludes that, calibration is off for what visitors now draw. Who is right is counted at
each look, because labels change. The mean confidence stays in the memory of a process for a day, as long as the same
drawings have the same digits.
"""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.core.cache import caches
from django.db.models import QuerySet

from predictor.ml.drift.stability import Level
from predictor.models import Submission
from predictor.services.collecting.sample import ENOUGH
from predictor.services.learning.drift.counted import LIFETIME, confidences
from predictor.services.learning.drift.weeks import Week

PERIOD: Final = 4  # weeks: a week of the sample has too few labels
MOST: Final = 2000  # drawings of a period
Z999: Final = 3.290527  # two-sided 99.9 % quantile of the normal distribution


@dataclass(frozen=True)
class Period:
    """Drawings of the fair sample that are labelled a digit, from the first to the last of four weeks.

    `expected` is the mean confidence of all models together, 0 where there is no drawing.
    """

    first: Week
    last: Week
    digits: int
    right: int
    expected: float

    @property
    def is_enough(self) -> bool:
        return self.digits >= ENOUGH

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share of right answers; there must be a drawing."""
        return self._interval()

    @property
    def level(self) -> Level:
        """How certain it is that calibration is off: outside of the 95 % interval, or even of the 99.9 % one."""
        if not self.is_enough or _within(self.expected, self._interval()):
            return "same"
        return "slight" if _within(self.expected, self._interval(Z999)) else "strong"

    def _interval(self, *z: float) -> tuple[float, float]:
        from predictor.training.evaluation.evaluate import wilson

        return wilson(self.right, self.digits, *z)


def periods(last: Week, weeks: int) -> list[Period]:
    """Those of so many weeks, the latest first; the last of them may reach a little further back."""
    return [_period(last.before(back)) for back in range(0, weeks, PERIOD)]


def _period(last: Week) -> Period:
    first = last.before(PERIOD - 1)
    rows = Submission.objects.filter(sampled=True, review=Submission.Review.DIGIT, prediction__isnull=False)
    rows = rows.filter(created_at__gte=first.start, created_at__lt=last.end).order_by("pk")[:MOST]
    found = list(rows.values_list("pk", "prediction", "label"))
    right = sum(prediction == label for _, prediction, label in found)
    return Period(first, last, len(found), right, _expected(rows, [(pk, prediction) for pk, prediction, _ in found]))


def _expected(rows: QuerySet[Submission], answered: Sequence[tuple[uuid.UUID, int | None]]) -> float:
    """The mean confidence of all models together in these drawings, each with its digit."""
    if not answered:
        return 0.0
    digest = hashlib.sha256("".join(f"{pk.hex}{digit}" for pk, digit in answered).encode()).hexdigest()
    found: float = caches["process"].get_or_set(f"drift:confidence:{digest}", lambda: _mean(rows), LIFETIME)  # type: ignore[assignment]
    return found


def _mean(rows: QuerySet[Submission]) -> float:
    found = confidences(list(rows.values_list("answers", flat=True)))
    return float(found.mean()) if len(found) else 0.0


def _within(value: float, interval: tuple[float, float]) -> bool:
    low, high = interval
    return low <= value <= high
