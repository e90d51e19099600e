"""Histograms with fixed bins, so that any two of a measure can be compared, whenever they were counted.

The edges are rounded deciles of what version 4 was trained on (MNIST and redrawn pen strokes), but for `size` and
`confidence`, whose edges are round numbers. A bin is [low, high); the first and the last one are open.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]  # (bins,)

EDGES: Final[Mapping[str, tuple[float, ...]]] = {
    "ink": (0.06, 0.08, 0.10, 0.12, 0.14, 0.16, 0.18, 0.20, 0.23),  # mean level of the pixels, 0 to 1
    "width": (1.7, 2.0, 2.3, 2.6, 3.0, 3.4, 3.9, 4.5, 5.5),  # pixels of 28
    "slant": (-20, -12, -7, -3, 0, 4, 8, 13, 20),  # degrees to the right
    "size": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),  # longer side, relative to the canvas'
    "confidence": (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999),  # highest probability
}
VERDICTS: Final = ("digit", "unsure", "not_a_digit")
CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {"digits": tuple("0123456789"), "verdicts": VERDICTS}


def bins_of(measure: str) -> int:
    return len(CATEGORIES[measure]) if measure in CATEGORIES else len(EDGES[measure]) + 1


def count(measure: str, values: ArrayLike) -> Counts:
    """How many of the values fall into each bin of a measure; of `digits` and `verdicts`, values are positions."""
    given = np.asarray(values)
    which = given.astype(np.intp) if measure in CATEGORIES else np.searchsorted(EDGES[measure], given, side="right")
    counts: Counts = np.bincount(which, minlength=bins_of(measure)).astype(np.int64)
    return counts


def to_json(measure: str, counts: Counts) -> dict[str, Any]:
    """With what the bins are, so that a file says it by itself."""
    bins = {"bins": CATEGORIES[measure]} if measure in CATEGORIES else {"edges": EDGES[measure]}
    return {**bins, "counts": counts.tolist(), "n": int(counts.sum())}


def from_json(measure: str, value: Mapping[str, Any]) -> Counts:
    """What `to_json` wrote.

    Raises:
        ValueError: the bins are others than those of today, or the counts are no counts.
        KeyError, TypeError: it has another form.
    """
    known = to_json(measure, np.zeros(bins_of(measure), np.int64))
    for key in ("bins", "edges"):
        if list(value.get(key, ())) != list(known.get(key, ())):
            raise ValueError(f"the bins of {measure} are not those of today")
    counts = value["counts"]
    if len(counts) != bins_of(measure) or any(type(each) is not int or each < 0 for each in counts):
        raise ValueError(f"the counts of {measure} are not {bins_of(measure)} numbers")
    return np.array(counts, np.int64)
