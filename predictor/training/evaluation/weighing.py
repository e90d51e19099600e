"""How much a classifier should count beside others: fitted on drawings by people who taught none of them.

The consensus is a linear opinion pool (see `ml.consensus`). Its one free weight minimises the log loss of the pool, as
is done for expert forecasts (Genest & Zidek 1986, "Combining probability distributions"; Hall & Mitchell 2007,
"Combining density forecasts").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from predictor.ml.consensus import pooled
from predictor.ml.runtime import Probabilities

LEAST: Final = 0.05  # what any voice counts: less cannot be told from none
SAFE: Final = 1e-12


@dataclass(frozen=True)
class Weighing:
    """A weight, and what it is worth on some drawings.

    `misses` and `log_loss` are of the others alone, of all with equal weights, and of all with this weight.
    """

    weight: float
    n: int
    misses: tuple[int, int, int]
    log_loss: tuple[float, float, float]

    def to_json(self) -> dict[str, Any]:
        names = ("without", "equal", "weighed")
        return {
            "n": self.n,
            "misses": dict(zip(names, self.misses, strict=True)),
            "log_loss": {name: round(loss, 5) for name, loss in zip(names, self.log_loss, strict=True)},
        }


def weigh(others: Sequence[Probabilities], own: Probabilities, labels: NDArray[np.uint8]) -> Weighing:
    """Fit the weight of one classifier beside others, which count 1 each.

    Args:
        others: their probabilities, (n, 10) each, at least one.
        own: the classifier's probabilities, (n, 10), for the same drawings.
        labels: (n,), of drawings by people on whose drawings none of them was trained.

    Returns:
        With a weight from LEAST to their number: no classifier counts more than all others together, as the drawings at
        hand are by few people and flatter one that has learned from others of the same file.
    """
    bounds = np.log([LEAST, len(others)])
    found = minimize_scalar(
        lambda log: _log_loss(_pool(others, own, np.exp(log)), labels), bounds=bounds, method="bounded"
    )
    return worth(others, own, labels, round(float(np.exp(found.x)), 3))


def worth(others: Sequence[Probabilities], own: Probabilities, labels: NDArray[np.uint8], weight: float) -> Weighing:
    """What a weight is worth on other drawings than those that it was fitted on; see `weigh` for the arguments."""
    pools = pooled(others), _pool(others, own, 1.0), _pool(others, own, weight)
    misses, losses = zip(*((_misses(each, labels), _log_loss(each, labels)) for each in pools), strict=True)
    return Weighing(weight, len(labels), misses, losses)


def _pool(others: Sequence[Probabilities], own: Probabilities, weight: float) -> NDArray[np.floating]:
    return pooled([*others, own], [1.0] * len(others) + [weight])


def _misses(answers: NDArray[np.floating], labels: NDArray[np.uint8]) -> int:
    return int((answers.argmax(axis=1) != labels).sum())


def _log_loss(answers: NDArray[np.floating], labels: NDArray[np.uint8]) -> float:
    return float(-np.log(np.maximum(answers[np.arange(len(labels)), labels], SAFE)).mean())
