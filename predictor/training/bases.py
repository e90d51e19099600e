"""What a run can be based on: the ancestor's 500 images, MNIST's 60,000, or these and pen strokes."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from predictor.ml.images import Pixels
from predictor.training.dataset import EMPTY, Dataset, Mnist, is_validation
from predictor.training.errors import DatasetError
from predictor.training.material import NO_OUTLIERS, Material
from predictor.training.outliers import outliers
from predictor.training.progress import Progress, silent
from predictor.training.redraw import redraw
from predictor.training.strokes import Drawing, draw

PENS: Final = (12.0, 18.0, 26.0)  # with which strokes that judge and calibrate are drawn
OUTLIERS: Final = 12_000
WRITERS: Final = 10  # one in so many judges, and another one stops and calibrates


@dataclass(frozen=True)
class Data:
    """The sets of one run, and the name of the recipe that made them.

    `training` teaches and `validation` stops and calibrates, if it is not empty; `held_out` decides whether the
    challenger becomes champion; `test` reports. `held_out_sets` are the parts of `held_out`, by name: all of them, or
    none where it has but one.
    """

    base: str
    training: Dataset
    held_out: Dataset
    test: Dataset
    validation: Dataset = EMPTY
    outliers: Pixels = field(default_factory=lambda: NO_OUTLIERS)
    held_out_sets: Mapping[str, Dataset] = field(default_factory=dict)

    def material(self, *, seed: int, copies: int | None = None, progress: Progress = silent) -> Material:
        """What the classifiers learn from; see `Material.prepare`."""
        return Material.prepare(
            self.training, self.validation, self.outliers, seed=seed, copies=copies, progress=progress
        )


def mnist500(mnist: Mnist) -> Data:
    """The ancestor's rule: 500 images and nothing else, not even to stop or to calibrate."""
    return Data("mnist500", mnist.mnist500(), mnist.held_out, mnist.test)


def mnist_all(mnist: Mnist) -> Data:
    """MNIST's 60,000 training images: one in ten judges, one in twenty of the others stops and calibrates."""
    aside = is_validation(mnist.training)
    return Data("mnist", mnist.training[~aside], mnist.held_out, mnist.test, mnist.training[aside])


def with_strokes(data: Data, drawings: Sequence[Drawing], *, seed: int, progress: Progress = silent) -> Data:
    """The same and as many variations of pen strokes, and outliers to doubt.

    Whoever wrote a drawing that teaches wrote none that judges, stops or calibrates.

    Raises:
        DatasetError: there are fewer than three writers.
    """
    taught, aside, judging = by_writer(drawings)
    copies = max(1, round(len(data.training) / len(taught)))
    validation, held_out = (sum((draw(some, pen=pen) for pen in PENS), EMPTY) for some in (aside, judging))
    return Data(
        f"{data.base}+strokes",
        data.training + redraw(taught, copies, seed=seed, progress=progress),
        data.held_out + held_out,
        data.test,
        data.validation + validation,
        outliers(OUTLIERS, seed=seed, digits=[drawing.lines for drawing in taught]),
        {"held_out_mnist": data.held_out, "held_out_strokes": held_out},
    )


def with_drawn(data: Data, training: Dataset, held_out: Dataset) -> Data:
    """The same and drawings that were sent and labelled, either set of which may be empty."""
    parts = {**(data.held_out_sets or {"held_out_mnist": data.held_out}), "held_out_drawn": held_out}
    return replace(
        data,
        training=data.training + training,
        held_out=data.held_out + held_out,
        held_out_sets=parts if len(held_out) else data.held_out_sets,
    )


def by_writer(drawings: Sequence[Drawing]) -> tuple[list[Drawing], list[Drawing], list[Drawing]]:
    """What teaches, what stops and calibrates, and what judges: by writers, in the order of their names' hashes.

    Raises:
        DatasetError: there are fewer than three writers.
    """
    writers = sorted({drawing.writer for drawing in drawings}, key=lambda name: hashlib.sha256(name.encode()).digest())
    if len(writers) < 3:
        raise DatasetError(f"Strokes of at least three writers are needed, not {len(writers)}.")
    step = min(WRITERS, len(writers))
    judging, aside = set(writers[::step]), set(writers[step // 2 :: step])
    return (
        [drawing for drawing in drawings if drawing.writer not in judging | aside],
        [drawing for drawing in drawings if drawing.writer in aside],
        [drawing for drawing in drawings if drawing.writer in judging],
    )
