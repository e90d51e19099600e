"""What a version in the shadow said beside the champions: how often they agreed, and who was right where labelled."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet

from predictor.models import ModelVersion, ShadowAnswer
from predictor.services.collecting.shadows.labelled import labelled

MOST_PAIRS: Final = 8  # pairs of digits that are listed


@dataclass
class Agreement:
    """How often the version said the same digit as another."""

    asked: int = 0
    same: int = 0

    def add(self, prediction: int, other: int | None, n: int) -> None:
        if other is not None:
            self.asked += n
            self.same += n * (prediction == other)


@dataclass
class Judged:
    """Labelled drawings, by whether the version and another one were right."""

    both: int = 0
    version_alone: int = 0
    other_alone: int = 0
    neither: int = 0

    def add(self, prediction: int, other: int | None, label: int, n: int) -> None:
        match prediction == label, other == label:
            case True, True:
                self.both += n
            case True, False:
                self.version_alone += n
            case False, True:
                self.other_alone += n
            case _:
                self.neither += n

    @property
    def n(self) -> int:
        return self.both + self.version_alone + self.other_alone + self.neither

    @property
    def version_right(self) -> int:
        return self.both + self.version_alone

    @property
    def other_right(self) -> int:
        return self.both + self.other_alone

    @property
    def p(self) -> float:
        """McNemar's exact two-sided p that both are equally good."""
        from predictor.training.evaluation.mcnemar import exact_p

        return exact_p(self.version_alone, self.other_alone)

    def interval(self, right: int) -> tuple[float, float]:
        """The 95 % confidence interval of a share of right answers.

        Raises:
            DatasetError: there is no labelled drawing.
        """
        from predictor.training.evaluation.evaluate import wilson

        return wilson(right, self.n)


@dataclass
class Labelled:
    """The same drawings, against the champion of the kind, and against the consensus where there was one."""

    champion: Judged = field(default_factory=Judged)
    consensus: Judged = field(default_factory=Judged)


@dataclass
class Beside:
    """What was said while one version was the champion of the kind.

    Attributes:
        pairs: where the two differed: the champion's digit, the version's, and how often; the most frequent first.
        labelled: all labelled drawings that came after both had been trained,
        sampled: and those of them in the fair sample.
        differ_labelled: how many of the labelled ones they differed on.
    """

    champion: int
    first: dt.datetime
    last: dt.datetime
    agreement: Agreement = field(default_factory=Agreement)
    consensus: Agreement = field(default_factory=Agreement)
    labelled: Labelled = field(default_factory=Labelled)
    sampled: Labelled = field(default_factory=Labelled)
    differ_labelled: int = 0
    _differ: Counter[tuple[int, int]] = field(default_factory=Counter)

    @cached_property
    def pairs(self) -> list[tuple[int, int, int]]:
        found = sorted(self._differ.items(), key=lambda each: (-each[1], each[0]))[:MOST_PAIRS]
        return [(champion, version, n) for (champion, version), n in found]

    @property
    def differ(self) -> int:
        return self.agreement.asked - self.agreement.same

    def count(self, champion: int, prediction: int, consensus: int | None, n: int) -> None:
        self.agreement.add(prediction, champion, n)
        self.consensus.add(prediction, consensus, n)
        if prediction != champion:
            self._differ[champion, prediction] += n


def compare(kind: str, version: int) -> list[Beside]:
    """One for each champion beside which the version was asked, the latest first."""
    answers = ShadowAnswer.objects.filter(kind=kind, version=version)
    columns = ("champion_version", "champion_prediction", "prediction", "consensus")
    said = answers.order_by().values_list(*columns)
    said = said.annotate(n=Count("*"), first=Min("created_at"), last=Max("created_at"))
    found = dict[int, Beside]()
    for beside, champion, prediction, consensus, n, first, last in said:
        counted = found.setdefault(beside, Beside(beside, first, last))
        counted.first, counted.last = min(counted.first, first), max(counted.last, last)
        counted.count(champion, prediction, consensus, n)
    for counted in found.values():
        _judge(counted, kind, version)
    return sorted(found.values(), key=lambda each: each.last, reverse=True)


def asked_versions() -> list[tuple[str, int]]:
    """The published versions that were ever asked in the shadow."""
    answers = ShadowAnswer.objects.filter(kind=OuterRef("kind"), version=OuterRef("version"))
    return list(ModelVersion.objects.filter(Exists(answers)).values_list("kind", "version"))


def differing(
    kind: str, version: int, *, beside: int | None = None, pair: Sequence[int] = ()
) -> QuerySet[ShadowAnswer]:
    """Where a version and the champion of its kind said different digits.

    Args:
        kind: of the version.
        version: its number.
        beside: only beside this champion.
        pair: only where the champion said the first digit and the version the second one.
    """
    rows = ShadowAnswer.objects.filter(kind=kind, version=version)
    if beside is not None:
        rows = rows.filter(champion_version=beside)
    if pair:
        return rows.filter(champion_prediction=pair[0], prediction=pair[1])
    return rows.exclude(prediction=F("champion_prediction"))


def _judge(counted: Beside, kind: str, version: int) -> None:
    """Count the labelled drawings; what came before a training may have been part of it."""
    since = _trained(kind, {version, counted.champion})
    for champion, prediction, consensus, label, is_sampled, n in labelled(kind, version, counted.champion, since=since):
        counted.differ_labelled += n * (prediction != champion)
        for found in (counted.labelled, counted.sampled) if is_sampled else (counted.labelled,):
            found.champion.add(prediction, champion, label, n)
            if consensus is not None:
                found.consensus.add(prediction, consensus, label, n)


def _trained(kind: str, versions: set[int]) -> dt.datetime:
    """When the last of these was trained, as far as it is known."""
    found = ModelVersion.objects.filter(kind=kind, version__in=versions).aggregate(last=Max("trained_at"))
    return found["last"] or dt.datetime.fromtimestamp(0, dt.UTC)
