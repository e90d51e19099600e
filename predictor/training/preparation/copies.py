"""What is common to all that classifiers are trained on: which copies are of which drawings."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from predictor.training.preparation import reviewed

if TYPE_CHECKING:
    from predictor.training.data.labelled import Labelled

T = TypeVar("T")


class Prepared:
    """Drawings, and what is made of them for training.

    Attributes:
        drawings: n of them; the last `n_reviewed` are reviewed ones.
        augmented: copies of all n, then others: row r is of drawing r % n.
        validation: for early stopping and calibration; it may be empty.
        unlabelled: drawings that are not digits; their labels mean nothing.
        varied: further copies of the reviewed drawings, as `reviewed.vary` makes them.
    """

    drawings: "Labelled"
    augmented: "Labelled"
    validation: "Labelled"
    unlabelled: "Labelled"
    n_reviewed: int
    varied: "Labelled"

    @property
    def varied_share(self) -> float:
        """The share of what a classifier sees that `varied` has to be, in [0, 1): see `reviewed.share`."""
        return reviewed.missing_share(len(self.drawings), self.n_reviewed) if len(self.varied) else 0.0

    def copies_of(self, which: NDArray[np.intp]) -> NDArray[np.intp]:
        """The rows of `augmented`, (copies · k,), that are copies of the drawings in rows `which`, (k,)."""
        n = len(self.drawings)
        return (np.arange(0, len(self.augmented), n)[:, None] + which).ravel()

    def varied_of(self, which: NDArray[np.intp]) -> NDArray[np.intp]:
        """The rows of `varied`, copy by copy, that are copies of the drawings in rows `which`, (k,)."""
        copies = len(self.varied) // self.n_reviewed if self.n_reviewed else 0
        return reviewed.copies_of(which, len(self.drawings), self.n_reviewed, copies)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` returns, made at the first call with this name and kept as long as these data are."""
        kept: dict[str, T] = vars(self).setdefault("_kept", {})
        if name not in kept:
            kept[name] = make()
        return kept[name]
