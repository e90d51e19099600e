"""A week's drawings as histograms, by measure, and what visitors said of their answers.

Imports are left out: nobody drew them here. At most SAMPLE drawings of a week are measured, those with the lowest ids,
which are random: reading more would cost time and tell little more. A week that is over does not change, but for
deletions and for drawings that are sent again: its histograms stay in the memory of a process for a day, as long as the
number of its drawings is the same.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.core.cache import caches
from django.db.models import CharField, Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from predictor.ml import images
from predictor.ml.consensus import pooled
from predictor.ml.drift.histograms import VERDICTS, Counts, bins_of, count
from predictor.ml.drift.measures import extent, measure
from predictor.models import NOT_A_DIGIT, Submission
from predictor.services.answering.champions import KINDS
from predictor.services.learning.drift.weeks import Week

SAMPLE: Final = 300  # drawings of a week that are measured
LIFETIME: Final = 24 * 3600  # seconds
LOOKS: Final = ("ink", "width", "slant")

Histograms = Mapping[str, Counts]  # measure, or kind and version such as "cnn 4" → counts
Answers = Mapping[str, Mapping[str, Any]]  # kind → version, probabilities and perhaps weight


@dataclass(frozen=True)
class Tally:
    """How many drawings a week has, how many of them were claimed, and how many claims contradict the answer."""

    drawings: int
    claimed: int
    contradicted: int


def drawings(week: Week) -> QuerySet[Submission]:
    """What visitors drew in a week."""
    rows = Submission.objects.filter(created_at__gte=week.start, created_at__lt=week.end)
    return rows.exclude(source=Submission.Source.IMPORT).order_by()


def tally(week: Week) -> Tally:
    answered = Q(claim__isnull=False, prediction__isnull=False)
    same_digit = Q(claim=Cast(F("prediction"), CharField())) & ~Q(verdict=Submission.Verdict.NOT_A_DIGIT)
    neither = Q(claim=NOT_A_DIGIT, verdict=Submission.Verdict.NOT_A_DIGIT)
    found = drawings(week).aggregate(
        drawings=Count("*"),
        claimed=Count("*", filter=answered),
        contradicted=Count("*", filter=answered & ~(same_digit | neither)),
    )
    return Tally(**found)


def histograms(week: Week, n: int) -> Histograms:
    """Of a week that has `n` drawings: a drawing that was added or deleted since has it counted anew."""
    if not n:
        return {}
    found: Histograms = caches["process"].get_or_set(f"drift:{week}:{n}", lambda: _histograms(week), LIFETIME)  # type: ignore[assignment]
    return found


def total(some: Iterable[Histograms], name: str, measure: str) -> Counts:
    """The sum of several histograms of the same name."""
    none: Counts = np.zeros(bins_of(measure), np.int64)
    return sum((each[name] for each in some if name in each), none)


def confidence(answers: Answers) -> float:
    """The probability that the classifiers together give their digit."""
    weights = [each.get("weight", 1.0) for each in answers.values()]
    return float(pooled(np.array([each["probabilities"] for each in answers.values()]), weights).max())


def _histograms(week: Week) -> dict[str, Counts]:
    rows = drawings(week).filter(preprocessing=images.PREPROCESSING).order_by("pk")
    texts = (Cast(name, TextField()) for name in ("answers", "strokes"))  # parsed all at once
    found = list(rows.values_list("pixels", "prediction", "verdict", *texts)[:SAMPLE])
    if not found:
        return {}
    pixels, predictions, verdicts, answers, strokes = zip(*found, strict=True)
    stack = np.frombuffer(b"".join(map(bytes, pixels)), np.uint8).reshape(-1, images.SIDE, images.SIDE)
    looks = {name: count(name, values) for name, values in measure(stack).items()}
    sizes = [size for each in _parsed(strokes) if (size := extent(each)) is not None]
    return {
        **looks,
        "size": count("size", sizes),
        "digits": count("digits", [each for each in predictions if each is not None]),
        "verdicts": count("verdicts", [VERDICTS.index(each) for each in verdicts if each is not None]),
        **_confidences([each for each in _parsed(answers) if each]),
    }


def _parsed(texts: Iterable[str | None]) -> list[Any]:
    found: list[Any] = json.loads(f"[{','.join(text or 'null' for text in texts)}]")
    return found


def _confidences(answers: Iterable[Answers]) -> dict[str, Counts]:
    """Of all kinds together, and of each version that answered."""
    alone: dict[str, list[float]] = {}
    together = []
    for each in answers:
        together.append(confidence(each))
        for kind in KINDS:
            if kind in each:
                alone.setdefault(f"{kind} {each[kind]['version']}", []).append(max(each[kind]["probabilities"]))
    return {name: count("confidence", values) for name, values in (("confidence", together), *alone.items())}
