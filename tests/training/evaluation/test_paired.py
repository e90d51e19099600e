"""The difference of two classifiers on the same drawings, with its interval."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from predictor.training.evaluation.paired import Z95, Paired


def test_only_drawings_count_on_which_they_differ() -> None:
    ours = np.array([True, True, False, False, True, True])
    theirs = np.array([True, False, True, False, True, False])
    found = Paired.of(ours, theirs, np.arange(6))
    assert (found.worse, found.better, found.n) == (1, 2, 6)
    assert found.difference == pytest.approx(-1 / 6)


def test_at_no_difference_the_score_is_that_of_mcnemars_test() -> None:
    assert Paired(9, 3, 100)._score(0) == pytest.approx((9 - 3) / math.sqrt(9 + 3))


def test_its_interval_ends_where_the_score_is_the_quantile_of_the_normal_distribution() -> None:
    found = Paired(9, 3, 100)
    low, high = found.interval()
    assert found._score(low) == pytest.approx(Z95)
    assert found._score(high) == pytest.approx(-Z95)
    assert low < found.difference < high


@pytest.mark.parametrize("n", [20, 500, 6000])
def test_where_they_never_differ_the_interval_has_the_known_form(n: int) -> None:
    """The score interval of a proportion of which none was seen: z² / (n + z²)."""
    low, high = Paired(0, 0, n).interval()
    assert high == pytest.approx(Z95**2 / (n + Z95**2), rel=1e-3)
    assert low == pytest.approx(-high, rel=1e-3)


def test_it_mirrors_itself() -> None:
    one, other = Paired(7, 2, 80).interval(), Paired(2, 7, 80).interval()
    assert one == pytest.approx((-other[1], -other[0]))


@pytest.mark.parametrize("counts", [(0, 0, 1), (1, 0, 1), (0, 1, 1), (5, 0, 5), (0, 5, 5), (2, 3, 5)])
def test_the_smallest_sets_have_an_interval_too(counts: tuple[int, int, int]) -> None:
    low, high = Paired(*counts).interval()
    assert -1 <= low <= Paired(*counts).difference <= high <= 1


def test_without_drawings_anything_is_possible() -> None:
    assert Paired(0, 0, 0).interval() == (-1, 1)
    assert Paired(0, 0, 0).difference == 0


def test_the_interval_holds_the_true_difference_nine_times_in_ten() -> None:
    random = np.random.default_rng(1)
    n, worse, better = 600, 0.03, 0.02
    drawn = random.multinomial(n, [worse, better, 1 - worse - better], 1500)
    held = sum(low <= worse - better <= high for low, high in (Paired(b, c, n).interval() for b, c, _ in drawn))
    assert held / len(drawn) == pytest.approx(0.9, abs=0.025)


def test_mcnemars_test_is_exact() -> None:
    assert Paired(5, 0, 50).p_worse() == pytest.approx(1 / 32)
    assert Paired(5, 0, 50).p_better() == 1
    assert Paired(3, 9, 50).p_better() == pytest.approx(binom.cdf(3, 12, 0.5))
    assert Paired(0, 0, 50).p_worse() == Paired(0, 0, 50).p_better() == 1


def test_renderings_of_one_drawing_count_as_one_where_they_share_its_fate() -> None:
    drawings = np.tile(np.arange(300), 3)
    fate = np.random.default_rng(1).random(300) < 0.1
    found = Paired.of(~np.tile(fate, 3), np.ones(900, bool), drawings)
    assert found.n == pytest.approx(300)
    assert found.worse == pytest.approx(fate.sum())
    assert Paired.of(np.ones(900, bool), np.ones(900, bool), drawings).n == 300, "as if they were alike"


@pytest.mark.parametrize("ours", [True, False])
def test_one_may_be_right_on_everything_and_the_other_on_nothing(ours: bool) -> None:
    found = Paired.of(np.full(30, ours), np.full(30, not ours), np.arange(0, 60, 2))
    assert (found.worse, found.better, found.n) == (30 * (not ours), 30 * ours, 30)
    assert Paired.of(np.zeros(0, bool), np.zeros(0, bool), np.arange(0)).n == 0


def test_independent_drawings_count_fully() -> None:
    right = np.random.default_rng(1).random((2, 900)) < 0.9
    assert Paired.of(*right, np.arange(900)).n == 900


def test_as_many_as_are_needed_decide_about_four_times_in_five() -> None:
    random = np.random.default_rng(2)
    n = Paired(15, 15, 998).needed(0.02)
    drawn = random.multinomial(n, [0.0155, 0.0155, 0.969], 1500)
    decided = np.mean([Paired(b, c, n).interval()[1] <= 0.02 for b, c, _ in drawn])
    assert decided == pytest.approx(0.8, abs=0.1)
