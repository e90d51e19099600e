"""One answer from several classifiers' probabilities, and a verdict on whether the drawing is a digit at all.

No single score can tell that: a network may be certain about a filled square. Three things reject a drawing: its shape
(see `geometry`), a high predictive entropy, and a split vote. Several digits are told apart by their shape too.
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

# In bits of predictive entropy. With UNSURE_ABOVE at most 1 % of digits that the champions were not trained on are
# rejected, for whichever of the three reasons; measure it again for each new generation (`bench/verdicts.py`).
UNSURE_ABOVE: Final = 1.36
NOT_A_DIGIT_ABOVE: Final = 3.0  # as if eight digits were equally likely
TEMPERATURE: Final = 0.67  # of the pool: see `calibrated`; measure it again likewise (`bench/calibration.py`)
SPLIT_BELOW: Final = 0.5  # the highest mean probability below which classifiers that all differ are a split vote


@dataclass(frozen=True)
class Consensus:
    """What the classifiers say together.

    Attributes:
        prediction: the digit.
        verdict: whether it is one; "unsure" too where there seem to be several.
        agreement: how many agree; None where there was only one of them.
        is_several: there seem to be several digits.
    """

    prediction: int
    verdict: Verdict
    agreement: Agreement | None
    is_several: bool = False


def consensus(
    answers: Sequence[Probabilities],
    pixels: Pixels,
    *,
    weights: Sequence[float] | None = None,
    unsure_above: float = UNSURE_ABOVE,
) -> Consensus:
    """Combine one or more classifiers' probabilities by their mean: see `pooled`.

    So two undecided classifiers do not outvote one that is certain, as they would in a majority vote. `agreement` is
    about votes, whatever their weights.

    Args:
        answers: each classifier's probabilities for the drawing, (10,).
        pixels: the drawing, uint8 (28, 28).
        weights: of the answers, positive; by default, all count the same.
        unsure_above: bits of predictive entropy above which the verdict is not `digit`.
    """
    mean, agreement = pooled(answers, weights), _agreement(answers)
    bits = predictive_entropy(mean)
    split = agreement == "none" and mean.max() < SPLIT_BELOW
    verdict: Verdict = "unsure" if split or bits > unsure_above else "digit"
    shape = measure(pixels)
    if shape.is_several:
        verdict = "unsure"
    elif bits > NOT_A_DIGIT_ABOVE or not shape.is_digit_like:
        verdict = "not_a_digit"
    return Consensus(int(mean.argmax()), verdict, agreement, shape.is_several)


def pooled(answers: Sequence[NDArray[np.floating]], weights: Sequence[float] | None = None) -> NDArray[np.floating]:
    """The mean of several classifiers' probabilities, (..., 10) each, as (..., 10): weighted, if the weights differ.

    It is the sum rule of Kittler et al. 1998 ("On combining classifiers"), with weights the linear opinion pool (Stone
    1961).
    """
    if weights is None or len(set(weights)) == 1:
        mean: NDArray[np.floating] = np.mean(answers, axis=0)
        return mean
    return np.average(answers, 0, weights)


def calibrated_pool(
    answers: Sequence[NDArray[np.floating]], weights: Sequence[float] | None = None
) -> NDArray[np.floating]:
    """What one or several classifiers say together, (..., 10): pooled and calibrated, but for one alone."""
    return answers[0] if len(answers) == 1 else calibrated(pooled(answers, weights))


def calibrated(mean: NDArray[np.floating], temperature: float = TEMPERATURE) -> NDArray[np.floating]:
    """The pool of several classifiers' probabilities, (..., 10), as probabilities of what it is right about.

    Each of them is calibrated, but their mean is underconfident: it is as wide as they differ (Hora 2004, "Probability
    judgments for continuous quantities"; Ranjan & Gneiting 2010, "Combining probability forecasts"). So its logarithm
    is divided by a temperature below 1 (Guo et al. 2017). The digit stays the same, and the verdict, which is about
    drawings of any kind, is not made from this.
    """
    powered = np.maximum(mean, 1e-12) ** (1 / temperature)
    found: NDArray[np.floating] = powered / powered.sum(axis=-1, keepdims=True)
    return found


def predictive_entropy(mean: NDArray[np.floating]) -> NDArray[np.float64]:
    """The entropy in bits of mean probabilities, (..., 10), as (...): from 0, certain, to log2(10), uniform.

    It is the mean entropy of the classifiers plus their disagreement (Lakshminarayanan et al. 2017).
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
