"""Classify drawings and store them, as the page, the API and the ancestor's route all do."""

from collections.abc import Sequence
from typing import Final

from django.db import Error

from mnistsite.database.outages import is_outage, report
from mnistsite.metrics.definitions import not_kept
from predictor.ml import pictures
from predictor.ml.errors import ImageError, ImageTooLarge
from predictor.services.answering import metrics
from predictor.services.answering.answers import Answer, Drawing, Kept, Legible, NotKept
from predictor.services.answering.classify import classify, legible, read
from predictor.services.answering.errors import NoAnswer
from predictor.services.collecting import deletion, storage
from predictor.services.collecting.shadows import process as shadows
from predictor.services.collecting.submissions import keep

MAX_AREA: Final = 16_000_000  # pixels of a batch, before its last picture: a hundred of 400×400, or four of the largest


def submit(*, drawing: Drawing, only: str | None = None, store: bool = True) -> Answer:
    """Let the champions, or `only` one kind, classify a drawing; keep it if `store`.

    A drawing that cannot be stored is answered all the same; `not_kept` says why.

    Raises:
        ImageError: it is not a usable picture; nothing is kept.
        NoAnswer: none of the classifiers that were asked can answer; the drawing is kept all the same.
    """
    (answer,) = _answers([read(drawing)], only, store)
    if not answer.models:
        raise NoAnswer(answer)
    return answer


def submit_batch(
    *, drawings: Sequence[Drawing], only: str | None = None, store: bool = True
) -> list[Answer | ImageError]:
    """The same for several drawings of one client: in the place of each, the answer or why the picture is of no use.

    Where no classifier can answer, an answer's `models` is empty. Once there have been more than `MAX_AREA` pixels, no
    further picture is decoded.
    """
    area = 0
    found: list[Legible | ImageError] = []
    for drawing in drawings:
        try:
            if area > MAX_AREA:
                raise ImageTooLarge(f"The pictures before it have more than {MAX_AREA:,} pixels together.")
            picture = pictures.read(drawing.image)
            area += picture.size[0] * picture.size[1]
            found.append(legible(drawing, picture))
        except ImageError as error:
            found.append(error.with_traceback(None))  # which would hold the pictures
    answers = iter(_answers([each for each in found if isinstance(each, Legible)], only, store))
    return [each if isinstance(each, ImageError) else next(answers) for each in found]


def _answers(drawings: Sequence[Legible], only: str | None, store: bool) -> list[Answer]:
    if not drawings:
        return []
    answers = classify(drawings, only)
    for answer in answers:
        metrics.count(answer)
    if store:
        _store(drawings, answers)
    return answers


def _store(drawings: Sequence[Legible], answers: Sequence[Answer]) -> None:
    kept = _kept(drawings, answers)
    for i, answer in enumerate(answers):
        if isinstance(kept, NotKept):
            answer.not_kept = kept
            not_kept.labels(kept.code).inc()
        else:
            answer.kept = kept[i]
    if not isinstance(kept, NotKept):
        shadows.offer(answers, kept)


def _kept(drawings: Sequence[Legible], answers: Sequence[Answer]) -> list[Kept] | NotKept:
    if refusal := storage.refusal(drawings[0].drawing.client):
        return refusal
    try:
        kept = keep(list(zip(drawings, answers, strict=True)))
    except Error as error:
        if not is_outage(error):
            raise
        report(error)
        return storage.UNAVAILABLE
    deletion.finish_if_due()
    return kept
