"""What one run learns from: drawings, variations of them, and drawings that stop and calibrate."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from predictor.ml.artifacts import KINDS
from predictor.ml.images import SIDE, Pixels
from predictor.training.augment import multiply
from predictor.training.dataset import EMPTY, Dataset
from predictor.training.progress import Progress, silent

FIXED: Final = 100_000  # variations in all for the networks,
PER_DRAWING: Final = 5  # and so many more of each drawing
VIRTUAL: Final = 9  # of each drawing for the SVM, at most: see `svm`
NO_OUTLIERS: Final = np.zeros((0, SIDE, SIDE), np.uint8)


def copies_for(kinds: Collection[str], n: int, epochs: int | None = None) -> int:
    """How many variations of each of `n` drawings are enough to train all of `kinds`, svm, mlp or cnn.

    `epochs` is the networks' number, instead of the usual one; the SVM knows no epochs.
    """
    usual = -(-FIXED // max(n, 1)) + PER_DRAWING
    return max(min(VIRTUAL, usual) if kind == "svm" else epochs or usual for kind in kinds)


@dataclass(frozen=True)
class Material:
    """`variations[r]` is a variation of `drawings[r % n]`, uint8 (copies · n, 28, 28).

    `validation` may be empty: then folds of the drawings take its place. `outliers`, uint8 (m, 28, 28), are no digits.
    """

    drawings: Dataset
    variations: Dataset
    validation: Dataset = EMPTY
    outliers: Pixels = field(default_factory=lambda: NO_OUTLIERS)

    @classmethod
    def prepare(
        cls,
        drawings: Dataset,
        validation: Dataset = EMPTY,
        outliers: Pixels = NO_OUTLIERS,
        *,
        seed: int,
        copies: int | None = None,
        progress: Progress = silent,
    ) -> Self:
        """Vary the drawings, `copies` times each, by default as often as is enough for every kind.

        Raises:
            DatasetError: a digit has fewer than two drawings, there or in the validation set, if there is one.
        """
        drawings.require_all_classes()
        if len(validation):
            validation.require_all_classes()
        copies = copies or copies_for(KINDS, len(drawings))
        return cls(drawings, multiply(drawings, copies, seed=seed, progress=progress), validation, outliers)

    def first(self, copies: int) -> Self:
        """The same with the first `copies` variations of each drawing, or with as many as there are."""
        end = copies * len(self.drawings)
        return replace(self, variations=Dataset(self.variations.pixels[:end], self.variations.labels[:end]))

    def of(self, which: NDArray[np.intp]) -> NDArray[np.intp]:
        """Where the variations of the drawings `which`, (k,), are: (copies · k,)."""
        n = len(self.drawings)
        return (np.arange(0, len(self.variations), n)[:, None] + which).ravel()
