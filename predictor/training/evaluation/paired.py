"""Two classifiers on the same drawings: how much worse one is, and how sure that is.

Only the drawings count on which they differ: those that the challenger alone misses, `worse`, and those that the
champion alone misses, `better`. The difference is (worse - better) / n, positive if the challenger is worse.
"""

import math
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import binomtest

LEVEL: Final = 0.05  # of each one-sided test
Z95: Final = 1.644854  # one-sided 95 % quantile of the normal distribution: the interval is a two-sided 90 % one
ALMOST: Final = 1 - 1e-9
WORTH: Final = 50.0  # drawings that what is expected counts for
Z80: Final = 0.841621  # for a power of 80 %


@dataclass(frozen=True)
class Paired:
    """Counts on n drawings; not whole numbers where several renderings of a drawing count as less than that."""

    worse: float
    better: float
    n: float

    @classmethod
    def of(cls, challenger: NDArray[np.bool_], champion: NDArray[np.bool_], drawings: NDArray[np.intp]) -> Self:
        """From who is right, bool (n,) each.

        Rows with the same number in `drawings`, (n,), are renderings of one drawing and not independent: all counts are
        divided by the design effect, which is the variance of the difference by drawings relative to that by rows
        (Kish 1965, "Survey sampling"), at least 1.
        """
        difference = champion.astype(np.float64) - challenger.astype(np.float64)
        effect = _design_effect(difference, drawings)
        return cls((difference > 0).sum() / effect, (difference < 0).sum() / effect, len(difference) / effect)

    @property
    def difference(self) -> float:
        """In -1 to 1; 0 where there is no drawing."""
        return (self.worse - self.better) / self.n if self.n else 0.0

    def interval(self) -> tuple[float, float]:
        """The 90 % score interval of the difference (Tango 1998, "Equivalence test and confidence interval for the
        difference in proportions for the paired-sample design"). Unlike Wald's it is reliable where few differ.
        """
        if not self.n:
            return -1.0, 1.0
        return self._end(Z95), self._end(-Z95)

    def p_worse(self) -> float:
        """The exact one-sided p of McNemar's test that the challenger is worse; 1 if they never differ."""
        return _p(self.worse, self.worse + self.better)

    def p_better(self) -> float:
        """The same that it is better."""
        return _p(self.better, self.worse + self.better)

    def needed(self, margin: float, expected: float | None = None) -> int:
        """With about how many drawings an equally good one has its interval below `margin` four times in five.

        (z₀.₉₅ + z₀.₈)² q / margin², where q is the share of drawings on which the two differ (Liu et al. 2002, "Tests
        for equivalence or non-inferiority for paired binary data"). It is smoothed: as if WORTH drawings more had
        differed at the share that is `expected`, or else one of two. At least z₀.₉₅² / margin drawings: with fewer the
        interval is wider than that even if the two never differ.
        """
        prior, weight = (1.0, 2.0) if expected is None else (WORTH * expected, WORTH)
        differ = (self.worse + self.better + prior) / (self.n + weight)
        return math.ceil(max((Z95 + Z80) ** 2 * differ / margin**2, Z95**2 / margin))

    def _end(self, z: float) -> float:
        """Where the score is z; -1 or 1 where it never is."""
        if self._score(-ALMOST) < z:
            return -1.0
        if self._score(ALMOST) > z:
            return 1.0
        return float(brentq(lambda at: self._score(at) - z, -ALMOST, ALMOST))

    def _score(self, at: float) -> float:
        """Tango's statistic: the standardised distance of the difference from `at`, in (-1, 1); it falls with `at`."""
        b, c, n = self.worse, self.better, self.n
        linear = -b - c + (2 * n - b + c) * at
        root = math.sqrt(max(linear * linear + 8 * n * c * at * (1 - at), 0.0))
        share = (root - linear) / (4 * n)  # of `better`, given that the difference is `at`
        variance = n * (2 * share + at * (1 - at))
        return (b - c - n * at) / math.sqrt(max(variance, 1e-12))


def _p(successes: float, n: float) -> float:
    k, of = round(successes), round(n)
    return float(binomtest(min(k, of), of, 0.5, alternative="greater").pvalue) if of else 1.0


def _design_effect(difference: NDArray[np.float64], drawings: NDArray[np.intp]) -> float:
    if not len(difference):
        return 1.0
    if np.ptp(difference) == 0:  # no variance: as if all renderings of a drawing were alike
        sizes = np.bincount(drawings)
        return float((sizes**2).sum() / sizes.sum())
    centred = difference - difference.mean()
    by_drawing = np.bincount(drawings, centred)
    return max(1.0, float((by_drawing**2).sum() / (centred**2).sum()))
