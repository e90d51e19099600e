"""How different two histograms are, and how different chance alone makes them.

The population stability index of shares p and q is Σ (p - q) · ln(p / q), the symmetrised Kullback-Leibler divergence
(Jeffreys 1946, "An invariant form for the prior probability in estimation problems"). By a convention of banks (Siddiqi
2006, "Credit risk scorecards"), below SLIGHT is no change, and from STRONG on a large one.

That convention ignores how few drawings there are. Without any change the index of n and m drawings in b bins is
distributed as (1/n + 1/m) · χ² with b - 1 degrees of freedom (Yurdakul 2018, "Statistical properties of population
stability index"). So a change counts only if the index is also beyond the CERTAIN quantile of that.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml.drift.histograms import Counts

Level: TypeAlias = Literal["same", "slight", "strong"]

SLIGHT: Final = 0.1
STRONG: Final = 0.25
ENOUGH: Final = 50  # drawings on either side; with fewer hardly any change is beyond chance
SMOOTHING: Final = 0.5  # of a drawing, in each bin: Jeffreys' prior, without which an empty bin gives infinity
Z999: Final = 3.090232  # one-sided 99.9 % quantile of the normal distribution


@dataclass(frozen=True)
class Comparison:
    """Of `n` drawings with `m` others.

    Attributes:
        index: the population stability index.
        chance: what it reaches without any change in one case in a thousand.
        telling: the bin that contributes most.
    """

    index: float
    chance: float
    n: int
    m: int
    telling: int

    @property
    def level(self) -> Level:
        if self.index <= self.chance or self.index < SLIGHT:
            return "same"
        return "strong" if self.index >= STRONG else "slight"

    @property
    def is_uncertain(self) -> bool:
        """Whether it is beyond a limit, but not beyond chance."""
        return SLIGHT <= self.index <= self.chance


def compare(counts: Counts, others: Counts) -> Comparison | None:
    """Two histograms with the same bins; None if either has fewer than ENOUGH drawings."""
    n, m = int(counts.sum()), int(others.sum())
    if min(n, m) < ENOUGH:
        return None
    p, q = _shares(counts), _shares(others)
    terms = (p - q) * np.log(p / q)
    return Comparison(float(terms.sum()), by_chance(len(counts), n, m), n, m, int(terms.argmax()))


def by_chance(bins: int, n: int, m: int) -> float:
    """The 99.9 % quantile of the index of n and m drawings of the same population."""
    return chi_square_999(bins - 1) * (1 / n + 1 / m)


def chi_square_999(freedom: int) -> float:
    """The 99.9 % quantile of χ², by Wilson and Hilferty 1931: at most 3 % above the true one."""
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + Z999 * spread**0.5) ** 3)


def fisher(x: int, n: int, y: int, m: int) -> float:
    """The probability of x or more of n where y of m are as likely, given x + y of n + m: Fisher's exact test.

    It is one-sided: small if x / n is higher than chance makes it.
    """
    total, both = n + m, x + y

    def log_comb(of: int, k: int) -> float:
        return math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1)

    ways = log_comb(total, both)
    possible = range(x, min(n, both) + 1)
    return min(1.0, sum(math.exp(log_comb(n, k) + log_comb(m, both - k) - ways) for k in possible if both - k <= m))


def _shares(counts: Counts) -> NDArray[np.float64]:
    smoothed = counts + SMOOTHING
    shares: NDArray[np.float64] = smoothed / smoothed.sum()
    return shares
