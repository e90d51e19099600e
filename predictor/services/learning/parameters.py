"""What a run is asked to do, as plain JSON in its row."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from predictor.services.answering.champions import KINDS
from predictor.services.learning.bases import BASES
from predictor.services.learning.retrain import Recipe

SEEDS: Final = range(2**31 + 1)
FOLDS: Final = range(2, 11)
EPOCHS: Final = range(1, 10_001)
ROBUSTNESS: Final = range(1, 9_941)


class UnknownChoice(Exception):
    """There is nothing of that name; the message says what there is."""

    def __init__(self, field: str, name: object, choices: Sequence[str]) -> None:
        self.field = field
        super().__init__(f"There is no {field.removesuffix('s')} {str(name)[:40]!r}: there is {', '.join(choices)}.")


def written(recipe: Recipe, kinds: Sequence[str]) -> dict[str, Any]:
    """The parameters of a run."""
    strokes = None if recipe.strokes is None else str(recipe.strokes)
    return dataclasses.asdict(recipe) | {"strokes": strokes, "kinds": list(dict.fromkeys(kinds))}


def read(parameters: Mapping[str, Any]) -> tuple[Recipe, list[str]]:
    """The recipe and the kinds that parameters name; what they leave out has its default.

    Raises:
        UnknownChoice: a kind or the base is unknown.
    """
    kinds = list(dict.fromkeys(parameters.get("kinds") or KINDS))
    base = parameters.get("base") or None
    for field, given, choices in [("base", base, BASES), *(("kinds", kind, KINDS) for kind in kinds)]:
        if given is not None and given not in choices:
            raise UnknownChoice(field, given, choices)
    given = {each.name: parameters[each.name] for each in dataclasses.fields(Recipe) if each.name in parameters}
    if given.get("strokes") is not None:
        given["strokes"] = Path(given["strokes"])
    return Recipe(**given | {"base": base}), kinds
