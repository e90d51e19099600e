"""Labelled drawings to export, and the names of the files that hold them."""

import io
from typing import Any

import numpy as np
from django.core.management import call_command

from predictor.ml import images, pictures
from predictor.models import Submission
from predictor.services.retrain import reviewed
from tests.mnist import digits

FILES = {"imagefolder": "data.zip", "npz": "data.npz", "idx": "data", "csv": "data.csv"}
LAYOUTS = list(FILES)


def drawn(n: int) -> list[tuple[np.ndarray, int]]:
    """Pixels with their labels."""
    return [(images.normalise(pictures.decode(content)), label) for content, label in digits(n)]


def keep(pixels: np.ndarray, label: int | None = None, **fields: Any) -> Submission:
    """A stored drawing; with a label, one that reviewers agree on."""
    if label is not None:
        fields |= {"label": label, "review": "digit"}
    usual = {"source": "api", "request_id": "r", "image": b"", "preprocessing": images.PREPROCESSING}
    return Submission.objects.create(**usual | {"pixels": pixels.tobytes(), "digest": images.digest(pixels)} | fields)


def keep_all(n: int) -> str:
    """That many with their labels; returns the digest of the dataset that they are."""
    for pixels, label in drawn(n):
        keep(pixels, label)
    return reviewed().digest


def run(command: str, *arguments: object) -> tuple[str, str]:
    """What it says, and what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()
