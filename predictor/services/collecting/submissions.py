"""Storing drawings, and what their visitors may do with them later: claim, delete and read the answer again."""

import base64
import uuid
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils import timezone

from predictor.ml import images, pictures
from predictor.ml.consensus import pooled
from predictor.ml.errors import ImageError
from predictor.ml.geometry import measure
from predictor.ml.kinds import KINDS, PIXEL_KINDS
from predictor.ml.registry import Broken
from predictor.models import Label, Submission
from predictor.services.answering.answers import Answer, Drawing, Kept, Legible, ModelAnswer, joint
from predictor.services.collecting import deletion, room, storage
from predictor.services.collecting.priority import priority
from predictor.services.collecting.rows import insert, stored

Stored: TypeAlias = bytes | memoryview  # the latter from PostgreSQL's driver


def keep(drawings: Sequence[tuple[Legible, Answer]]) -> list[Kept]:
    """Store drawings with the answers to them, each once however often it is sent.

    The first sender gets a token for the row, and gets it again with the same request id, in case the response was
    lost. Others who send the same pixels must not claim or delete a drawing that is not theirs, and an imported drawing
    belongs to no visitor.

    A drawing that is sent again updates the answers of its row, and adds strokes or a prompt that the row lacked. There
    is no transaction around all of this: what one statement stores is complete, and a lock would be held for longer.

    Where the answers were cached, the row is probably there, and looking for it needs no lock, as an insert does. Other
    drawings are inserted first, which is one statement for nearly all of them.
    """
    digests = [images.digest(sent.pixels) for sent, _ in drawings]
    earlier = stored({digest for digest, (_, answer) in zip(digests, drawings, strict=True) if answer.is_cached})
    rows = {i: _row(*drawings[i]) for i, digest in enumerate(digests) if digest not in earlier}
    new = insert(list(rows.values())) if rows else set()
    earlier |= stored({row.digest for row in rows.values() if row.pk not in new})
    kept: dict[int, Kept] = {}
    for i, (sent, answer) in enumerate(drawings):
        if i in rows and rows[i].pk in new:
            _welcome(rows[i], sent.drawing)
            kept[i] = _kept(rows[i].pk, is_owner=True)
        elif (known := earlier.get(digests[i])) and _update(known, sent, answer):
            kept[i] = _kept(known.pk, is_owner=_is_resent(known, sent.drawing))
    gone = [i for i in range(len(drawings)) if i not in kept]  # somebody has just deleted their rows
    kept |= zip(gone, keep([drawings[i] for i in gone]), strict=True) if gone else {}
    return [kept[i] for i in range(len(drawings))]


def _row(sent: Legible, answer: Answer) -> Submission:
    return Submission(
        digest=images.digest(sent.pixels),
        source=sent.drawing.source,
        request_id=sent.drawing.request_id,
        image=room.picture_to_keep(sent.drawing, sent.gray),
        strokes=sent.drawing.strokes,
        prompt=sent.drawing.prompt,
        pixels=sent.pixels.tobytes(),
        preprocessing=images.PREPROCESSING,
        **_outcome(answer, {}),
    )


def _welcome(row: Submission, drawing: Drawing) -> None:
    storage.charge(drawing.client, len(row.image) + room.strokes_size(row.strokes))
    if drawing.prompt is not None:
        _record(row.pk, str(drawing.prompt), Label.Source.PROMPT)


def _kept(submission_id: uuid.UUID, *, is_owner: bool) -> Kept:
    return Kept(str(submission_id), _signer().signature(str(submission_id)) if is_owner else None)


def claim(*, submission_id: uuid.UUID, token: str, value: str | None) -> bool:
    """Store what the visitor says the drawing is, or None to take that back; False if the drawing is gone.

    A claim is not a label: no model is trained on it unless a reviewer agrees.

    Raises:
        PermissionDenied: the token is not this drawing's.
    """
    claimed_at = None if value is None else timezone.now()
    with transaction.atomic():
        found = _authorised(submission_id, token).update(claim=value, claimed_at=claimed_at) == 1
        if found:
            _record(submission_id, value, Label.Source.CLAIM)
    return found


def delete(*, submission_id: uuid.UUID, token: str) -> bool:
    """Delete a drawing; False if it is gone already.

    Raises:
        PermissionDenied: the token is not this drawing's.
    """
    return deletion.delete_drawings(_authorised(submission_id, token)) == 1


def answers(submission: Submission) -> dict[str, ModelAnswer]:
    """The latest answer of each kind to a stored drawing, in the order of the kinds: PostgreSQL keeps another one."""
    stored = ((kind, submission.answers[kind]) for kind in KINDS if kind in submission.answers)
    return {
        kind: ModelAnswer(given["version"], np.array(given["probabilities"], np.float32), given.get("weight", 1.0))
        for kind, given in stored
    }


