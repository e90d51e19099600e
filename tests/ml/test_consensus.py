"""One answer out of several, and whether there is a digit at all."""

from pathlib import Path

import numpy as np
import pytest

from predictor.ml.consensus import DOUBTFUL, NOTHING, Consensus, consensus, doubt
from predictor.ml.images import Pixels, to_images
from predictor.ml.registry import Registry
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Mnist
from tests.ml import handmade

ROOT = Path(__file__).parents[2]
THREE = handmade.SEEN


def block() -> Pixels:
    """A filled square."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 4:24] = 255
    return pixels


def apart() -> Pixels:
    """Two short strokes, far from each other."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, [4, 5, 22, 23]] = 255
    return pixels


def answer(**shares: float) -> Probabilities:
    """Probabilities of the named digits, `d3=0.7`; the others share the rest."""
    given = {int(name[1:]): share for name, share in shares.items()}
    rest = (1 - sum(given.values())) / (10 - len(given))
    return np.array([given.get(digit, rest) for digit in range(10)], np.float32)


def test_classifiers_that_agree_give_their_digit() -> None:
    assert consensus([answer(d3=0.9), answer(d3=0.8), answer(d3=0.7)], THREE) == Consensus(3, "digit", "all")


def test_two_that_are_torn_do_not_outvote_one_that_is_certain() -> None:
    torn = answer(d1=0.51, d7=0.49)
    assert consensus([torn, torn, answer(d7=0.99)], THREE) == Consensus(7, "digit", "majority")


def test_two_of_three_are_a_majority() -> None:
    assert consensus([answer(d3=0.98), answer(d3=0.98), answer(d5=0.98)], THREE) == Consensus(3, "digit", "majority")


def test_three_that_all_differ_do_not_agree() -> None:
    found = consensus([answer(d1=0.9), answer(d2=0.8), answer(d3=0.7)], THREE)
    assert found == Consensus(1, "unsure", "none")


def test_two_that_differ_do_not_agree() -> None:
    assert consensus([answer(d1=0.9), answer(d2=0.6)], THREE).agreement == "none"


def test_two_of_four_are_no_majority() -> None:
    assert consensus([answer(d1=0.9), answer(d1=0.9), answer(d2=0.9), answer(d3=0.9)], THREE).agreement == "none"


def test_one_alone_has_nothing_to_agree_with() -> None:
    assert consensus([answer(d0=0.9)], THREE) == Consensus(0, "digit", None)


def test_where_none_agree_half_of_the_probability_may_still_decide() -> None:
    certain, torn = answer(d1=1), answer(d1=0.48, d2=0.52)
    assert consensus([certain, torn, answer(d1=0.48, d4=0.52)], THREE) == Consensus(1, "digit", "none")


def test_doubt_is_measured_in_bits() -> None:
    assert doubt(np.eye(10)[3]) == pytest.approx(0, abs=1e-6)
    assert doubt(answer(d1=0.5, d7=0.5)) == pytest.approx(1)
    assert doubt(np.full((2, 10), 0.1)) == pytest.approx([np.log2(10)] * 2)


@pytest.mark.parametrize(
    ("bits", "verdict"),
    [
        (DOUBTFUL - 0.02, "digit"),
        (DOUBTFUL + 0.02, "unsure"),
        (NOTHING - 0.02, "unsure"),
        (NOTHING + 0.02, "not_a_digit"),
    ],
)
def test_doubt_makes_unsure_and_much_of_it_no_digit(bits: float, verdict: str) -> None:
    assert consensus([_doubting(bits)], THREE) == Consensus(8, verdict, None)


def test_all_may_agree_and_the_consensus_be_unsure() -> None:
    assert consensus([answer(d4=0.4), answer(d4=0.35), answer(d4=0.45)], THREE) == Consensus(4, "unsure", "all")


@pytest.mark.parametrize("pixels", [block(), apart()], ids=["block", "two pieces apart"])
def test_no_certainty_makes_a_digit_of_what_cannot_be_one(pixels: Pixels) -> None:
    certain = answer(d8=1)
    assert consensus([certain] * 3, pixels) == Consensus(8, "not_a_digit", "all")
    assert consensus([certain], pixels) == Consensus(8, "not_a_digit", None)


def test_the_champions_refuse_at_most_one_digit_in_a_hundred() -> None:
    """`bench/verdicts.py` measures it in full; if this fails, the champions are new and DOUBTFUL is old."""
    digits = Mnist.read(ROOT / "data/mnist").dataset(np.arange(58_000, 60_000))
    answers = [
        each.probabilities(to_images(digits.pixels))
        for each in Registry(ROOT / "models").champions().classifiers.values()
    ]
    verdicts = [consensus(given, pixels).verdict for *given, pixels in zip(*answers, digits.pixels, strict=True)]
    assert sum(verdict != "digit" for verdict in verdicts) <= 0.01 * len(digits)


def test_the_prediction_is_a_plain_number() -> None:
    assert type(consensus([answer(d9=0.9)], THREE).prediction) is int


def _doubting(bits: float) -> Probabilities:
    """An 8 with as much of the probability as leaves these bits of doubt."""
    mixed = [answer(d8=share) for share in np.linspace(0.1, 1, 1000)]
    return min(mixed, key=lambda each: abs(float(doubt(each)) - bits))
