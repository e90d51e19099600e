"""How other programs write a label."""

import re
from typing import Final

NOT_A_DIGIT: Final = "x"
_digit = re.compile(r"([0-9])(?:\.0*)?(?:e[+-]?0+)?", re.ASCII | re.IGNORECASE)


def label_of(text: str) -> str | None:
    """The label that a text stands for: "0" to "9", or "x" for a drawing that is not a digit; None if for neither.

    Spreadsheets and pandas turn 7 into 7.0 where a column has gaps, and NumPy writes 7.000e+00. Other numbers, such as
    7.5, are not labels.
    """
    text = text.strip()
    if text == NOT_A_DIGIT:
        return text
    found = _digit.fullmatch(text)
    return found[1] if found else None
