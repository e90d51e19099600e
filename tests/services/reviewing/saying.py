"""Drawings, and what people say of them."""

from collections.abc import Iterable

from predictor.models import Label, Submission
from predictor.services.reviewing.labels import record

IMPORT = Label.Source.IMPORT


def add(n: int = 1) -> list[Submission]:
    known = Submission.objects.count()
    rows = [Submission(image=b"", pixels=bytes(784), preprocessing=1, digest=f"{known + i}") for i in range(n)]
    return Submission.objects.bulk_create(rows)


def state(row: Submission) -> tuple[str, int | None]:
    row.refresh_from_db()
    return row.review, row.label


def say(row: Submission, people: Iterable, values: str) -> None:
    """Let each in turn say a value; "-" takes back, a blank says nothing."""
    for person, value in zip(people, values, strict=False):
        if value != " ":
            record(submission=row, value=None if value == "-" else value, by=person)
