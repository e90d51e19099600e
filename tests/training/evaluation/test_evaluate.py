"""Scores checked by hand, and intervals against published ones."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.ml.images import Images
from predictor.ml.runtime import Probabilities
from predictor.training.data.dataset import EMPTY, Dataset
from predictor.training.errors import DatasetError
from predictor.training.evaluation.evaluate import BATCH, confusion, probabilities, reliability, score, wilson


class BrightestRow:
    """A small working classifier: the digit is the brightest of the first ten rows."""

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


def test_the_interval_without_a_miss_is_not_a_point() -> None:
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
        "ece": float,
    }
    assert [type(bound) for bound in found["interval95"]] == [float, float]


def test_a_certain_miss_has_a_finite_log_loss() -> None:
    answers = np.eye(10, dtype=np.float32)[[1]]
    assert score(answers, bars(0))["log_loss"] == pytest.approx(-math.log(1e-12))


def test_a_dataset_is_predicted_in_its_order_batch_by_batch() -> None:
    data = bars(*(np.arange(2 * BATCH + 7) % 10))
    classifier = BrightestRow()
    answers = probabilities(classifier, data)
    assert answers.shape == (2 * BATCH + 7, 10)
    assert answers.dtype == np.float32
    assert np.array_equal(answers.argmax(axis=1), data.labels)
    assert classifier.batches == [BATCH, BATCH, 7]


def test_an_empty_dataset_has_no_answers() -> None:
    assert probabilities(BrightestRow(), EMPTY).shape == (0, 10)


# Calibration and confusion.


def answered(*rows: tuple[int, float]) -> Probabilities:
    """Probabilities for predictions with given confidences; the other nine digits share the rest."""
    answers = np.array([[(1 - sure) / 9] * 10 for _, sure in rows], np.float32)
    for row, (digit, sure) in enumerate(rows):
        answers[row, digit] = sure
    return answers


def test_the_calibration_error_is_the_mean_gap_weighted_by_the_bins() -> None:
    answers = answered((0, 0.95), (1, 0.95), (2, 0.95), (9, 0.95), (4, 0.62), (9, 0.62))
    # Four at 0.95, three of them right; two at 0.62, one right.
    assert score(answers, bars(0, 1, 2, 3, 4, 5))["ece"] == pytest.approx((4 * 0.20 + 2 * 0.12) / 6, abs=1e-6)


def test_gaps_within_a_bin_cancel_and_between_bins_do_not() -> None:
    within, between = answered((0, 0.95), (1, 0.95)), answered((0, 0.55), (9, 0.45))
    assert score(within, bars(0, 9))["ece"] == pytest.approx(0.45, abs=1e-6)
    assert score(between, bars(0, 1))["ece"] == pytest.approx(0.45, abs=1e-6)


def test_a_classifier_whose_confidence_is_its_accuracy_has_no_calibration_error() -> None:
    answers = answered(*[(0, 0.75)] * 4)
    assert score(answers, bars(0, 0, 0, 1))["ece"] == pytest.approx(0, abs=1e-6)


def test_a_bin_holds_its_upper_bound_and_not_its_lower() -> None:
    rows = reliability(answered((0, 0.5), (0, 0.75), (0, 1.0)), bars(0, 1, 0), bins=4)
    assert [row["n"] for row in rows] == [0, 1, 1, 1]
    assert [(row["low"], row["high"]) for row in rows] == [(0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)]
    assert [row["accuracy"] for row in rows] == [None, 1, 0, 1]
    assert [row["confidence"] for row in rows] == [None, 0.5, 0.75, 1]


def test_a_confidence_that_rounding_took_above_1_is_in_the_last_bin() -> None:
    answers = np.zeros((1, 10), np.float32)
    answers[0, 3] = np.nextafter(np.float32(1), np.float32(2))
    assert reliability(answers, bars(3))[-1]["n"] == 1


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0.11, 1)), min_size=1, max_size=40))
def test_the_bins_and_the_confusion_matrix_count_every_drawing_once(rows: list[tuple[int, int, float]]) -> None:
    answers = answered(*[(prediction, sure) for _, prediction, sure in rows])
    data = bars(*[label for label, _, _ in rows])
    found, bins, counts = score(answers, data), reliability(answers, data), confusion(answers, data)
    assert sum(row["n"] for row in bins) == sum(map(sum, counts)) == len(rows)
    right = len(rows) - found["misses"]
    assert sum(counts[digit][digit] for digit in range(10)) == right
    assert sum(row["n"] * row["accuracy"] for row in bins if row["n"]) == pytest.approx(right)
    assert all(row["low"] < row["confidence"] <= row["high"] + 1e-6 for row in bins if row["n"])
    overall = abs(found["accuracy"] - float(answers.max(axis=1).mean()))
    assert overall - 1e-6 <= found["ece"] <= 1
    assert [sum(row) for row in counts] == data.class_counts


def test_a_row_of_the_confusion_matrix_is_a_label_and_a_column_a_prediction() -> None:
    counts = confusion(answered((7, 0.9), (7, 0.9), (1, 0.9)), bars(1, 1, 1))
    assert counts[1] == [0, 1, 0, 0, 0, 0, 0, 2, 0, 0]
    assert {type(count) for row in counts for count in row} == {int}


def test_without_a_drawing_there_is_no_score() -> None:
    nothing = np.zeros((0, 10), np.float32)
    for measure in (score, reliability):
        with pytest.raises(DatasetError, match="no drawing"):
            measure(nothing, EMPTY)
    with pytest.raises(DatasetError, match="no drawing"):
        wilson(0, 0)
    assert confusion(nothing, EMPTY) == [[0] * 10] * 10
