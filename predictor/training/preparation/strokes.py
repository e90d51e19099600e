"""What classifiers of trajectories are trained and judged on: strokes, of the same writers as the pixels' are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import Pixels
from predictor.ml.strokes.trajectory import trajectory
from predictor.training.augmentation.redraw import retraced
from predictor.training.data.strokes import Drawing, draw
from predictor.training.data.traces import NO_TRACES, Traces, has_trajectory, traced
from predictor.training.outliers.outliers import drawings as outlying
from predictor.training.preparation import reviewed
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.writers import split_by_writer
from predictor.training.progress import Progress, no_progress

BASE: Final = "strokes"
COPIES: Final = 20  # of each drawing
OUTLIERS: Final = 12_000


@dataclass(frozen=True)
class StrokeData(Prepared):
    """What a classifier of trajectories is trained on: see `Prepared`."""

    drawings: Traces
    augmented: Traces
    validation: Traces = NO_TRACES
    unlabelled: Traces = NO_TRACES
    n_reviewed: int = 0
    varied: Traces = NO_TRACES


@dataclass(frozen=True)
class StrokeSplits:
    """The strokes of one run, by what they are for; no writer of a file of strokes is in two parts.

    Attributes:
        people: drawings from a file of strokes, to train on,
        validating: for early stopping and calibration,
        deciding: whether the challenger becomes champion.
        labelled: reviewed drawings of this site, to train on,
        labelled_deciding: and likewise.
    """

    people: Sequence[Drawing]
    validating: Sequence[Drawing]
    deciding: Sequence[Drawing]
    labelled: Sequence[Drawing] = ()
    labelled_deciding: Sequence[Drawing] = ()
    base: str = BASE

    @cached_property
    def training(self) -> Traces:
        return traced([*self.people, *self.labelled])

    @cached_property
    def validation(self) -> Traces:
        return traced(self.validating)

    @cached_property
    def held_out(self) -> Traces:
        return traced([*self.deciding, *self.labelled_deciding])

    @property
    def test(self) -> Traces:
        """There is no test set of strokes in a run: the figures of a card show the held-out ones."""
        return NO_TRACES

    @property
    def shown(self) -> Traces:
        """What the figures of a card show."""
        return self.held_out

    @property
    def pictures(self) -> Pixels:
        """The held-out drawings for people, uint8 (n, 28, 28), drawn with the page's pen."""
        return draw([*self.deciding, *self.labelled_deciding]).pixels

    @property
    def held_out_sets(self) -> Mapping[str, Traces]:
        parts = {"held_out_strokes": self.deciding, "held_out_drawn": self.labelled_deciding}
        return {name: traced(drawings) for name, drawings in parts.items() if drawings}

    @property
    def parts(self) -> dict[str, slice]:
        """Where each part of `held_out` stands in it, by name."""
        n, end = len(self.deciding), len(self.held_out)
        found = {"held_out_strokes": slice(0, n), "held_out_drawn": slice(n, end)}
        return {name: part for name, part in found.items() if part.start < part.stop}

    @property
    def held_out_drawings(self) -> NDArray[np.intp]:
        """Which drawing each of `held_out` is, (n,): each is there once."""
        return np.arange(len(self.held_out))

    @property
    def site_labels(self) -> list[int]:
        """How many reviewed drawings of each digit there are, for training or held out: ten numbers."""
        return traced([*self.labelled, *self.labelled_deciding]).class_counts

    @property
    def counts(self) -> dict[str, Any]:
        """What a sidecar says of them."""
        return {
            "digest": self.training.digest,
            "n": len(self.training),
            "class_counts": self.training.class_counts,
            "validation": len(self.validation),
            "outliers": OUTLIERS,
            "reviewed": len(self.labelled),
            "varied": len(self.labelled) * self._more(),
            "held_out_digest": self.held_out.digest,
        }

    def require_all_classes(self) -> None:
        """Raise DatasetError if fewer than two drawings of a digit are for training, or for validation."""
        self.training.require_all_classes()
        self.validation.require_all_classes()

    def prepared(
        self,
        kinds: Collection[str],
        *,
        seed: int,
        epochs: int | None = None,
        started: Collection[str] = (),
        progress: Progress = no_progress,
    ) -> StrokeData:
        """What classifiers of these kinds are trained on, with `epochs` copies of each drawing, COPIES by default.

        Raises:
            DatasetError: fewer than two drawings of a digit are for training, or for validation.
            TrainingError: a process died.
        """
        self.require_all_classes()
        drawings = [*self.people, *self.labelled]
        more = self._more()
        return StrokeData(
            self.training,
            retraced(drawings, epochs or COPIES, seed=seed, progress=progress),
            self.validation,
            _outliers(self.people, seed),
            len(self.labelled),
            retraced(self.labelled, more, seed=seed + 1, progress=progress) if more else NO_TRACES,
        )

    def _more(self) -> int:
        """Further copies of each labelled drawing."""
        return reviewed.copies_needed(len(self.people) + len(self.labelled), len(self.labelled))


def stroke_splits(
    drawings: Sequence[Drawing], labelled: Sequence[Drawing] = (), labelled_held_out: Sequence[Drawing] = ()
) -> StrokeSplits:
    """Split drawings by their writers, as `splits.with_strokes` does, and add those of this site.

    Raises:
        DatasetError: there are fewer than three writers.
    """
    parts = (*split_by_writer(drawings), labelled, labelled_held_out)
    people, validating, deciding, ours, ours_deciding = (
        tuple(each for each in part if has_trajectory(each.lines)) for part in parts
    )
    return StrokeSplits(people, validating, deciding, ours, ours_deciding)


def _outliers(digits: Sequence[Drawing], seed: int) -> Traces:
    """Trajectories of drawings that are not digits; their labels mean nothing."""
    drawn = outlying(OUTLIERS, seed=seed, digits=[drawing.lines for drawing in digits])
    found = np.array([trajectory(each.lines) for each in drawn if has_trajectory(each.lines)], np.float16)
    return Traces(found, np.zeros(len(found), np.uint8))
