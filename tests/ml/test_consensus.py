"""One answer out of several."""

import numpy as np
import pytest

from predictor.ml.consensus import Consensus, consensus
from predictor.ml.runtime import Probabilities


def answer(**shares: float) -> Probabilities:
    """Probabilities of the named digits, `d3=0.7`; the others share the rest."""
    given = {int(name[1:]): share for name, share in shares.items()}
    rest = (1 - sum(given.values())) / (10 - len(given))
    return np.array([given.get(digit, rest) for digit in range(10)], np.float32)


def test_classifiers_that_agree_give_their_digit() -> None:
    assert consensus([answer(d3=0.9), answer(d3=0.8), answer(d3=0.7)]) == Consensus(3, "digit", "all")


def test_two_that_are_torn_do_not_outvote_one_that_is_certain() -> None:
    torn = answer(d1=0.51, d7=0.49)
    assert consensus([torn, torn, answer(d7=0.99)]) == Consensus(7, "digit", "majority")


def test_two_of_three_are_a_majority() -> None:
    assert consensus([answer(d3=0.9), answer(d3=0.9), answer(d5=0.9)]) == Consensus(3, "digit", "majority")


def test_three_that_all_differ_do_not_agree() -> None:
    found = consensus([answer(d1=0.9), answer(d2=0.8), answer(d3=0.7)])
    assert found == Consensus(1, "unsure", "none")


def test_two_that_differ_do_not_agree() -> None:
    assert consensus([answer(d1=0.9), answer(d2=0.6)]).agreement == "none"


def test_two_of_four_are_no_majority() -> None:
    assert consensus([answer(d1=0.9), answer(d1=0.9), answer(d2=0.9), answer(d3=0.9)]).agreement == "none"


def test_one_alone_has_nothing_to_agree_with() -> None:
    assert consensus([answer(d0=0.9)]) == Consensus(0, "digit", None)


@pytest.mark.parametrize(("share", "verdict"), [(0.49, "unsure"), (0.5, "digit"), (0.51, "digit")])
def test_it_is_unsure_below_one_half(share: float, verdict: str) -> None:
    assert consensus([answer(d8=share)]) == Consensus(8, verdict, None)


def test_all_may_agree_and_the_consensus_be_unsure() -> None:
    assert consensus([answer(d4=0.4), answer(d4=0.3), answer(d4=0.45)]) == Consensus(4, "unsure", "all")


def test_the_prediction_is_a_plain_number() -> None:
    assert type(consensus([answer(d9=0.9)]).prediction) is int
