import pytest

from predictor.ml.drift.stability import fisher
from predictor.services.learning.drift import wording
from predictor.services.learning.drift.claims import claims
from predictor.services.learning.drift.counted import Tally
from tests.drift import BEFORE, WEEK


def of(claimed: int, contradicted: int, *, earlier: int = 100, before: int = 5):
    """With so many claims in each of the eight weeks before, of which `before` contradict."""
    tallies = {week: Tally(earlier, earlier, before) for week in BEFORE} | {WEEK: Tally(claimed, claimed, contradicted)}
    return claims(WEEK, tallies, BEFORE)


def test_they_are_compared_with_those_of_the_weeks_before():
    found = of(100, 6)
    assert (found.share, found.earlier_share, found.level) == (0.06, 0.05, "same")
    assert wording.claims(found) == (
        "6 of 100 claims contradict the answer: 6.0% (2.8% to 12.5%), 5.0% in the eight weeks before: "
        "not clearly more than before."
    )


def test_many_more_contradictions_are_raised():
    found = of(100, 20)
    assert found.level == "strong"
    assert wording.claims(found).endswith("5.0% in the eight weeks before: more than chance can explain.")


def test_a_rise_that_chance_can_explain_is_not_called_none():
    found = of(200, 29, before=10)
    assert found.level == "same"
    assert wording.claims(found).endswith(
        "14.5% (10.3% to 20.0%), 10.0% in the eight weeks before: not clearly more than before."
    )


def test_fewer_are_not():
    assert of(100, 0, before=30).level == "same"
    assert wording.claims(of(100, 0, before=30)).endswith("not clearly more than before.")


def test_a_small_rise_is_not_however_many_claims_show_it():
    assert of(100_000, 6_000, earlier=100_000, before=5_000).level == "same"
    assert of(100_000, 8_000, earlier=100_000, before=5_000).level == "strong"


def test_of_few_claims_nothing_is_told():
    assert of(49, 40).level == "same"
    assert wording.claims(of(49, 40)).endswith("Too few claims to compare them with earlier ones.")
    assert of(100, 90, earlier=6).level == "same"
    assert wording.claims(of(0, 0)) == "Nobody has claimed anything."


# By scipy.stats.fisher_exact([[x, n - x], [y, m - y]], alternative="greater").
@pytest.mark.parametrize(
    ("x", "n", "y", "m", "p"),
    [(3, 4, 1, 4, 0.2428571), (10, 100, 5, 100, 0.1413819), (0, 10, 5, 10, 1.0), (5, 5, 0, 5, 0.003968254)],
)
def test_fishers_test_is_exact(x, n, y, m, p):
    assert fisher(x, n, y, m) == pytest.approx(p, rel=1e-4)
