"""An answer as the page's table shows it: a column for each kind, a row for each digit."""

from typing import Any

from predictor.services.answering import wording
from predictor.services.answering.champions import KINDS

Column = dict[str, Any]


def empty_columns() -> list[Column]:
    """Before anything is answered; scripts fill what is here."""
    return [{"kind": kind, "version": None, "state": "empty"} | _unsaid() for kind in KINDS]


def columns(reply: dict[str, Any]) -> list[Column]:
    """Of a reply as `PredictResponse` describes it."""
    return [_column(kind, reply["models"][kind], reply["prediction"]) for kind in KINDS]


def rows(columns: list[Column]) -> list[tuple[int, list[tuple[Column, dict[str, Any]]]]]:
    """The same by digits: each with the columns and their bars."""
    return [(digit, [(column, column["bars"][digit]) for column in columns]) for digit in range(10)]


def _column(kind: str, said: dict[str, Any], consensus: int) -> Column:
    column = {"kind": kind, "version": said["version"]}
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
