"""What a run learns from besides the labels: by default, what the champions have learned from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from django.conf import settings

from predictor.services.answering.champions import STROKE_KINDS, champions

BASES: Final = ("mnist500", "mnist")  # the smallest first
STROKES: Final = "strokes"  # what a base is called after a plus sign, if there are pen strokes in it
FETCHED: Final = "var/strokes/pendigits-train.jsonl.gz"  # where `fetch_strokes` puts them


def chosen(
    base: str | None, strokes: Path | None, kinds: Sequence[str], report: Callable[[str], None]
) -> tuple[str, Path | None]:
    """The base and the file of strokes of a run.

    Args:
        base: one of `BASES`; None for that of the champions of these kinds, the largest if they differ.
        strokes: a file; None for the one that was fetched, where the champions' base has strokes, or all of these kinds
            read strokes.
        kinds: of the classifiers to train.
        report: called with a line if strokes that belong to the base are left out.
    """
    if strokes is None and {*kinds} <= {*STROKE_KINDS}:
        strokes = _fetched()
    if base is not None:
        return base, strokes
    found = [each.sidecar.base.split("+") for kind, each in champions().classifiers.items() if kind in kinds]
    base = max((name for name, *_ in found if name in BASES), key=BASES.index, default=BASES[0])
    if strokes is None and any(STROKES in parts for _, *parts in found):
        if fetched := _fetched():
            return base, fetched
        report("The champions have learned from pen strokes, too: left out, until `manage.py fetch_strokes` is run.")
    return base, strokes


def _fetched() -> Path | None:
    """The strokes that `fetch_strokes` wrote, if it did."""
    path: Path = settings.BASE_DIR / FETCHED
    return path if path.is_file() else None
