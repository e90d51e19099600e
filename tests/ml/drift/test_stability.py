import math

import numpy as np
import pytest

from predictor.ml.drift.stability import ENOUGH, by_chance, chi_square_999, compare


def test_the_index_is_the_symmetrised_divergence_of_the_shares():
    found = compare(np.array([800, 200]), np.array([500, 500]))
    assert found.index == pytest.approx(0.3 * math.log(0.8 / 0.5) - 0.3 * math.log(0.2 / 0.5), rel=0.01)
    assert (found.n, found.m, found.telling) == (1000, 1000, 1)
    assert found.level == "strong"


def test_it_is_the_same_the_other_way_round_and_0_of_equal_shares():
    a, b = np.array([90, 60, 50]), np.array([400, 300, 300])
    assert compare(a, b).index == pytest.approx(compare(b, a).index)
    assert compare(b, b).index == 0


def test_an_empty_bin_gives_a_finite_index_that_grows_with_the_drawings():
    few, many = (compare(np.array([n, 0]), np.array([n, n])).index for n in (100, 10_000))
    assert 0.25 < few < many < math.inf


def test_one_digit_in_ten_that_is_missing_is_a_strong_change_within_300_drawings():
    week = np.array([33] * 9 + [0])
    found = compare(week, np.full(10, 240))
    assert (found.level, found.telling) == ("strong", 9)


@pytest.mark.parametrize(("n", "m"), [(ENOUGH - 1, 1000), (1000, ENOUGH - 1), (0, 0)])
def test_of_too_few_drawings_nothing_is_told(n, m):
    assert compare(np.array([n, 0]), np.array([m, 0])) is None


def test_an_index_that_chance_reaches_with_so_few_drawings_is_no_change():
    few, many = (compare(np.array([16 * n, 34 * n]), np.array([30 * n, 20 * n])) for n in (1, 100))
    assert few.index == pytest.approx(many.index, rel=0.1)
    assert few.index > 0.25
    assert (few.level, many.level) == ("same", "strong")


def test_between_the_limits_it_is_slight():
    found = compare(np.array([6500, 3500]), np.array([5000, 5000]))
    assert 0.09 < found.index < 0.1
    assert found.level == "same"
    assert compare(np.array([6700, 3300]), np.array([5000, 5000])).level == "slight"


# Percentiles from the tables of the distribution.
@pytest.mark.parametrize(("freedom", "quantile"), [(1, 10.828), (2, 13.816), (3, 16.266), (8, 26.124), (9, 27.877)])
def test_the_quantile_of_chi_square_is_that_of_the_tables(freedom, quantile):
    assert quantile <= chi_square_999(freedom) <= 1.031 * quantile


@pytest.mark.parametrize("shares", [[0.1] * 10, [0.96, 0.03, 0.01], [0.02, 0.03, 0.05, 0.1, 0.8]], ids=len)
@pytest.mark.parametrize(("n", "m"), [(50, 50), (60, 480), (300, 2400)])
def test_without_any_change_the_quantile_is_passed_once_in_a_thousand(shares, n, m):
    random = np.random.default_rng(7)
    weeks, others = random.multinomial(n, shares, 1000), random.multinomial(m, shares, 1000)
    found = [compare(week, other) for week, other in zip(weeks, others, strict=True)]
    assert sum(each.index > each.chance for each in found) <= 4
    assert by_chance(len(shares), n, m) == found[0].chance
