"""Drift as plain JSON, for scripts."""

from dataclasses import asdict
from typing import Any

from predictor.ml.drift.histograms import Counts
from predictor.ml.drift.stability import Comparison
from predictor.services.learning.drift import names, wording
from predictor.services.learning.drift.accuracy import Period
from predictor.services.learning.drift.claims import Claims
from predictor.services.learning.drift.figures import Figure
from predictor.services.learning.drift.report import Report


def to_json(found: Report) -> dict[str, Any]:
    return {
        "week": str(found.week),
        "from": str(found.week.monday),
        "to": str(found.week.sunday),
        "drawings": found.drawings,
        "measured": found.measured,
        "raised": found.is_raised,
        "summary": wording.heading(found),
        "unrecorded": dict(found.unrecorded),
        "figures": {each.subject.name: _figure(each) for each in found.figures},
        "claims": [_claims(each) for each in found.claims],
        "accuracy": [_period(each) for each in found.accuracy],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "title": names.title(figure.subject),
        "bins": names.bins(figure.subject.measure),
        "week": figure.week.tolist(),
        "earlier": _counts(figure.earlier),
        "training": _counts(figure.training),
        "against_earlier": _comparison(figure.against_earlier),
        "against_training": _comparison(figure.against_training),
        "trend": {str(week): each and round(each.index, 4) for week, each in figure.trend},
    }


def _counts(counts: Counts | None) -> list[int] | None:
    found: list[int] | None = None if counts is None else counts.tolist()
    return found


def _comparison(found: Comparison | None) -> dict[str, Any] | None:
    return asdict(found) | {"level": found.level} if found else None


def _claims(each: Claims) -> dict[str, Any]:
    interval = each.interval if each.claimed else None
    return {
        "week": str(each.week),
        "claimed": each.claimed,
        "contradicted": each.contradicted,
        "interval95": interval,
        "level": each.level,
    }


def _period(each: Period) -> dict[str, Any]:
    return {
        "from": str(each.first.monday),
        "to": str(each.last.sunday),
        "digits": each.digits,
        "right": each.right,
        "interval95": each.interval if each.digits else None,
        "confidence": each.expected if each.digits else None,
        "level": each.level,
    }
