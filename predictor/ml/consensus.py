"""One answer out of several classifiers' probabilities, and whether what was drawn is a digit at all.

One score cannot say that: a network that is shown a filled square may be certain of it. Three things refuse an answer:
the drawing's form (see `geometry`), the classifiers' doubt, each one's own and that between them, and a plain quarrel.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.geometry import measure
from predictor.ml.images import Pixels
from predictor.ml.runtime import Probabilities

Verdict: TypeAlias = Literal["digit", "unsure", "not_a_digit"]
Agreement: TypeAlias = Literal["all", "majority", "none"]

# In bits of `doubt`. At DOUBTFUL at most 1 % of real digits are refused, for their form and for quarrels too: by
# `bench/verdicts.py`, on digits that the champions were not trained on. Measure it anew for every new generation.
DOUBTFUL: Final = 1.47
NOTHING: Final = 3.0  # as if eight digits were equally likely
HALF: Final = 0.5  # of the probability, for one digit: where none agree, less is a quarrel


@dataclass(frozen=True)
class Consensus:
    """`agreement` is None where there was only one answer, so nothing to agree with."""

    prediction: int
    verdict: Verdict
    agreement: Agreement | None


def consensus(answers: Sequence[Probabilities], pixels: Pixels, *, doubtful: float = DOUBTFUL) -> Consensus:
    """Join one or more classifiers' probabilities, (10,) each, by their mean (the sum rule of Kittler et al. 1998).

    Two that are torn do not outvote one that is certain, as they would by counting heads. `agreement` counts heads.

    Args:
        answers: what each classifier said of the drawing.
        pixels: the drawing, uint8 (28, 28).
        doubtful: bits of `doubt` above which the verdict is not `digit`.
    """
    mean, agreement = np.mean(answers, axis=0), _agreement(answers)
    bits = doubt(mean)
    quarrel = agreement == "none" and mean.max() < HALF
    verdict: Verdict = "unsure" if quarrel or bits > doubtful else "digit"
    if bits > NOTHING or not measure(pixels).is_digit_like:
        verdict = "not_a_digit"
    return Consensus(int(mean.argmax()), verdict, agreement)


def doubt(mean: NDArray[np.floating]) -> NDArray[np.float64]:
    """Entropy in bits of mean probabilities, (..., 10), as (...): 0 certain, log2(10) none at all.

    It is the mean of the classifiers' own entropies and what they disagree by (Lakshminarayanan et al. 2017).
    """
    safe = np.maximum(mean, 1e-12)
    bits: NDArray[np.float64] = -(safe * np.log2(safe)).sum(axis=-1)
    return bits


def _agreement(answers: Sequence[Probabilities]) -> Agreement | None:
    if len(answers) < 2:
        return None
    votes = Counter(int(answer.argmax()) for answer in answers).most_common(1)[0][1]
    if votes == len(answers):
        return "all"
    return "majority" if 2 * votes > len(answers) else "none"
