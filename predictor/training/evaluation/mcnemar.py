"""McNemar's exact test, without SciPy: the web process uses it too.

McNemar 1947, "Note on the sampling error of the difference between correlated proportions or percentages".
"""

import math


def exact_p(one: int, other: int) -> float:
    """The two-sided p that two classifiers are equally good.

    Only the drawings count on which one of them is right and the other wrong. If both are equally good, `one` is
    binomial with n = one + other and a probability of 1/2: p is twice the tail below the smaller count, at most 1.

    Args:
        one: how many drawings one of them alone has right,
        other: and the other one alone.
    """
    k, n = min(one, other), one + other
    term = math.exp(math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2))
    tail = 0.0
    while k >= 0 and term > tail * 1e-17:
        tail += term
        term *= k / (n - k + 1)
        k -= 1
    return min(1.0, 2 * tail)
