"""One answer out of several classifiers' probabilities."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from predictor.ml.runtime import Probabilities

Verdict: TypeAlias = Literal["digit", "unsure", "not_a_digit"]
Agreement: TypeAlias = Literal["all", "majority", "none"]

SURE: Final = 0.5  # below, the likelier reading is that the consensus is wrong


@dataclass(frozen=True)
class Consensus:
    """`agreement` is None where there was only one answer, so nothing to agree with."""

    prediction: int
    verdict: Verdict
    agreement: Agreement | None


def consensus(answers: Sequence[Probabilities]) -> Consensus:
    """Join one or more classifiers' probabilities, (10,) each, by their mean (the sum rule of Kittler et al. 1998).

    Two that are torn do not outvote one that is certain, as they would by counting heads. `agreement` counts heads.
    """
    mean = np.mean(answers, axis=0)
    prediction = int(mean.argmax())
    return Consensus(prediction, "digit" if mean[prediction] >= SURE else "unsure", _agreement(answers))


def _agreement(answers: Sequence[Probabilities]) -> Agreement | None:
    if len(answers) < 2:
        return None
    votes = Counter(int(answer.argmax()) for answer in answers).most_common(1)[0][1]
    if votes == len(answers):
        return "all"
    return "majority" if 2 * votes > len(answers) else "none"
