"""McNemar's exact test, against SciPy's."""

import pytest
from scipy.stats import binomtest

from predictor.training.evaluation.mcnemar import exact_p


@pytest.mark.parametrize("one", [0, 1, 2, 5, 30, 1000, 20_000])
@pytest.mark.parametrize("other", [1, 3, 10, 31, 1100, 20_300])
def test_it_is_scipys_binomial_test(one, other):
    assert exact_p(one, other) == pytest.approx(binomtest(one, one + other).pvalue, rel=1e-9, abs=1e-200)


def test_without_a_difference_it_is_1():
    assert exact_p(0, 0) == exact_p(7, 7) == 1


def test_it_does_not_matter_which_is_which():
    assert exact_p(3, 12) == exact_p(12, 3)
