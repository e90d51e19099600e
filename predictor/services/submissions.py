"""Keeping drawings, and what those who drew them say of them."""

import base64
import uuid
from typing import Any, TypeAlias

import numpy as np
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from predictor.ml import images, pictures
from predictor.ml.artifacts import KINDS
from predictor.ml.consensus import consensus
from predictor.ml.errors import ImageError
from predictor.ml.registry import Broken
from predictor.models import Label, Submission
from predictor.services import privacy, queue
from predictor.services.answers import Answer, Drawing, Kept, ModelAnswer

Stored: TypeAlias = bytes | memoryview  # PostgreSQL's driver gives the second


def keep(*, drawing: Drawing, answer: Answer) -> Kept:
    """Store a drawing with its answers, once however often it is sent.

    Who sent it first gets a token for its row, and so does the same request sent again, whose answer was lost. Others
    who send the same pixels must not claim or delete what is not theirs; what was imported is no visitor's.

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
    if new or _complete(submission, drawing, answer):
        if new and drawing.prompt is not None:
            _note(submission.pk, str(drawing.prompt), Label.Source.PROMPT)
        own = new or _is_sent_again(submission, drawing)
        return Kept(str(submission.id), _signer().signature(str(submission.id)) if own else None)
    return keep(drawing=drawing, answer=answer)  # someone deleted the row just now


def claim(*, submission_id: uuid.UUID, token: str, value: str | None) -> bool:
    """Note what the one who drew it says it is, or with None nothing any more; False when the drawing is gone.

    A claim is no label: nothing is trained on it before a reviewer agrees.

    Raises:
        PermissionDenied: the token is not this drawing's.
    """
    claimed_at = None if value is None else timezone.now()
    with transaction.atomic():
        found = _own(submission_id, token).update(claim=value, claimed_at=claimed_at) == 1
        if found:
            _note(submission_id, value, Label.Source.CLAIM)
    return found


def delete(*, submission_id: uuid.UUID, token: str) -> bool:
    """Forget a drawing; False when it is gone already.

    Raises:
        PermissionDenied: the token is not this drawing's.
    """
    return privacy.forget(_own(submission_id, token)) == 1


def answers(submission: Submission) -> dict[str, ModelAnswer]:
    """What each kind said of a stored drawing when it was last asked."""
    return {
        kind: ModelAnswer(given["version"], np.array(given["probabilities"], np.float32))
        for kind, given in submission.answers.items()
    }


def recall(*, submission_id: uuid.UUID, token: str) -> Answer | None:
    """What the models said of a drawing when they were last asked; None when it is gone, or none answered.

    Raises:
        PermissionDenied: the token is not this drawing's.
    """
    row = _own(submission_id, token).defer("image", "strokes").first()
    if row is None or not row.answers:
        return None
    models = answers(row)
    silent = {kind: Broken(None, "It did not answer this drawing.") for kind in KINDS if kind not in models}
    return Answer(_pixels(row), models, silent, Kept(str(submission_id), token))


def _is_sent_again(submission: Submission, drawing: Drawing) -> bool:
    return submission.source != Submission.Source.IMPORT and submission.request_id == drawing.request_id


def _own(submission_id: uuid.UUID, token: str) -> QuerySet[Submission]:
    try:
        _signer().unsign(f"{submission_id}:{token}")
    except BadSignature as error:
        raise PermissionDenied("The token is not this drawing's.") from error
    return Submission.objects.filter(pk=submission_id)


def _signer() -> Signer:
    return Signer(salt="predictor.submission")


def _complete(submission: Submission, drawing: Drawing, answer: Answer) -> bool:
    """Add to a row what it lacks; False when it is gone."""
    changes: dict[str, Any] = _outcome(answer, submission.answers)
    changes |= {
        name: value
        for name in ("strokes", "prompt")
        if getattr(submission, name) is None and (value := getattr(drawing, name)) is not None
    }
    changes = {name: value for name, value in changes.items() if getattr(submission, name) != value}
    if not changes:
        return True
    with transaction.atomic():
        found = Submission.objects.filter(pk=submission.pk).update(**changes) == 1
        if found and "prompt" in changes:
            _note(submission.pk, str(drawing.prompt), Label.Source.PROMPT)
    return found


def _note(submission_id: uuid.UUID, value: str | None, source: str) -> None:
    """Add to the history what a visitor said, from which nothing follows before a reviewer agrees."""
    Label.objects.create(submission_id=submission_id, value=value, source=source)


def _outcome(answer: Answer, earlier: dict[str, Any]) -> dict[str, Any]:
    """The columns that hold the answers: what each kind said last, and the consensus of them all."""
    given = earlier | {
        kind: {"version": said.version, "probabilities": [round(float(p), 6) for p in said.probabilities]}
        for kind, said in answer.models.items()
    }
    if not given:
        return {"answers": given}
    probabilities = [np.array(said["probabilities"]) for said in given.values()]
    joint = consensus(probabilities, answer.pixels)
    return {
        "answers": given,
        "prediction": joint.prediction,
        "verdict": joint.verdict,
        "agreement": joint.agreement,
        "priority": queue.priority(joint, np.mean(probabilities, axis=0)),
    }


def pixels_now(*, submission_id: uuid.UUID, preprocessing: int, pixels: Stored, image: Stored) -> images.Pixels:
    """A stored drawing as today's preprocessing makes it: from the row, or anew from the file where the row is older.

    Raises:
        ImageError: the file cannot be normalised any more.
    """
    if preprocessing == images.PREPROCESSING:
        return np.frombuffer(pixels, np.uint8).reshape(images.SIDE, images.SIDE)
    try:
        return images.normalise(pictures.decode(bytes(image)))
    except ImageError as error:
        raise ImageError(f"Submission {submission_id}: {error}") from error


def pixels_url(submission: Submission) -> str:
    """The 28×28 that the classifiers saw, as a `data:` URL."""
    return images.to_data_url(_pixels(submission))


def _pixels(submission: Submission) -> images.Pixels:
    return np.frombuffer(submission.pixels, np.uint8).reshape(images.SIDE, images.SIDE)


def image_url(submission: Submission) -> str:
    """The file as it was sent, as a `data:` URL."""
    content = bytes(submission.image)
    kind = "png" if content.startswith(b"\x89PNG") else "webp" if content.startswith(b"RIFF") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
