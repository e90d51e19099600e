"""Find out what a table looks like before reading its rows: its delimiter, its columns, the scale of its levels.

Usually the first two rows are enough. If the columns have no names, only the values show whether the label comes first
or last: rows are examined up to the thousandth label in the first column, and all of them if any row leaves a doubt.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.services.datasets.lines import Lines
from predictor.services.datasets.scales import FULL, Scale, scale_of
from predictor.services.datasets.tables import headers, text
from predictor.services.datasets.tables.headers import BY_PLACE, Columns
from predictor.services.datasets.tables.levels import MANY_TEXTS, Levels, Numbers, number
from predictor.training.data.labels import label_of
from predictor.training.errors import DatasetError

SEPARATOR: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # how Excel names the delimiter
MANY: Final = 10  # times as many
ENOUGH: Final = 1000  # rows whose first cell is a label, before one of those that speak against it
AGAINST: Final = {"first is a level", "last is a label"}


@dataclass(frozen=True)
class Form:
    """How to read the rows of a table."""

    delimiter: str
    columns: Columns
    first_line: int

    @property
    def may_have_decimal_commas(self) -> bool:
        return self.delimiter != ","

    def rows(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header, each with the number of its first line."""
        return (row for row in text.records(lines, self.delimiter, self.columns.width) if row[0] >= self.first_line)

    def levels(self, cells: list[str]) -> Sequence[str]:
        """The texts of an image's levels in a row that fits."""
        if len(self.columns.levels) > 1:
            return self.columns.pick(cells)
        return re.findall(r"[^\s,;\[\]()]+", cells[self.columns.levels[0]])

    def label(self, cells: list[str]) -> str:
        """The text of the label in a row that fits."""
        return self.text(cells, self.columns.label)

    def text(self, cells: list[str], place: int) -> str:
        """A cell, with a point for a decimal comma."""
        text = cells[place].strip()
        return text.replace(",", ".") if self.may_have_decimal_commas else text

    def preprocessing(self, cells: list[str]) -> float | None:
        """The preprocessing that an image of ours has gone through; None if unknown."""
        if self.columns.preprocessing is None:
            return None
        return number(cells[self.columns.preprocessing], comma=self.may_have_decimal_commas)


def form_of(lines: Callable[[], Lines]) -> Form | None:
    """The form of the table that `lines` reads from the start each time; None if it is blank.

    Raises:
        DatasetError: it is not clear what the columns hold; the error says why, and what was expected.
    """
    with closing(lines()) as some:
        start = _start(some)
    if start is None:
        return None
    delimiter, first_line, cells = start
    try:
        if not headers.is_header(cells):
            form = Form(delimiter, BY_PLACE, first_line)
        else:
            form = Form(delimiter, headers.columns_of(cells), first_line + 1)
        if form.columns.is_by_place:
            with closing(lines()) as some:
                _check_places(form, some)
    except DatasetError as error:
        raise DatasetError(f"{error} {headers.EXPECTED}") from error
    return form


def scale(form: Form, lines: Callable[[], Lines]) -> Scale:
    """The scale of its levels; raises DatasetError if it is not clear."""
    with closing(lines()) as some:
        return scale_of(_images(form, some), are_own=form.columns.preprocessing is not None)


def _start(lines: Iterator[str]) -> tuple[str, int, list[str]] | None:
    """The delimiter, the number of the first line that is not blank, and its cells."""
    delimiter = None
    for place, line in enumerate(lines, 1):
        if delimiter is None and (named := SEPARATOR.fullmatch(line)):
            delimiter = named[1]
        elif line.strip():
            names = line.lstrip("# ")  # NumPy writes them as a comment
            delimiter = delimiter or text.delimiter_of(names)
            return delimiter, place, text.cells(names, delimiter)
    return None


def _check_places(form: Form, lines: Lines) -> None:
    """Raises DatasetError if the first column does not look like labels, or the last looks as much like them.

    At the edge of an image, nearly all levels are those of the paper, like their neighbours. Rows that will be refused
    do not count.
    """
    seen: Counter[str] = Counter()
    numbers_rows, before = True, ""
    levels = Levels(FULL, comma=form.may_have_decimal_commas)
    for cells, (first, second, last_but_one, last) in _ends(form, lines):
        found = {f"first is a {_guess(first, second)}", f"last is a {_guess(last, last_but_one)}"}
        if not found.isdisjoint(AGAINST) and not levels.have([first, *form.levels(cells)]):
            continue
        numbers_rows = numbers_rows and first.isdecimal() and (not before or int(first) == int(before) + 1)
        before = first
        seen.update(found, rows=1)
        if seen["first is a label"] == ENOUGH and not any(seen[each] for each in AGAINST):
            return
    if numbers_rows and seen["first is a level"]:
        raise DatasetError("its first column seems to number the rows.")
    if seen["first is a level"] > seen["rows"] / 2:
        raise DatasetError("its first column looks like levels, not like labels.")
    may_be_last = seen["last is a label"] and seen["last is a level"] <= seen["rows"] / 2
    if may_be_last and seen["first is a label"] < MANY * seen["last is a label"]:
        if seen["first is a label"]:
            raise DatasetError("both its first and its last column look like labels.")
        raise DatasetError("its first column looks like levels, and its last like labels.")


def _ends(form: Form, lines: Lines) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """Rows that fit, with the first two and the last two of their cells."""
    places = form.columns.label, *(form.columns.levels[i] for i in (0, -2, -1))
    for _, cells in form.rows(lines):
        if form.columns.fit(cells):
            yield cells, tuple(form.text(cells, place) for place in places)


def _guess(cell: str, neighbour: str) -> str:
    """What a cell at the end of a row looks like. A zero may be either."""
    digit = label_of(cell)
    if digit == "0":
        return "zero"
    return "level" if digit is None or cell == neighbour else "label"


def _images(form: Form, lines: Lines) -> Iterator[NDArray[np.float64]]:
    """The images that hold a number which none before them held: the others cannot change the scale."""
    numbers = Numbers(comma=form.may_have_decimal_commas)
    for _, cells in form.rows(lines):
        if not form.columns.fit(cells):
            continue
        known = len(numbers)
        try:
            levels = list(map(numbers.__getitem__, form.levels(cells)))
        except KeyError:
            numbers.clear()  # what was learned from this row counts for nothing
            continue
        if len(numbers) > known or len(numbers) == MANY_TEXTS:
            yield np.array(levels)
