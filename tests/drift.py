"""A site's past weeks: drawings that are alike from week to week, unless a test changes something."""

import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Iterator
from itertools import count
from typing import Any

from django.utils import timezone

from predictor.models import Submission
from predictor.services.learning.drift.weeks import Week
from tests.ml.drift.shapes import bar

NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
WEEK = Week.of(NOW)
BEFORE = [WEEK.before(back) for back in range(1, 9)]
_numbers = count()


def draw(week: Week, n: int, **changes: Any) -> list[Submission]:
    """Store `n` bars of 2 to 5 pixels, each another digit than the one before; `changes` are columns of all of them.

    A function among these is given the number of the drawing.
    """
    rows = list(_rows(n, changes))
    Submission.objects.bulk_create(rows)
    Submission.objects.filter(pk__in=[row.pk for row in rows]).update(created_at=week.start + dt.timedelta(hours=1))
    return rows


def past(n: int = 80, **changes: Any) -> None:
    """The eight weeks before `WEEK`."""
    for week in BEFORE:
        draw(week, n, **changes)


def tiny_this_week(before: dict[str, Any] | None = None, **changes: Any) -> Week:
    """The current week, of tiny drawings, and the eight before it; `before` are columns of the latter."""
    week = Week.of(timezone.now())
    for back in range(1, 9):
        draw(week.before(back), 60, **before or {})
    draw(week, 60, **changes, strokes=strokes(0.05))
    return week


def pixels(width: int = 4, level: int = 255) -> bytes:
    return bar(width=width, level=level).tobytes()


def said(digit: int = 3, probability: float = 0.9, version: int = 1, **kinds: float) -> dict[str, Any]:
    """The answer of the SVM, or of these kinds, each with its probability."""
    return {
        kind: {
            "version": version,
            "probabilities": [sure if each == digit else (1 - sure) / 9 for each in range(10)],
        }
        for kind, sure in (kinds or {"svm": probability}).items()
    }


def strokes(size: float = 0.5) -> dict[str, Any]:
    return {"size": [280, 280], "pen": 18, "lines": [[[10, 10, 0], [20, 10 + 280 * size, 50]]]}


def _rows(n: int, changes: dict[str, Any]) -> Iterator[Submission]:
    for i in range(n):
        number = next(_numbers)
        usual = {
            "pixels": pixels(2 + i % 4),
            "answers": said(i % 10, 0.55 + 0.05 * (i % 8)),
            "prediction": i % 10,
            "verdict": "digit",
            "strokes": strokes(0.25 + 0.1 * (i % 5)),
            "source": "page",
            "preprocessing": 1,
        }
        given = {name: value(i) if callable(value) else value for name, value in changes.items()}
        yield Submission(
            id=uuid.UUID(int=random.Random(number).getrandbits(128)),  # noqa: S311  the same in each run
            image=b"",
            request_id="r",
            digest=hashlib.sha256(str(number).encode()).hexdigest(),
            **usual | given,
        )
