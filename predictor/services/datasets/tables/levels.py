"""Grey levels in the cells of a table."""

import re
from collections import deque
from collections.abc import Iterable
from typing import Final

from predictor.services.datasets.scales import FULL, ROUNDING, Scale

MANY_TEXTS: Final = 50_000
_number = re.compile(r"[+-]?(?:\d{1,20}\.?\d{0,40}|\.\d{1,40})(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


class Numbers(dict[str, float]):
    """The number that a text stands for; a KeyError if there is none.

    Texts are remembered: a file has some hundreds of different ones in millions of cells.
    """

    def __init__(self, *, comma: bool) -> None:
        """See `number` for the comma."""
        super().__init__()
        self._comma = comma

    def __missing__(self, text: str) -> float:
        value = number(text, comma=self._comma)
        if value is None:
            raise KeyError(text)
        if len(self) < MANY_TEXTS:
            self[text] = value
        return value


class Levels(dict[str, int]):
    """The level, 0 to 255, that a text stands for; a KeyError if there is none."""

    def __init__(self, scale: Scale, *, comma: bool) -> None:
        super().__init__({str(level): level for level in range(FULL + 1)} if scale == FULL else {})
        self._numbers, self.scale = Numbers(comma=comma), scale

    def __missing__(self, text: str) -> int:
        value = self._numbers[text]
        if not 0 <= value <= self.scale * ROUNDING:
            raise KeyError(text)
        level = min(int(value * (FULL / self.scale) + 0.5), FULL)
        if len(self) < MANY_TEXTS:
            self[text] = level
        return level

    def have(self, texts: Iterable[str]) -> bool:
        """Whether each of these stands for a level."""
        try:
            deque(map(self.__getitem__, texts), maxlen=0)
        except KeyError:
            return False
        return True


def number(text: str, *, comma: bool) -> float | None:
    """The number that a text stands for, or None for NaN, infinity, digits of other scripts and anything else.

    With `comma`, a comma may be the decimal point.
    """
    plain = text.strip()
    if comma:
        plain = plain.replace(",", ".")
    return float(plain) if _number.fullmatch(plain) else None
