"""The splits of a training run: of the ancestor's 500 images, of all of MNIST, and of either with pen strokes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import Pixels
from predictor.ml.kinds import ALL
from predictor.training.augmentation.redraw import redraw
from predictor.training.data.dataset import EMPTY, Dataset, Mnist, is_validation
from predictor.training.data.strokes import Drawing, draw
from predictor.training.errors import DatasetError
from predictor.training.outliers.outliers import outliers
from predictor.training.preparation.strokes import StrokeSplits
from predictor.training.preparation.training_data import NO_OUTLIERS, TrainingData, copies_needed
from predictor.training.preparation.writers import split_by_writer
from predictor.training.progress import Progress, no_progress

PENS: Final = (12.0, 18.0, 26.0)  # widths with which the strokes for validation and evaluation are drawn
OUTLIERS: Final = 12_000


@dataclass(frozen=True, eq=False)
class Splits:
    """The datasets of one run, and the name of the base that they were made from.

    Classifiers are trained on `training`; `validation`, unless it is empty, is for early stopping and calibration;
    `held_out` decides whether the challenger becomes champion; `test` is for reporting only. `held_out_sets` are the
    parts of `held_out` by name, one after another; it is empty where there is only one part. The last `n_reviewed`
    drawings of `training` are reviewed ones, and `varied` holds copies of these: see `reviewed.vary`. `strokes` is for
    the kinds that read strokes, which learn nothing from the rest; None where there are none.
    """

    base: str
    training: Dataset
    held_out: Dataset
    test: Dataset
    validation: Dataset = EMPTY
    outliers: Pixels = field(default_factory=lambda: NO_OUTLIERS)
    held_out_sets: Mapping[str, Dataset] = field(default_factory=dict)
    n_reviewed: int = 0
    varied: Dataset = EMPTY
    strokes: StrokeSplits | None = None

    @property
    def shown(self) -> Dataset:
        """What the figures of a card show."""
        return self.test

    @property
    def pictures(self) -> Pixels:
        """The held-out drawings for people, uint8 (n, 28, 28)."""
        return self.held_out.pixels

    @property
    def counts(self) -> dict[str, Any]:
        """What a sidecar says of them."""
        return {
            "digest": self.training.digest,
            "n": len(self.training),
            "class_counts": self.training.class_counts,
            "validation": len(self.validation),
            "outliers": len(self.outliers),
            "reviewed": self.n_reviewed,
            "varied": len(self.varied),
            "held_out_digest": self.held_out.digest,
        }

    @property
    def parts(self) -> dict[str, slice]:
        """Where each part of `held_out` stands in it, by name; without parts all of it is MNIST's."""
        ends = np.cumsum([len(each) for each in self.held_out_sets.values()]).tolist()
        found = {
            name: slice(end - len(self.held_out_sets[name]), end)
            for name, end in zip(self.held_out_sets, ends, strict=True)
        }
        return found or {"held_out_mnist": slice(0, len(self.held_out))}

    @property
    def held_out_drawings(self) -> NDArray[np.intp]:
        """Which drawing each of `held_out` renders, (n,): each stroke drawing is there once for each of PENS."""
        drawings = np.arange(len(self.held_out))
        part = self.parts.get("held_out_strokes", slice(0, 0))
        n = (part.stop - part.start) // len(PENS)
        drawings[part] = part.start + np.tile(np.arange(n), len(PENS))
        return drawings

    @property
    def site_labels(self) -> list[int]:
        """How many reviewed drawings of each digit there are, for training or held out: ten numbers."""
        training = self.training[np.arange(len(self.training) - self.n_reviewed, len(self.training))]
        return (training + self.held_out_sets.get("held_out_drawn", EMPTY)).class_counts

    def read_by(self, kind: str) -> "Splits | StrokeSplits":
        """What a kind is trained and judged on.

        Raises:
            DatasetError: it reads strokes, and there are none.
            ValueError: there is no such kind.
        """
        if kind not in ALL:
            raise ValueError(f"There is no kind {kind!r}.")
        if ALL[kind].reads == "pixels":
            return self
        if self.strokes is None:
            raise DatasetError(f"The {kind} reads strokes, and there are none to train it on.")
        return self.strokes

    def require_all_classes(self) -> None:
        """Raise DatasetError if there are too few drawings of a digit to train on, or for a validation set."""
        self.training.require_all_classes()
        if len(self.validation):
            self.validation.require_all_classes()

    def prepared(
        self,
        kinds: Collection[str],
        *,
        seed: int,
        epochs: int | None = None,
        started: Collection[str] = (),
        progress: Progress = no_progress,
    ) -> TrainingData:
        """What classifiers of these kinds are trained on; see `copies_needed` and `TrainingData.prepare`."""
        copies = copies_needed(kinds, len(self.training), epochs, started=started)
        return self.training_data(seed=seed, copies=copies, progress=progress)

    def training_data(self, *, seed: int, copies: int | None = None, progress: Progress = no_progress) -> TrainingData:
        """What the classifiers are trained on; see `TrainingData.prepare`."""
        return TrainingData.prepare(
            self.training,
            self.validation,
            self.outliers,
            seed=seed,
            copies=copies,
            n_reviewed=self.n_reviewed,
            varied=self.varied,
            progress=progress,
        )


def mnist500(mnist: Mnist) -> Splits:
    """The ancestor's 500 images for training, and nothing else, not even a validation set."""
    return Splits("mnist500", mnist.mnist500(), mnist.held_out, mnist.test)


def full_mnist(mnist: Mnist) -> Splits:
    """MNIST's 60,000 training images: one in ten is held out, and one in twenty of the others is for validation."""
    validation = is_validation(mnist.training)
    return Splits("mnist", mnist.training[~validation], mnist.held_out, mnist.test, mnist.training[validation])


def with_strokes(splits: Splits, drawings: Sequence[Drawing], *, seed: int, progress: Progress = no_progress) -> Splits:
    """Add about as many redrawn pen strokes to the training images, and outliers for outlier exposure.

    No writer is in more than one of the training, validation and held-out sets.

    Raises:
        DatasetError: there are fewer than three writers.
    """
    train, *others = split_by_writer(drawings)
    copies = max(1, round(len(splits.training) / len(train)))
    validation, held_out = (sum((draw(some, pen=pen) for pen in PENS), EMPTY) for some in others)
    return replace(
        splits,
        base=f"{splits.base}+strokes",
        training=splits.training + redraw(train, copies, seed=seed, progress=progress),
        held_out=splits.held_out + held_out,
        validation=splits.validation + validation,
        outliers=outliers(OUTLIERS, seed=seed, digits=[drawing.lines for drawing in train]),
        held_out_sets={"held_out_mnist": splits.held_out, "held_out_strokes": held_out},
    )


def with_reviewed(splits: Splits, training: Dataset, held_out: Dataset, varied: Dataset = EMPTY) -> Splits:
    """Add reviewed drawings to the training and the held-out set; either may be empty.

    `varied` holds copies of those for training: see `reviewed.vary`. Held-out drawings are never varied.
    """
    parts = {**(splits.held_out_sets or {"held_out_mnist": splits.held_out}), "held_out_drawn": held_out}
    return replace(
        splits,
        training=splits.training + training,
        held_out=splits.held_out + held_out,
        held_out_sets=parts if len(held_out) else splits.held_out_sets,
        n_reviewed=len(training),
        varied=varied,
    )
