"""Keeping drawings, and what reviewers say of them."""

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from predictor.ml import images
from predictor.models import Submission
from predictor.services.answers import Answer, Drawing


def keep(*, drawing: Drawing, answer: Answer) -> str:
    """Store a drawing with its answers, once however often it is sent; returns the id of its row.

    Sent again, the row takes the newer answers, and strokes or a prompt that it lacked. There is no transaction around
    it all: on SQLite each would wait for the one lock to write, and a drawing that is known needs no writing.
    """
    submission, new = Submission.objects.get_or_create(
        digest=images.digest(answer.pixels),
        defaults={
            "source": drawing.source,
            "request_id": drawing.request_id,
            "image": drawing.image,
            "strokes": drawing.strokes,
            "prompt": drawing.prompt,
            "pixels": answer.pixels.tobytes(),
            "preprocessing": images.PREPROCESSING,
            **_outcome(answer, {}),
        },
    )
    if not new:
        _complete(submission, drawing, answer)
    return str(submission.id)


def label(*, submissions: Iterable[Submission], digit: int | None, by: User | AnonymousUser) -> int:
    """Say what drawings are, or with None that it is not known any more; returns how many rows were written."""
    if not isinstance(by, User):
        raise PermissionDenied("Only people with an account label.")
    rows = Submission.objects.filter(pk__in=[submission.pk for submission in submissions])
    return rows.update(label=digit, labelled_by=by, labelled_at=timezone.now())


def _complete(submission: Submission, drawing: Drawing, answer: Answer) -> None:
    changes: dict[str, Any] = _outcome(answer, submission.answers)
    changes |= {
        name: value
        for name in ("strokes", "prompt")
        if getattr(submission, name) is None and (value := getattr(drawing, name)) is not None
    }
    changed = [name for name, value in changes.items() if getattr(submission, name) != value]
    if changed:
        for name in changed:
            setattr(submission, name, changes[name])
        submission.save(update_fields=changed)


def _outcome(answer: Answer, earlier: dict[str, Any]) -> dict[str, Any]:
    """The columns that hold the answers; one model asked alone does not wipe out what all of them said earlier."""
    answers = earlier | {
        kind: {"version": given.version, "probabilities": [round(float(p), 6) for p in given.probabilities]}
        for kind, given in answer.models.items()
    }
    if not answer.models or set(answer.models) < set(earlier):
        return {"answers": answers}
    consensus = answer.consensus
    return {
        "answers": answers,
        "prediction": consensus.prediction,
        "verdict": consensus.verdict,
        "agreement": consensus.agreement,
    }


def pixels_url(submission: Submission) -> str:
    """The 28×28 that the classifiers saw, as a `data:` URL."""
    pixels = np.frombuffer(submission.pixels, np.uint8).reshape(images.SIDE, images.SIDE)
    return _data_url("png", images.to_png(pixels))


def image_url(submission: Submission) -> str:
    """The file as it was sent, as a `data:` URL."""
    content = bytes(submission.image)
    kind = "png" if content.startswith(b"\x89PNG") else "webp" if content.startswith(b"RIFF") else "jpeg"
    return _data_url(kind, content)


def _data_url(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
