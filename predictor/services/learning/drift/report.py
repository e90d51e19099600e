"""All that is known about a week's drift."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.core.cache import caches
from django.utils import timezone

from predictor.ml.drift.stability import ENOUGH, Level
from predictor.models import Promotion
from predictor.services.learning.drift.accuracy import Period, periods
from predictor.services.learning.drift.claims import Claims, claims
from predictor.services.learning.drift.counted import SAMPLE, Tally, histograms, tally
from predictor.services.learning.drift.figures import Figure, figure, preceding, subjects
from predictor.services.learning.drift.references import references
from predictor.services.learning.drift.weeks import Week

WEEKS: Final = 12
LIFETIME: Final = 300  # seconds that the counts of a week that is over stay in memory: claims may come late


@dataclass(frozen=True)
class Report:
    """Of a week: the current one, or the last one while the current one has too few drawings.

    `current` is the number of drawings of the current week, `drawings` of that which the report is about.
    `unrecorded` are champions without a reference, by kind, `damaged` says in sentences which cannot be read.
    `promotions` are those of the weeks that are compared. `claims` are by week, the oldest first, `accuracy` by four
    weeks, the latest first.
    """

    week: Week
    is_current: bool
    current: int
    drawings: int
    figures: Sequence[Figure]
    claims: Sequence[Claims]
    accuracy: Sequence[Period]
    unrecorded: Mapping[str, int]
    damaged: Sequence[str]
    promotions: Sequence[Promotion]

    @property
    def is_enough(self) -> bool:
        return self.drawings >= ENOUGH

    @property
    def measured(self) -> int:
        return min(self.drawings, SAMPLE)

    @property
    def is_comparable(self) -> bool:
        """Whether anything could be compared with earlier weeks."""
        return any(each.against_earlier for each in self.figures)

    def at(self, level: Level) -> list[Figure]:
        """The figures that differ from earlier weeks at this level."""
        return [each for each in self.figures if each.against_earlier and each.against_earlier.level == level]

    @property
    def is_raised(self) -> bool:
        """Whether somebody should look."""
        return bool(self.at("strong")) or "strong" in {self.claims[-1].level, self.accuracy[0].level}


def report(*, weeks: int = WEEKS, now: dt.datetime | None = None) -> Report:
    """With so many weeks of history."""
    current = Week.of(now or timezone.now())
    counts = {current: tally(current)}
    week = current
    if counts[current].drawings < ENOUGH:
        counts[current.before()] = _tally(current.before())
        if counts[current.before()].drawings >= ENOUGH:
            week = current.before()
    shown = [week.before(back) for back in range(weeks - 1, -1, -1)]
    needed = [*preceding(shown[0]), *shown]
    counts |= {each: _tally(each) for each in needed if each not in counts}
    found = {each: histograms(each, counts[each].drawings) for each in needed}
    known = references()
    return Report(
        week=week,
        is_current=week == current,
        current=counts[current].drawings,
        drawings=counts[week].drawings,
        figures=[figure(each, shown, found, known) for each in subjects(known)],
        claims=[claims(each, counts, preceding(each)) for each in shown],
        accuracy=periods(week, weeks),
        unrecorded=known.unrecorded,
        damaged=known.damaged,
        promotions=list(Promotion.objects.filter(at__gte=preceding(week)[0].start, at__lt=week.end)),
    )


def _tally(week: Week) -> Tally:
    """Of a week that is over."""
    found: Tally = caches["process"].get_or_set(f"drift:tally:{week}", lambda: tally(week), LIFETIME)  # type: ignore[assignment]
    return found
