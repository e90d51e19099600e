"""One answer from several classifiers, and whether the drawing is a digit at all."""

from pathlib import Path

import numpy as np
import pytest

from predictor.ml.consensus import (
    NOT_A_DIGIT_ABOVE,
    UNSURE_ABOVE,
    Consensus,
    calibrated,
    consensus,
    pooled,
    predictive_entropy,
)
from predictor.ml.images import Pixels, to_images
from predictor.ml.kinds import PIXEL_KINDS
from predictor.ml.registry import Registry
from predictor.ml.runtime import Probabilities
from predictor.training.data.dataset import Dataset, Mnist
from predictor.training.evaluation.evaluate import score
from tests.ml import handmade

ROOT = Path(__file__).parents[2]
THREE = handmade.SEEN


def block() -> Pixels:
    """A filled square."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 4:24] = 255
    return pixels


def apart() -> Pixels:
    """Two strokes, far from each other, of which one is short."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 4:6] = 255
    pixels[4:14, 22:24] = 255
    return pixels


def eleven() -> Pixels:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, [8, 9, 18, 19]] = 255
    return pixels


def answer(**shares: float) -> Probabilities:
    """Probabilities of the named digits, such as `d3=0.7`; the others share the rest."""
    given = {int(name[1:]): share for name, share in shares.items()}
    rest = (1 - sum(given.values())) / (10 - len(given))
    return np.array([given.get(digit, rest) for digit in range(10)], np.float32)


def test_classifiers_that_agree_give_their_digit() -> None:
    assert consensus([answer(d3=0.9), answer(d3=0.8), answer(d3=0.7)], THREE) == Consensus(3, "digit", "all")


def test_two_undecided_classifiers_do_not_outvote_one_that_is_certain() -> None:
    undecided = answer(d1=0.51, d7=0.49)
    assert consensus([undecided, undecided, answer(d7=0.99)], THREE) == Consensus(7, "digit", "majority")


def test_two_of_three_are_a_majority() -> None:
    assert consensus([answer(d3=0.98), answer(d3=0.98), answer(d5=0.98)], THREE) == Consensus(3, "digit", "majority")


def test_three_different_answers_are_no_agreement() -> None:
    found = consensus([answer(d1=0.9), answer(d2=0.8), answer(d3=0.7)], THREE)
    assert found == Consensus(1, "unsure", "none")


def test_two_different_answers_are_no_agreement() -> None:
    assert consensus([answer(d1=0.9), answer(d2=0.6)], THREE).agreement == "none"


def test_two_of_four_are_not_a_majority() -> None:
    assert consensus([answer(d1=0.9), answer(d1=0.9), answer(d2=0.9), answer(d3=0.9)], THREE).agreement == "none"


def test_one_answer_alone_has_no_agreement() -> None:
    assert consensus([answer(d0=0.9)], THREE) == Consensus(0, "digit", None)


def test_where_none_agree_half_of_the_mean_probability_is_enough() -> None:
    certain, undecided = answer(d1=1), answer(d1=0.48, d2=0.52)
    assert consensus([certain, undecided, answer(d1=0.48, d4=0.52)], THREE) == Consensus(1, "digit", "none")


def test_entropy_is_measured_in_bits() -> None:
    assert predictive_entropy(np.eye(10)[3]) == pytest.approx(0, abs=1e-6)
    assert predictive_entropy(answer(d1=0.5, d7=0.5)) == pytest.approx(1)
    assert predictive_entropy(np.full((2, 10), 0.1)) == pytest.approx([np.log2(10)] * 2)


@pytest.mark.parametrize(
    ("bits", "verdict"),
    [
        (UNSURE_ABOVE - 0.02, "digit"),
        (UNSURE_ABOVE + 0.02, "unsure"),
        (NOT_A_DIGIT_ABOVE - 0.02, "unsure"),
        (NOT_A_DIGIT_ABOVE + 0.02, "not_a_digit"),
    ],
)
def test_entropy_makes_the_verdict_unsure_and_then_not_a_digit(bits: float, verdict: str) -> None:
    assert consensus([_with_entropy(bits)], THREE) == Consensus(8, verdict, None)


def test_the_verdict_may_be_unsure_although_all_agree() -> None:
    assert consensus([answer(d4=0.4), answer(d4=0.35), answer(d4=0.45)], THREE) == Consensus(4, "unsure", "all")


@pytest.mark.parametrize("pixels", [block(), apart()], ids=["block", "two strokes apart"])
def test_certainty_does_not_make_a_digit_of_another_shape(pixels: Pixels) -> None:
    certain = answer(d8=1)
    assert consensus([certain] * 3, pixels) == Consensus(8, "not_a_digit", "all")
    assert consensus([certain], pixels) == Consensus(8, "not_a_digit", None)


def test_certainty_does_not_make_one_digit_of_two() -> None:
    assert consensus([answer(d1=1)] * 3, eleven()) == Consensus(1, "unsure", "all", is_several=True)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    """The last of the 60,000; the hash held some of them out of training."""
    return Mnist.read(ROOT / "data/mnist").dataset(np.arange(58_000, 60_000))


@pytest.fixture(scope="module")
def said(digits: Dataset) -> list[Probabilities]:
    """What the champions say to them."""
    champions = Registry(ROOT / "models").champions().classifiers
    return [champions[kind].probabilities(to_images(digits.pixels)) for kind in PIXEL_KINDS]


def test_the_champions_reject_at_most_one_digit_in_a_hundred(digits: Dataset, said: list[Probabilities]) -> None:
    """`bench/verdicts.py` measures it in full; if this fails, UNSURE_ABOVE must be chosen again for these champions."""
    verdicts = [consensus(given, pixels).verdict for *given, pixels in zip(*said, digits.pixels, strict=True)]
    assert sum(verdict != "digit" for verdict in verdicts) <= 0.01 * len(digits)


def test_the_champions_together_know_how_often_they_are_right(digits: Dataset, said: list[Probabilities]) -> None:
    """`bench/calibration.py` measures it in full; if this fails, TEMPERATURE must be chosen again."""
    mean = pooled(said)
    raw, found = score(mean, digits)["ece"], score(calibrated(mean), digits)["ece"]
    assert found <= 0.005
    assert found < raw


def test_calibration_changes_confidence_alone() -> None:
    mean = np.stack([answer(d3=0.8), answer(d1=0.5, d7=0.5), np.eye(10)[4], np.full(10, 0.1)])
    found = calibrated(mean, 0.5)
    assert found.sum(axis=1) == pytest.approx(1)
    assert found.argmax(axis=1).tolist() == mean.argmax(axis=1).tolist()
    assert found.max(axis=1) == pytest.approx([0.8**2 / (0.8**2 + 9 * (0.2 / 9) ** 2), 0.5, 1, 0.1], abs=1e-6)


def test_the_prediction_is_a_plain_number() -> None:
    assert type(consensus([answer(d9=0.9)], THREE).prediction) is int


def _with_entropy(bits: float) -> Probabilities:
    """Probabilities for an 8 with this entropy."""
    mixed = [answer(d8=share) for share in np.linspace(0.1, 1, 1000)]
    return min(mixed, key=lambda each: abs(float(predictive_entropy(each)) - bits))
