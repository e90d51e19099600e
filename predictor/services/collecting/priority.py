"""How informative a reviewer's label would be: stored with the drawing, and what the queue is sorted by."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.consensus import Consensus

CERTAIN: Final = 0.1  # the best digit is 90 points ahead of the second; below this priority, rare digits come first


def priority(joint: Consensus, mean: NDArray[np.floating]) -> float:
    """1 to 2 where the classifiers disagree or doubt, else 0 to 1; in either range, a smaller margin gives more."""
    second, first = np.sort(mean)[-2:]
    contested = joint.agreement in ("majority", "none") or joint.verdict != "digit"
    return round(float(contested + 1 - (first - second)), 6)
