"""The text of a table: its lines, and the cells of each row."""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from predictor.ml.images import SIDE
from predictor.services.datasets.lines import Lines, read_lines

MAX_LINE: Final = 65_536  # characters; 785 numbers in full precision take 20,000
MAX_LINES: Final = 100  # of one row; NumPy prints an image on fifty
DELIMITERS: Final = ("\t", ";", "|", ",", " ")


@contextmanager
def opened(path: Path) -> Iterator[Callable[[], Lines]]:
    """Give a function that reads the lines of a file from the start each time; one reading must end before the next."""
    with path.open("rb") as file:
        yield partial(read_lines, file, MAX_LINE)


def delimiter_of(line: str) -> str:
    """The delimiter of a line: the character that makes a whole row of it, or else the most cells.

    The comma comes late, because it may be the decimal point.
    """
    counts = {each: len(cells(line, each)) for each in DELIMITERS}
    whole = [each for each, count in counts.items() if count > SIDE * SIDE]
    return whole[0] if whole else max(counts, key=lambda each: (counts[each], each == ","))


def cells(line: str, delimiter: str) -> list[str]:
    """The cells of a line that is a row of its own."""
    return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])


def records(lines: Iterator[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row that is not blank, with the number of its first line.

    A quoted cell may span several lines. But a quote that is never closed, or closed by one of a later row, would
    swallow rows; so lines are joined only if they make one row of the right width.
    """
    waiting: deque[str] = deque()
    number = 1
    while True:
        taken: list[str] = []
        found = _joined(waiting, lines, taken, delimiter, width)
        if not taken:
            return
        if found is None:
            waiting.extendleft(reversed(taken[1:]))
            del taken[1:]
            found = cells(taken[0], delimiter)
        if any(map(str.strip, found)):
            yield number, found
        number += len(taken)


def _joined(
    waiting: deque[str], lines: Iterator[str], taken: list[str], delimiter: str, width: int
) -> list[str] | None:
    """The cells of the next row, whose lines are put into `taken`; None if they do not make one row."""
    most = 2 * max(width - 1, SIDE * SIDE)  # delimiters; this many make two rows
    delimiters = 0

    def feed() -> Iterator[str]:
        nonlocal delimiters
        while len(taken) < MAX_LINES and delimiters < most:
            line = waiting.popleft() if waiting else next(lines, None)
            if line is None:
                return
            taken.append(line)
            delimiters += line.count(delimiter)
            yield line

    try:
        found = next(csv.reader(feed(), delimiter=delimiter, skipinitialspace=True, strict=True), [])
    except csv.Error:
        return None
    return found if len(taken) == 1 or (len(found) == width and delimiters < most) else None
