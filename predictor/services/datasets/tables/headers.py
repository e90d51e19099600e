"""What the header of a table says: which column holds the label, and which each of the 784 levels.

Names count, not positions: other programs put the label last, sort the columns by name, or put an index first.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from operator import itemgetter
from typing import Final

from predictor.ml.images import SIDE
from predictor.training.errors import DatasetError

AREA: Final = SIDE * SIDE
LABEL: Final = "label"  # if there is one, no other name means the label
OTHER_LABELS: Final = {"labels", "class", "classes", "digit", "digits", "target", "targets", "y"}
WHOLE_IMAGE: Final = {"pixels", "pixel", "image", "images", "img", "levels"}
PREPROCESSING: Final = "preprocessing"
ROW: Final = {"r", "row", "y", "i"}
COLUMN: Final = {"c", "col", "column", "x", "j"}
EXPECTED: Final = (
    f"Expected: a column named label, class, digit, target or y, and {AREA} named pixel0 to pixel{AREA - 1}, pixel1 "
    f"to pixel{AREA} or 1x1 to {SIDE}x{SIDE}, in any order; or no names, the label first and then {AREA} levels."
)

Key = tuple[str, ...]  # what the names of a group have in common
Places = dict[tuple[int, int], list[int]]  # places of columns by the numbers in their names; 0 and one number, or two

_one_number = re.compile(r"(|.*\D)(\d{1,4})", re.ASCII)
_two_numbers = re.compile(r"(\D*)(\d{1,2})(\D+)(\d{1,2})(\D*)", re.ASCII)
_value = re.compile(r"[-+.,\de]*|nan", re.ASCII)
_complete: list[set[tuple[int, int]]] = [
    *({(0, i) for i in range(first, first + AREA)} for first in (0, 1)),
    *({*product(range(first, first + SIDE), range(first, first + SIDE))} for first in (0, 1)),
]


@dataclass(frozen=True)
class Columns:
    """Positions of columns. `levels` are 784, row by row from the top left, or one column with the whole image."""

    width: int
    label: int
    levels: tuple[int, ...]
    preprocessing: int | None = None
    is_last_blank: bool = False
    is_by_place: bool = False

    @cached_property
    def pick(self) -> Callable[[Sequence[str]], Sequence[str]]:
        """Takes the levels out of a row; for those that stand in their order, a slice is three times as fast."""
        first, last = self.levels[0], self.levels[-1]
        in_order = self.levels == tuple(range(first, last + 1))
        return itemgetter(slice(first, last + 1)) if in_order else itemgetter(*self.levels)

    def fit(self, cells: Sequence[str]) -> bool:
        """Whether these are the cells of a row; blank cells may be added or missing at its end."""
        more = len(cells) - self.width
        return more == 0 or (more == -1 and self.is_last_blank) or (more > 0 and not any(cells[self.width :]))


BY_PLACE: Final = Columns(1 + AREA, 0, tuple(range(1, 1 + AREA)), is_by_place=True)


def is_header(cells: Sequence[str]) -> bool:
    """Whether the first row of a table names its columns; if there are few, only words can show it."""
    names = [_plain(cell) for cell in cells]
    if len(cells) <= AREA:
        return sum(any(map(str.isalpha, name)) for name in names) > len(cells) / 2 or LABEL in names
    return names_levels(cells) or (_are_many(names) and not {"256", "512", "783"}.isdisjoint(names))


def names_levels(cells: Sequence[str]) -> bool:
    """Whether a row names 784 levels and does not hold their values: an image repeats many of the 256 levels."""
    names = [_plain(cell) for cell in cells]
    words = sum(not _value.fullmatch(name) for name in names)
    return _are_many(names) and (words > len(names) / 2 or not {LABEL, *OTHER_LABELS}.isdisjoint(names))


def columns_of(cells: Sequence[str]) -> Columns:
    """The columns that a header names; raises DatasetError if they are not one label and 784 levels."""
    names = [_plain(cell) for cell in cells]
    groups = _groups(names)
    if by_place := _numbered_throughout(names, groups):
        return by_place
    label = _label(names)
    whole = [key for key, places in groups.items() if set(places) in _complete]
    images = [_in_raster_order(key, groups[key]) for key in whole]
    if len(names) <= AREA:
        images = [(place,) for place, name in enumerate(names) if name in WHOLE_IMAGE]
    if not images:
        raise DatasetError(_flaw(names, groups))
    if len(images) > 1:
        raise DatasetError("it names more than one image.")
    preprocessing = names.index(PREPROCESSING) if names.count(PREPROCESSING) == 1 else None
    return Columns(len(names), label, images[0], preprocessing, is_last_blank=not names[-1])


def _are_many(names: Sequence[str]) -> bool:
    return len(set(names)) > 256 + 1


def _plain(name: str) -> str:
    return name.strip("\ufeff \t\r\n\"'`").casefold()


def _groups(names: Sequence[str]) -> dict[Key, Places]:
    groups: dict[Key, Places] = defaultdict(lambda: defaultdict(list))
    for place, name in enumerate(names):
        if found := _one_number.fullmatch(name):
            groups[found[1],][0, int(found[2])].append(place)
        if found := _two_numbers.fullmatch(name):
            groups[found[1], found[3], found[5]][int(found[2]), int(found[4])].append(place)
    return groups


def _numbered_throughout(names: Sequence[str], groups: Mapping[Key, Places]) -> Columns | None:
    """The names that pandas and R give 785 columns without names: 0 to 784, or V1 to V785."""
    for places in groups.values():
        numbers = [number for _, number in places]
        if len(places) == 1 + AREA and numbers == [*range(numbers[0], numbers[0] + 1 + AREA)] and numbers[0] in {0, 1}:
            label, *levels = (place for (place, *_) in places.values())
            if not {LABEL, *OTHER_LABELS} & {*names}:
                return Columns(len(names), label, tuple(levels), is_last_blank=not names[-1], is_by_place=True)
    return None


def _label(names: Sequence[str]) -> int:
    for known in ({LABEL}, OTHER_LABELS):
        places = [place for place, name in enumerate(names) if name in known]
        if len(places) > 1:
            raise DatasetError(f"it names the label twice: {', '.join(repr(names[place]) for place in places)}.")
        if places:
            return places[0]
    raise DatasetError("it names no label.")


def _in_raster_order(key: Key, places: Places) -> tuple[int, ...]:
    """Raises DatasetError if a level has two columns, or if rows and columns cannot be told apart."""
    if twice := next((numbers for numbers, found in places.items() if len(found) > 1), None):
        raise DatasetError(f"it names {_name(key, twice)} twice.")
    order = sorted(places, key=lambda numbers: numbers[::-1]) if _is_column_first(key, places) else sorted(places)
    return tuple(places[numbers][0] for numbers in order)


def _is_column_first(key: Key, places: Places) -> bool:
    """Whether the first of two numbers is the column: in x0y0 it is; 1x1 does not say, and means row by column."""
    if len(key) == 1:
        return False
    first, second = (re.sub(r"[^a-z]+", " ", part).split()[-1:] for part in key[:2])
    if {*first} & COLUMN and {*second} & ROW:
        return True
    if not ({*first} & ROW and {*second} & COLUMN) and second not in ([], ["x"]):
        raise DatasetError(f"it does not say which number in {_name(key, next(iter(places)))} is the row.")
    steps = Counter((a == c, b == d) for (a, b), (c, d) in pairwise(places))
    if not {*first} & ROW and steps[False, True] > steps[True, False]:
        raise DatasetError(f"its names, as {_name(key, next(iter(places)))}, seem to go down the columns.")
    return False


def _flaw(names: Sequence[str], groups: Mapping[Key, Places]) -> str:
    """What is wrong if no group of names is complete."""
    key = max(groups, key=lambda key: len(groups[key]), default=("",))
    places = groups.get(key, {})
    if len(places) <= AREA / 2:
        return f"it has {len(names)} columns, not a label and {SIDE}×{SIDE} levels."
    if len(places) > AREA:
        return f"it names {len(places)} levels, not {AREA}."
    lacking = min((whole - places.keys() for whole in _complete), key=len)
    return f"it names no {_name(key, min(lacking))}."


def _name(key: Key, numbers: tuple[int, int]) -> str:
    """In quotes, as it comes from the file and might move a terminal's cursor."""
    if len(key) == 1:
        return repr(f"{key[0]}{numbers[1]}")
    return repr(f"{key[0]}{numbers[0]}{key[1]}{numbers[1]}{key[2]}")
