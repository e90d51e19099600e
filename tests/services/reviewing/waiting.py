"""Drawings that wait for a reviewer."""

import numpy as np

from predictor.models import Submission
from predictor.services.reviewing.labels import record

_rng = np.random.default_rng(7)


def ink() -> bytes:
    """A drawing that is unlike any other."""
    return (_rng.random(784) < 0.2).astype(np.uint8).tobytes()


def add(priority: float = 1.0, **fields) -> Submission:
    n = Submission.objects.count()
    fields = {"pixels": ink(), "digest": f"{n}", **fields}
    return Submission.objects.create(image=b"", preprocessing=1, priority=priority, **fields)


def nearly(row: Submission) -> bytes:
    """The same drawing, with one pixel less."""
    pixels = np.frombuffer(row.pixels, np.uint8).copy()
    pixels[np.flatnonzero(pixels)[0]] = 0
    return pixels.tobytes()


def dispute(row: Submission, *people) -> None:
    for person, value in zip(people, "71", strict=True):
        record(submission=row, value=value, by=person)
