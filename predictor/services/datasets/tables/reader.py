"""Read tables, ours and those of other programs: columns in any order, found by their names."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np

from predictor.ml.images import SIDE
from predictor.services.datasets.rows import Picture, Refusal
from predictor.services.datasets.tables import survey, text
from predictor.services.datasets.tables.headers import AREA, names_levels
from predictor.services.datasets.tables.levels import Levels
from predictor.services.datasets.tables.survey import Form
from predictor.training.errors import DatasetError


def read(path: Path) -> Iterator[Picture | Refusal]:
    """Raises DatasetError before any row is read if it is not clear what the columns hold."""
    with text.opened(path) as lines:
        try:
            form = survey.form_of(lines)
            if form is None:
                return
            levels = Levels(survey.scale(form, lines), comma=form.may_have_decimal_commas)
        except DatasetError as error:
            raise DatasetError(f"{path}: {error}") from error
        with closing(lines()) as some:
            yield from _pictures(form, levels, form.rows(some))


def _pictures(form: Form, levels: Levels, rows: Iterator[tuple[int, list[str]]]) -> Iterator[Picture | Refusal]:
    """If tables were concatenated, everything from the second header on is refused."""
    for number, cells in rows:
        picture = _picture(f"line {number}", form, levels, cells)
        if isinstance(picture, Refusal) and names_levels(cells):
            rest = sum(1 for _ in rows)
            yield Refusal(f"line {number} and what follows", "it names the columns again", count=1 + rest)
            return
        yield picture


def _picture(name: str, form: Form, levels: Levels, cells: list[str]) -> Picture | Refusal:
    if not form.columns.fit(cells):
        return Refusal(name, f"it has {len(cells)} columns, not {form.columns.width}")
    found = form.levels(cells)
    if len(found) != AREA:
        return Refusal(name, f"it has {len(found)} levels, not {AREA}")
    try:
        pixels = bytes(map(levels.__getitem__, found))
    except KeyError as error:
        return Refusal(name, f"{error.args[0][:20]!r} is not a level from 0 to {levels.scale}")
    gray = np.frombuffer(pixels, np.uint8).reshape(SIDE, SIDE)
    return Picture(name, form.label(cells), gray, form.preprocessing(cells))
