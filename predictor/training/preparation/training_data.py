"""What the classifiers of one run are trained on: drawings, augmented copies, a validation set and outliers."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np

from predictor.ml.images import SIDE, Pixels
from predictor.ml.kinds import PIXEL_KINDS
from predictor.training.augmentation.augment import augment, ranges_for
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.preparation.copies import Prepared
from predictor.training.progress import Progress, no_progress

FIXED: Final = 200_000  # augmented copies for the networks, however many drawings there are,
PER_DRAWING: Final = 4  # and so many more of each drawing
STARTED: Final = 400_000  # augmented copies for a network that goes on from weights, whatever the drawings
VIRTUAL: Final = 40  # augmented copies of a drawing for the SVM, at most: see `classifiers.svm`
NO_OUTLIERS: Final = np.zeros((0, SIDE, SIDE), np.uint8)


def copies_needed(kinds: Collection[str], n: int, epochs: int | None = None, *, started: Collection[str] = ()) -> int:
    """How many augmented copies of each of `n` drawings are needed to train all of `kinds`: svm, mlp or cnn.

    `epochs` replaces the default number; the SVM takes VIRTUAL at most. Those of `started` go on from weights.
    """
    default = -(-FIXED // max(n, 1)) + PER_DRAWING
    short = min(default, -(-STARTED // max(n, 1)))

    def needed(kind: str) -> int:
        if kind == "svm":
            return min(VIRTUAL, epochs or (short if started else default))
        return epochs or (short if kind in started else default)

    return max(map(needed, kinds))


@dataclass(frozen=True)
class TrainingData(Prepared):
    """`augmented`, (copies · n, 28, 28), holds copies of all n drawings, then others: row r is of drawing r % n.

    `validation` may be empty: then cross-validation on the drawings takes its place. `outliers`, uint8 (m, 28, 28), are
    not digits.

    The last `n_reviewed` of the drawings are reviewed ones, and `varied` holds further copies of these, as
    `reviewed.vary` makes them.
    """

    drawings: Dataset
    augmented: Dataset
    validation: Dataset = EMPTY
    outliers: Pixels = field(default_factory=lambda: NO_OUTLIERS)
    n_reviewed: int = 0
    varied: Dataset = EMPTY

    @classmethod
    def prepare(
        cls,
        drawings: Dataset,
        validation: Dataset = EMPTY,
        outliers: Pixels = NO_OUTLIERS,
        *,
        seed: int,
        copies: int | None = None,
        n_reviewed: int = 0,
        varied: Dataset = EMPTY,
        progress: Progress = no_progress,
    ) -> Self:
        """Augment the drawings: `copies` of each, by default as many as every kind needs.

        Raises:
            DatasetError: the drawings, or the validation set if there is one, have fewer than two of a digit.
        """
        drawings.require_all_classes()
        if len(validation):
            validation.require_all_classes()
        copies = copies or copies_needed(PIXEL_KINDS, len(drawings))
        augmented = augment(drawings, copies, seed=seed, ranges=ranges_for(len(drawings)), progress=progress)
        return cls(drawings, augmented, validation, outliers, n_reviewed, varied)

    @property
    def unlabelled(self) -> Dataset:  # type: ignore[override]
        """The outliers; their labels mean nothing."""
        return Dataset(self.outliers, np.zeros(len(self.outliers), np.uint8))

    def limited_to(self, copies: int) -> Self:
        """The same with at most the first `copies` augmented copies of each drawing."""
        end = copies * len(self.drawings)
        if end >= len(self.augmented):
            return self
        return replace(self, augmented=Dataset(self.augmented.pixels[:end], self.augmented.labels[:end]))
