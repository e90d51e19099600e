"""A drawing as the review desk shows it: the template draws the first one, scripts those that follow."""

from typing import Any, Final

from django.urls import reverse

from predictor.models import NOT_A_DIGIT, Submission
from predictor.services.answering import wording
from predictor.services.answering.answers import ModelAnswer
from predictor.services.answering.champions import KINDS, STROKE_KINDS
from predictor.services.collecting import submissions
from predictor.services.reviewing.progress import LABELS_PER_DIGIT, NEW_LABELS, Progress

Review = Submission.Review
OTHERS: Final = {
    Review.DISPUTED: "Disputed",
    Review.UNSURE: "Unsure",
    Review.NONE: "Not a digit",
}


def card(submission: Submission) -> dict[str, Any]:
    answers = submissions.answers(submission)
    return {
        "id": str(submission.pk),
        "url": reverse("admin:predictor_submission_change", args=[submission.pk]),
        "image": submissions.image_url(submission),
        "pixels": submissions.pixels_url(submission),
        "claim": _claim(submission.claim),
        "prompt": "no digit" if submission.prompt is None else f"a {submission.prompt}",
        "said": _said(submission, answers),
        "answers": [
            _answer(kind, answers.get(kind), submission.prediction)
            for kind in KINDS
            if kind in answers or kind not in STROKE_KINDS
        ],
        "marks": _marks(submission),
    }


def _said(submission: Submission, answers: dict[str, ModelAnswer]) -> str:
    if not answers and submission.source == Submission.Source.IMPORT:
        return "Imported: no model was asked."
    predictions = {kind: given.prediction for kind, given in answers.items()}
    return wording.summary(
        predictions,
        prediction=submission.prediction,
        verdict=submission.verdict,
        is_several=submissions.is_several(submission),
    )


def _claim(claim: str | None) -> str:
    if claim is None:
        return "nothing"
    return "not a digit" if claim == NOT_A_DIGIT else f"a {claim}"


def rows(answers: list[dict[str, str]]) -> list[dict[str, Any]]:
    """A row for each kind, as the template draws them: hidden where the card has nothing to show in it."""
    shown = {answer["kind"]: answer for answer in answers}
    return [
        (shown.get(kind) or _no_answer(kind)) | {"title": wording.title(kind), "is_hidden": kind not in shown}
        for kind in KINDS
    ]


def _no_answer(kind: str) -> dict[str, str]:
    return {"kind": kind, "state": "silent", "prediction": "–", "confidence": "no answer"}


def _answer(kind: str, given: ModelAnswer | None, consensus: int | None) -> dict[str, str]:
    if given is None:
        return _no_answer(kind)
    state = "agrees" if given.prediction == consensus else "differs"
    sure = f"{wording.percent(given.confidence)} %"
    return {"kind": kind, "state": state, "prediction": str(given.prediction), "confidence": sure}


def _marks(submission: Submission) -> list[str]:
    disputed = submission.review == Review.DISPUTED
    marks = {"disputed": disputed, "random": submission.at_random, "skipped": getattr(submission, "is_skipped", False)}
    return [mark for mark, holds in marks.items() if holds]


def standing(now: Progress) -> dict[str, Any]:
    """How far the reviewers are: bars by digit, the other counts, and what is missing to train anew."""
    most = max(*now.digits, LABELS_PER_DIGIT)
    return {
        "bars": [_bar(digit, count, most) for digit, count in enumerate(now.digits)],
        "mark": round(100 * LABELS_PER_DIGIT / most, 1),
        "total": f"{sum(now.digits):,}",
        "others": [(name, f"{now.others[review]:,}", review) for review, name in OTHERS.items()],
        "new": f"{now.new:,}",
        "new_width": round(100 * min(now.new / NEW_LABELS, 1), 1),
        "lacks": max(NEW_LABELS - now.new, 0),
        "missing": now.missing,
        "digits_done": 10 - len(now.missing),
        "is_enough": now.is_enough,
        "needs": {"new": NEW_LABELS, "each": LABELS_PER_DIGIT},
    }


def _bar(digit: int, count: int, most: int) -> dict[str, Any]:
    return {
        "digit": digit,
        "count": f"{count:,}",
        "width": round(100 * count / most, 1),
        "lacks": count < LABELS_PER_DIGIT,
    }
