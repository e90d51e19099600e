"""Scores by hand, and intervals against published ones."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.ml.images import Images
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import EMPTY, Dataset
from predictor.training.evaluate import BATCH, probabilities, score, wilson


class BrightestRow:
    """An honest small classifier: the digit is the brightest of the first ten rows."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def probabilities(self, images: Images) -> Probabilities:
        self.batches.append(len(images))
        rows = images[:, :10].mean(axis=2) + 1e-3
        return (rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


def bars(*digits: int) -> Dataset:
    pixels = np.zeros((len(digits), 28, 28), np.uint8)
    pixels[np.arange(len(digits)), digits] = 255
    return Dataset(pixels, np.array(digits, np.uint8))


# Values of the score interval from Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_as_published(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_the_interval_of_no_miss_at_all_is_not_a_point() -> None:
    low, high = wilson(100, 100)
    assert low == pytest.approx(0.9630, abs=5e-5)
    assert high == pytest.approx(1)


@settings(deadline=None, derandomize=True, database=None)
@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate_and_mirrors(counts: tuple[int, int]) -> None:
    successes, n = counts
    low, high = wilson(successes, n)
    assert -1e-12 < low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high < 1 + 1e-12
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_a_score_counts_and_measures() -> None:
    answers = np.full((4, 10), 0.05, np.float32)
    for row, (digit, share) in enumerate([(0, 0.55), (1, 0.55), (2, 0.55), (9, 0.55)]):
        answers[row, digit] = share
    found = score(answers, bars(0, 1, 2, 3))
    assert found["n"] == 4
    assert found["misses"] == 1
    assert found["accuracy"] == 0.75
    assert found["interval95"] == pytest.approx([0.3006, 0.9544], abs=5e-5)
    assert found["log_loss"] == pytest.approx(-(3 * math.log(0.55) + math.log(0.05)) / 4)


def test_a_score_is_plain_json() -> None:
    found = score(BrightestRow().probabilities(np.zeros((2, 28, 28), np.float32)), bars(0, 1))
    assert {name: type(value) for name, value in found.items()} == {
        "n": int,
        "misses": int,
        "accuracy": float,
        "interval95": list,
        "log_loss": float,
    }
    assert [type(bound) for bound in found["interval95"]] == [float, float]


def test_a_certain_miss_has_a_finite_log_loss() -> None:
    answers = np.eye(10, dtype=np.float32)[[1]]
    assert score(answers, bars(0))["log_loss"] == pytest.approx(-math.log(1e-12))


def test_a_whole_dataset_is_answered_in_its_order_batch_by_batch() -> None:
    data = bars(*(np.arange(2 * BATCH + 7) % 10))
    classifier = BrightestRow()
    answers = probabilities(classifier, data)
    assert answers.shape == (2 * BATCH + 7, 10)
    assert answers.dtype == np.float32
    assert np.array_equal(answers.argmax(axis=1), data.labels)
    assert classifier.batches == [BATCH, BATCH, 7]


def test_an_empty_dataset_has_no_answers() -> None:
    assert probabilities(BrightestRow(), EMPTY).shape == (0, 10)