def stored_answer(*, submission_id: uuid.UUID, token: str) -> Answer | None:
    """The latest answers to a drawing; None if it is gone, or no model has answered.

    Raises:
        PermissionDenied: the token is not this drawing's.
    """
    row = _authorised(submission_id, token).defer("image", "strokes").first()
    if row is None or not row.answers:
        return None
    models = answers(row)
    silent = {kind: Broken(None, "It did not answer this drawing.") for kind in PIXEL_KINDS if kind not in models}
    return Answer(_pixels(row), models, silent, kept=Kept(str(submission_id), token))


def _is_resent(submission: Submission, drawing: Drawing) -> bool:
    return submission.source != Submission.Source.IMPORT and submission.request_id == drawing.request_id


def _authorised(submission_id: uuid.UUID, token: str) -> QuerySet[Submission]:
    try:
        _signer().unsign(f"{submission_id}:{token}")
    except BadSignature as error:
        raise PermissionDenied("The token is not this drawing's.") from error
    return Submission.objects.filter(pk=submission_id)


def _signer() -> Signer:
    return Signer(salt="predictor.submission")


def _update(submission: Submission, sent: Legible, answer: Answer) -> bool:
    """Write the new answers to a row, and what it lacked; False if it is gone."""
    drawing = sent.drawing
    changes: dict[str, Any] = _outcome(answer, submission.answers)
    changes |= {
        name: value
        for name in ("strokes", "prompt")
        if getattr(submission, name) is None and (value := getattr(drawing, name)) is not None
    }
    changes = {name: value for name, value in changes.items() if getattr(submission, name) != value}
    if not changes:
        return True
    row = Submission.objects.filter(pk=submission.pk)
    if (
        "strokes" in changes
        and row.annotate(size=Length("image")).filter(size__gt=room.picture_room(drawing.strokes)).exists()
    ):
        changes["image"] = room.picture_to_keep(drawing, sent.gray)
    with transaction.atomic():
        found = row.update(**changes) == 1
        if found and "prompt" in changes:
            _record(submission.pk, str(drawing.prompt), Label.Source.PROMPT)
    return found


def _record(submission_id: uuid.UUID, value: str | None, source: str) -> None:
    """Add a claim or a prompt to the history, where it does not affect the drawing's state."""
    Label.objects.create(submission_id=submission_id, value=value, source=source)


def _outcome(answer: Answer, earlier: dict[str, Any]) -> dict[str, Any]:
    """The columns that hold the latest answer of each kind, and the consensus of them all."""
    given = earlier | {
        kind: {"version": new.version, "probabilities": [round(float(p), 6) for p in new.probabilities]}
        | ({} if new.weight == 1 else {"weight": new.weight})
        for kind, new in answer.models.items()
    }
    if not given:
        return {"answers": given}
    said = {
        kind: ModelAnswer(each["version"], np.array(each["probabilities"]), each.get("weight", 1.0))
        for kind, each in given.items()
    }
    together = answer.consensus if given.keys() == answer.models.keys() else joint(said.values(), answer.pixels)
    mean = pooled([each.probabilities for each in said.values()], [each.weight for each in said.values()])
    return {
        "answers": given,
        "prediction": together.prediction,
        "verdict": together.verdict,
        "agreement": together.agreement,
        "priority": priority(together, mean),
    }


def current_pixels(*, submission_id: uuid.UUID, preprocessing: int, pixels: Stored, image: Stored) -> images.Pixels:
    """A stored drawing's pixels by the current preprocessing: from the row, or from its file if the row is older.

    Raises:
        ImageError: the file can no longer be normalised.
    """
    if preprocessing == images.PREPROCESSING:
        return np.frombuffer(pixels, np.uint8).reshape(images.SIDE, images.SIDE)
    try:
        return images.normalise(pictures.decode(bytes(image)))
    except ImageError as error:
        raise ImageError(f"Submission {submission_id}: {error}") from error


def is_several(submission: Submission) -> bool:
    """Whether there seem to be several digits."""
    return measure(_pixels(submission)).is_several


def pixels_url(submission: Submission) -> str:
    """The 28×28 picture that the classifiers saw, as a `data:` URL."""
    return images.to_data_url(_pixels(submission))


def _pixels(submission: Submission) -> images.Pixels:
    return np.frombuffer(submission.pixels, np.uint8).reshape(images.SIDE, images.SIDE)


def image_url(submission: Submission) -> str:
    """The picture as it is kept, as a `data:` URL."""
    content = bytes(submission.image)
    kind = "png" if content.startswith(b"\x89PNG") else "webp" if content.startswith(b"RIFF") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
