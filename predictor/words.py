"""An answer in words. The twin of static/js/words.js; tests/words.json holds both to the same sentences."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

Reply: TypeAlias = Mapping[str, Any]  # as `PredictResponse` describes it

COUNTS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LEADS: Final = {"unsure": "Not sure.", "not_a_digit": "This does not look like a digit."}


def percent(share: float) -> str:
    """Per cent of a share in [0, 1] in whole numbers. No model is certain: none reads 100."""
    whole = math.floor(share * 100 + 0.5)  # as JavaScript rounds
    return ">99" if whole == 100 else str(whole)


def consensus_sign(reply: Reply) -> str:
    """The large sign: the digit, a doubted digit, or none."""
    if reply["verdict"] == "not_a_digit":
        return "?"
    return f"{reply['prediction']}?" if reply["verdict"] == "unsure" else str(reply["prediction"])


def verdict_words(reply: Reply) -> str:
    """One to three sentences."""
    opinions = _opinion_words(reply["models"])
    forced = f"forced to choose, {opinions}" if reply["verdict"] == "not_a_digit" else opinions
    lead = LEADS.get(reply["verdict"]) or _balance_words(reply)
    sentences = (lead, f"{forced[0].upper()}{forced[1:]}.", _silence_words(reply["models"]))
    return " ".join(filter(None, sentences))


def _opinion_words(models: Reply) -> str:
    """Such as "all three say 3", or "CNN and MLP say 7, SVM says 1"."""
    camps = _camps(models)
    if not camps:
        return "no model could answer"
    digit, kinds = camps[0]
    if len(camps) == 1 and len(kinds) > 2:
        return f"all {COUNTS[len(kinds)]} say {digit}"
    if len(camps) == 1 and len(kinds) == 2:
        return f"{_list(kinds)} both say {digit}"
    return ", ".join(f"{_list(kinds)} {'say' if len(kinds) > 1 else 'says'} {digit}" for digit, kinds in camps)


def _balance_words(reply: Reply) -> str:
    """Where one that is certain outweighs two that are torn."""
    camps = _camps(reply["models"])
    outweighed = camps and len(camps[0][1]) > 1 and camps[0][0] != reply["prediction"]
    return f"On balance {reply['prediction']}." if outweighed else ""


def _silence_words(models: Reply) -> str:
    silent = [kind for kind, said in models.items() if "error" in said]
    return f"{_list(silent)} {'are' if len(silent) > 1 else 'is'} not available." if silent else ""


def _camps(models: Reply) -> list[tuple[int, list[str]]]:
    """Who says the same, the largest camp first."""
    camps: dict[int, list[str]] = {}
    for kind, said in models.items():
        if "error" not in said:
            camps.setdefault(said["prediction"], []).append(kind)
    return sorted(camps.items(), key=lambda camp: -len(camp[1]))


def _list(kinds: Iterable[str]) -> str:
    *others, last = (kind.upper() for kind in kinds)
    return f"{', '.join(others)} and {last}" if others else last
