"""A week's drawings as histograms, by measure, and what visitors said of their answers.

Imports are left out: nobody drew them here. At most SAMPLE drawings of a week are measured, those with the lowest ids,
which are random: reading more would cost time and tell little more. A week that is over does not change, but for
deletions and for drawings that are sent again: its histograms stay in the memory of a process for a day, as long as the
number of its drawings is the same.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.core.cache import caches
from django.db.models import CharField, Count, F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from numpy.typing import NDArray

from predictor.ml import images
from predictor.ml.consensus import calibrated_pool
from predictor.ml.drift.histograms import VERDICTS, Counts, bins_of, count
from predictor.ml.drift.measures import extent, measure
from predictor.models import NOT_A_DIGIT, Submission
from predictor.services.learning.drift.weeks import Week

SAMPLE: Final = 180  # drawings of a week that are measured: chance alone then makes an index of at most 0.18
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
        claimed=Count("claim", filter=answered),
        contradicted=Count("claim", filter=answered & ~(same_digit | neither)),
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


def confidences(answers: Sequence[Answers]) -> NDArray[np.float64]:
    """The probability that the classifiers together give their digit, (n,), for each of n drawings."""
    found = np.zeros(len(answers))
    alike: dict[tuple[Any, ...], list[int]] = {}  # who answered, each with its weight → which drawings
    for i, each in enumerate(answers):
        alike.setdefault(tuple((kind, each[kind].get("weight", 1.0)) for kind in sorted(each)), []).append(i)
    for who, which in alike.items():
        given = [np.array([answers[i][kind]["probabilities"] for i in which]) for kind, _ in who]
        found[which] = calibrated_pool(given, [weight for _, weight in who]).max(axis=1)
    return found


def _histograms(week: Week) -> dict[str, Counts]:
    usable = drawings(week).filter(preprocessing=images.PREPROCESSING)
    chosen = Submission.objects.filter(pk__in=usable.order_by("pk").values("pk")[:SAMPLE]).order_by()
    texts = (Cast(name, TextField()) for name in ("answers", "strokes"))  # parsed here: the columns' own way is slower
    found = list(chosen.values_list("pixels", "prediction", "verdict", *texts))
    if not found:
        return {}
    pixels, predictions, verdicts, answers, strokes = zip(*found, strict=True)
    stack = np.frombuffer(b"".join(map(bytes, pixels)), np.uint8).reshape(-1, images.SIDE, images.SIDE)
    looks = {name: count(name, values) for name, values in measure(stack).items()}
    sizes = (extent(json.loads(each)) for each in strokes if each)
    return {
        **looks,
        "size": count("size", [each for each in sizes if each is not None]),
        "digits": count("digits", [each for each in predictions if each is not None]),
        "verdicts": count("verdicts", [VERDICTS.index(each) for each in verdicts if each is not None]),
        **_confidences([said for each in answers if (said := json.loads(each))]),
    }


def _confidences(answers: Sequence[Answers]) -> dict[str, Counts]:
    """Of all kinds together, and of each version that answered."""
    alone: dict[str, list[float]] = {}
    for each in answers:
        for kind, said in each.items():
            alone.setdefault(f"{kind} {said['version']}", []).append(max(said["probabilities"]))
    together = count("confidence", confidences(answers))
    return {"confidence": together} | {name: count("confidence", values) for name, values in alone.items()}
