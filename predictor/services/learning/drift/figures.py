"""One measure of a week's drawings, beside that of the weeks before and of what the champions were trained on.

The weeks before decide whether something changed. What the champions were trained on does not: MNIST was scanned, and
most people here draw with a mouse or a finger and one pen, so some measures differ for good, which would tell nothing
new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from predictor.ml.drift.histograms import Counts
from predictor.ml.drift.stability import Comparison, compare
from predictor.services.learning.drift.counted import Histograms, total
from predictor.services.learning.drift.references import References
from predictor.services.learning.drift.weeks import Week

EARLIER: Final = 8  # weeks that a week is compared with; `wording` says eight
COMMON: Final = ("confidence", "verdicts", "digits", "ink", "width", "slant", "size")


@dataclass(frozen=True)
class Subject:
    """What is measured: of all drawings, or the confidence of one version."""

    measure: str
    kind: str | None = None
    version: int | None = None

    @property
    def name(self) -> str:
        """As `counted.histograms` calls it."""
        return f"{self.kind} {self.version}" if self.kind else self.measure


@dataclass(frozen=True)
class Figure:
    """Histograms of one measure.

    `earlier` is of the weeks before, `training` of what the champions were trained on, or of their answers to the
    held-out drawings; None where that is not known. `trend` compares each week with those before it, the oldest first.
    """

    subject: Subject
    week: Counts
    earlier: Counts
    training: Counts | None
    against_training: Comparison | None
    trend: Sequence[tuple[Week, Comparison | None]]

    @property
    def against_earlier(self) -> Comparison | None:
        return self.trend[-1][1]

    @property
    def n(self) -> int:
        return int(self.week.sum())


def subjects(known: References) -> list[Subject]:
    kinds = [Subject("confidence", kind, version) for kind, version in known.versions.items()]
    return [*map(Subject, COMMON), *kinds]


def figure(subject: Subject, weeks: Sequence[Week], found: Mapping[Week, Histograms], known: References) -> Figure:
    """Of the last of these weeks; `found` has the histograms of all of them and of the weeks before the first."""

    def own(week: Week) -> Counts:
        return total([found[week]], subject.name, subject.measure)

    def before(week: Week) -> Counts:
        return total([found[each] for each in preceding(week)], subject.name, subject.measure)

    training = known.counts(subject.measure, subject.kind)
    return Figure(
        subject,
        own(weeks[-1]),
        before(weeks[-1]),
        training,
        None if training is None else compare(own(weeks[-1]), training),
        [(week, compare(own(week), before(week))) for week in weeks],
    )


def preceding(week: Week) -> list[Week]:
    """Those that a week is compared with, the oldest first."""
    return [week.before(back) for back in range(EARLIER, 0, -1)]
