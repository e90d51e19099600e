"""Classify a drawing and store it, as the page, the API and the ancestor's route all do."""

import dataclasses

from django.db import Error

from mnistsite.database.outages import is_outage, report
from mnistsite.metrics.definitions import not_kept
from predictor.ml import pictures
from predictor.ml.pictures import Gray
from predictor.services.answering import metrics
from predictor.services.answering.answers import Answer, Drawing
from predictor.services.answering.classify import classify
from predictor.services.answering.errors import NoAnswer
from predictor.services.collecting import deletion, storage
from predictor.services.collecting.submissions import keep


def submit(*, drawing: Drawing, only: str | None = None, store: bool = True) -> Answer:
    """Let the champions, or `only` one kind, classify a drawing; keep it if `store`.

    A drawing that cannot be stored is answered all the same; `not_kept` says why.

    Raises:
        ImageError: it is not a usable picture; nothing is kept.
        NoAnswer: none of the classifiers that were asked can answer; the drawing is kept all the same.
    """
    picture = pictures.read(drawing.image)
    answer = classify(picture=picture, only=only)
    metrics.count(answer)
    if store:
        answer = _stored(drawing, picture.gray, answer)
        if answer.not_kept:
            not_kept.labels(answer.not_kept.code).inc()
    if not answer.models:
        raise NoAnswer(answer)
    return answer


def _stored(drawing: Drawing, gray: Gray, answer: Answer) -> Answer:
    if refusal := storage.refusal(drawing):
        return dataclasses.replace(answer, not_kept=refusal)
    try:
        kept = keep(drawing=drawing, gray=gray, answer=answer)
    except Error as error:
        if not is_outage(error):
            raise
        report(error)
        return dataclasses.replace(answer, not_kept=storage.UNAVAILABLE)
    deletion.finish_if_due()
    return dataclasses.replace(answer, kept=kept)
