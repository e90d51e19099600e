"""An answer as the page's table shows it: a column for each kind, a row for each digit."""

from collections.abc import Collection
from typing import Any

from predictor.services.answering import wording
from predictor.services.answering.champions import KINDS, STROKE_KINDS

Column = dict[str, Any]


def empty_columns(answering: Collection[str]) -> list[Column]:
    """Before anything is answered; scripts fill what is here.

    A kind that reads strokes has a hidden column unless it is among those `answering`, and none where no script runs:
    there are no strokes there.
    """
    return [_empty(kind, is_hidden=kind in STROKE_KINDS and kind not in answering) for kind in KINDS]


def columns(reply: dict[str, Any]) -> list[Column]:
    """Of a reply as `PredictResponse` describes it."""
    return [
        _empty(kind, is_hidden=True)
        if kind in STROKE_KINDS and kind not in reply["models"]
        else _column(kind, reply["models"][kind], reply["prediction"])
        for kind in KINDS
    ]


def rows(columns: list[Column]) -> list[tuple[int, list[tuple[Column, dict[str, Any]]]]]:
    """The same by digits: each with the columns and their bars."""
    return [(digit, [(column, column["bars"][digit]) for column in columns]) for digit in range(10)]


def _empty(kind: str, *, is_hidden: bool) -> Column:
    shown = {"is_hidden": is_hidden, "is_scripted": kind in STROKE_KINDS}
    return _named(kind) | {"version": None, "state": "empty"} | shown | _unsaid()


def _named(kind: str) -> Column:
    names = {"kind": kind, "title": wording.title(kind), "spoken": wording.spoken(kind)}
    return names | {"reads": "strokes" if kind in STROKE_KINDS else "pixels"}


def _column(kind: str, said: dict[str, Any], consensus: int) -> Column:
    column = _named(kind) | {"version": said["version"]}
    if "error" in said:
        return column | {"state": "silent"} | _unsaid()
    prediction = said["prediction"]
    return column | {
        "state": "agrees" if prediction == consensus else "differs",
        "prediction": prediction,
        "confidence": wording.percent(said["confidence"]),
        "bars": [_bar(share, digit == prediction) for digit, share in enumerate(said["probabilities"])],
    }


def _unsaid() -> Column:
    bars = [{"width": 0, "percent": "", "top": False}] * 10
    return {"prediction": None, "confidence": None, "bars": bars}


def _bar(share: float, top: bool) -> dict[str, Any]:
    return {"width": round(100 * share, 1), "percent": wording.percent(share), "top": top}
