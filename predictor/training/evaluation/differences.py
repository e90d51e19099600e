"""The held-out drawings of which champion and challenger say different digits."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from predictor.ml.images import Pixels
from predictor.ml.runtime import Probabilities
from predictor.training.evaluation.gate import SITE, Trial

MOST: Final = 24  # drawings to look at


@dataclass(frozen=True)
class Said:
    """A digit, and its probability in 0 to 1."""

    digit: int
    probability: float


@dataclass(frozen=True)
class Difference:
    """One drawing, uint8 (28, 28), with its label; `is_ours` says whether it was drawn on this site."""

    pixels: Pixels
    label: int
    champion: Said
    challenger: Said
    is_ours: bool


@dataclass(frozen=True)
class Differences:
    """How many held-out images each of the two has right and the other one wrong, and some of their drawings.

    Of `both_wrong`, both say a wrong digit, but not the same one.
    """

    wins: int
    losses: int
    both_wrong: int
    drawings: tuple[Difference, ...]


def differences(trial: Trial, pixels: Pixels, most: int = MOST) -> Differences | None:
    """Compare the answers of champion and challenger; None if no champion answered.

    At most `most` drawings are picked, each in one rendering only: this site's first, then those for which the two
    differ most in the probability of the label.

    Args:
        trial: their answers on n images.
        pixels: the same n, uint8 (n, 28, 28).
        most: the number of drawings to pick.
    """
    if trial.champion is None:
        return None
    ours, theirs = trial.challenger.argmax(axis=1), trial.champion.argmax(axis=1)
    right, before, differ = ours == trial.labels, theirs == trial.labels, ours != theirs
    rows = np.arange(len(trial.labels))
    gaps = np.abs(trial.challenger[rows, trial.labels] - trial.champion[rows, trial.labels])
    site = trial.sets.get(SITE, slice(0, 0))
    is_ours = (rows >= site.start) & (rows < site.stop)
    picked: dict[int, int] = {}  # by drawing
    for row in np.lexsort((-gaps, ~is_ours)):
        if differ[row] and len(picked) < most:
            picked.setdefault(int(trial.drawings[row]), int(row))
    return Differences(
        int((right & ~before).sum()),
        int((before & ~right).sum()),
        int((differ & ~right & ~before).sum()),
        tuple(
            Difference(
                pixels[row],
                int(trial.labels[row]),
                _said(trial.champion, row),
                _said(trial.challenger, row),
                bool(is_ours[row]),
            )
            for row in picked.values()
        ),
    )


def _said(answers: Probabilities, row: int) -> Said:
    return Said(int(answers[row].argmax()), float(answers[row].max()))
