"""An answer in words, for the page, the API and the review desk alike."""

import math
from collections.abc import Collection, Mapping
from typing import Final

from predictor.ml.kinds import ALL

COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LEADS: Final = {"unsure": "Not sure.", "not_a_digit": "This does not look like a digit."}
SEVERAL: Final = "There seem to be several digits."


def percent(share: float) -> str:
    """A share in [0, 1] as a whole number of per cent. No model is certain, so none reads 100.

    static/js/wording.js has this and `sign` too; tests/wording.json holds both to the same results.
    """
    whole = math.floor(share * 100 + 0.5)  # as JavaScript rounds
    return ">99" if whole == 100 else str(whole)


def sign(prediction: int, verdict: str) -> str:
    """An answer in large type: the digit, the digit in doubt, or only a question mark."""
    if verdict == "not_a_digit":
        return "?"
    return f"{prediction}?" if verdict == "unsure" else str(prediction)


def summary(
    predictions: Mapping[str, int],
    *,
    prediction: int | None,
    verdict: str | None,
    is_several: bool = False,
    unavailable: Collection[str] = (),
) -> str:
    """An answer in one to three sentences, such as "Not sure. CNN and MLP say 7, SVM says 1."

    Args:
        predictions: each model's digit, by kind.
        prediction: the consensus; None where no model answered.
        verdict: the verdict of the consensus, None likewise.
        is_several: there seem to be several digits.
        unavailable: the kinds that were asked and could not answer.
    """
    camps = _camps(predictions)
    opinions = _opinions(camps)
    forced = f"forced to choose, {opinions}" if is_several or verdict == "not_a_digit" else opinions
    lead = SEVERAL if is_several else LEADS.get(verdict or "") or _balance(camps, prediction)
    missing = f"{_list(unavailable)} {'are' if len(unavailable) > 1 else 'is'} not available" if unavailable else ""
    return " ".join(filter(None, (lead, _sentence(forced), missing and _sentence(missing))))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def title(kind: str) -> str:
    """A kind's name that stands alone: "CNN", or "Pen"."""
    return ALL[kind].title if kind in ALL else kind


def spoken(kind: str) -> str:
    """A kind's name within a sentence: "CNN", or "the pen"."""
    return ALL[kind].spoken if kind in ALL else kind


def _opinions(camps: list[tuple[int, list[str]]]) -> str:
    """Such as "all three say 3", or "CNN and MLP say 7, SVM says 1"."""
    if not camps:
        return "no model could answer"
    digit, kinds = camps[0]
    if len(camps) == 1 and len(kinds) > 2:
        return f"all {COUNTS[len(kinds)]} say {digit}"
    if len(camps) == 1 and len(kinds) == 2:
        return f"{_list(kinds)} both say {digit}"
    return ", ".join(f"{_list(kinds)} {'say' if len(kinds) > 1 else 'says'} {digit}" for digit, kinds in camps)


def _balance(camps: list[tuple[int, list[str]]], prediction: int | None) -> str:
    """Said where one model that is certain outweighs two that are torn."""
    outweighed = camps and len(camps[0][1]) > 1 and camps[0][0] != prediction
    return f"On balance {prediction}." if outweighed else ""


def _camps(predictions: Mapping[str, int]) -> list[tuple[int, list[str]]]:
    """Each digit with the kinds that say it, the largest camp first."""
    camps: dict[int, list[str]] = {}
    for kind, digit in predictions.items():
        camps.setdefault(digit, []).append(kind)
    return sorted(camps.items(), key=lambda camp: -len(camp[1]))


def _list(kinds: Collection[str]) -> str:
    *others, last = map(spoken, kinds)
    return f"{', '.join(others)} and {last}" if others else last
