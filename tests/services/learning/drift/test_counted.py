"""A week's drawings, counted."""

import datetime as dt

import numpy as np
import pytest

from predictor.ml.consensus import calibrated
from predictor.ml.drift.histograms import count
from predictor.models import Submission
from predictor.services.learning.drift import counted
from predictor.services.learning.drift.counted import confidences, histograms, tally
from tests.drift import WEEK, draw, pixels, said, strokes

pytestmark = pytest.mark.django_db


def test_all_measures_of_a_weeks_drawings_are_counted():
    draw(WEEK, 20)
    found = histograms(WEEK, 20)
    assert found.keys() == {"ink", "width", "slant", "size", "digits", "verdicts", "confidence", "svm 1"}
    assert {int(counts.sum()) for counts in found.values()} == {20}
    assert found["digits"].tolist() == [2] * 10
    assert found["verdicts"].tolist() == [20, 0, 0]
    assert found["size"].tolist() == count("size", 4 * [0.25, 0.35, 0.45, 0.55, 0.65]).tolist()
    assert found["ink"].tolist() == count("ink", 5 * [20 * width / 784 for width in (2, 3, 4, 5)]).tolist()


def test_imports_and_other_weeks_are_left_out():
    draw(WEEK, 3)
    draw(WEEK, 4, source="import")
    draw(WEEK.before(), 5)
    draw(WEEK.before(-1), 6)
    (first,) = draw(WEEK, 1)
    Submission.objects.filter(pk=first.pk).update(created_at=WEEK.start)
    (last,) = draw(WEEK, 1)
    Submission.objects.filter(pk=last.pk).update(created_at=WEEK.end - dt.timedelta(microseconds=1))
    assert tally(WEEK).drawings == 5
    assert histograms(WEEK, 5)["digits"].sum() == 5


def test_what_no_model_answered_and_what_came_without_strokes_counts_where_it_can():
    draw(WEEK, 2, answers={}, prediction=None, verdict=None, strokes=None)
    draw(WEEK, 1, strokes={"size": [0, 0], "lines": "rubbish"})
    found = histograms(WEEK, 3)
    assert found["ink"].sum() == 3
    assert found["digits"].sum() == found["verdicts"].sum() == found["confidence"].sum() == 1
    assert found["size"].sum() == 0


def test_pixels_of_another_preprocessing_are_not_compared():
    draw(WEEK, 2, preprocessing=0)
    assert histograms(WEEK, 2) == {}


def test_at_most_a_sample_is_measured_and_always_the_same(monkeypatch):
    monkeypatch.setattr(counted, "SAMPLE", 10)
    draw(WEEK, 60, prediction=lambda i: i % 7)
    first = histograms(WEEK, 60)["digits"].tolist()
    assert sum(first) == 10
    assert histograms(WEEK, 61)["digits"].tolist() == first, "the same ones, although they were counted anew"


def test_a_week_is_counted_again_only_if_it_has_another_number_of_drawings(django_assert_num_queries):
    draw(WEEK, 3)
    histograms(WEEK, 3)
    with django_assert_num_queries(0):
        assert histograms(WEEK, 3)["digits"].sum() == 3
    draw(WEEK, 1)
    with django_assert_num_queries(1):
        assert histograms(WEEK, 4)["digits"].sum() == 4


def test_an_empty_week_has_no_histograms_and_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert histograms(WEEK, 0) == {}


def test_the_confidence_of_each_version_is_counted_by_itself():
    draw(WEEK, 2, answers=said(3, 0.999))
    draw(WEEK, 1, answers=said(3, 0.6, version=2))
    found = histograms(WEEK, 3)
    assert found["svm 1"].tolist() == count("confidence", [0.999, 0.999]).tolist()
    assert found["svm 2"].tolist() == count("confidence", [0.6]).tolist()


def test_the_confidence_of_all_is_that_of_their_weighted_mean_calibrated():
    both = said(3, svm=0.4, pen=0.8)
    both["pen"]["weight"] = 3.0
    mean = (np.array(both["svm"]["probabilities"]) + 3 * np.array(both["pen"]["probabilities"])) / 4
    together = calibrated(mean).max()
    assert confidences([both, said(3, 0.5), both]) == pytest.approx([together, 0.5, together])
    assert confidences([]).shape == (0,)


@pytest.mark.parametrize(
    ("claim", "prediction", "verdict", "contradicts"),
    [
        ("3", 3, "digit", 0), ("3", 3, "unsure", 0), ("8", 3, "digit", 1), ("3", 3, "not_a_digit", 1),
        ("x", 3, "not_a_digit", 0), ("x", 3, "digit", 1), ("x", 3, "unsure", 1),
    ],
)  # fmt: skip
def test_a_claim_contradicts_an_answer_that_says_something_else(claim, prediction, verdict, contradicts):
    draw(WEEK, 1, claim=claim, prediction=prediction, verdict=verdict)
    draw(WEEK, 1)
    assert tally(WEEK) == counted.Tally(2, 1, contradicts)


def test_a_claim_on_a_drawing_that_nobody_answered_does_not_count():
    draw(WEEK, 1, claim="3", prediction=None, verdict=None, answers={})
    assert tally(WEEK) == counted.Tally(1, 0, 0)


def test_bolder_strokes_are_other_bins():
    draw(WEEK, 5, pixels=pixels(width=10), strokes=strokes(0.95))
    found = histograms(WEEK, 5)
    assert (int(found["width"].argmax()), int(found["size"].argmax())) == (9, 8)
    assert np.flatnonzero(found["ink"]).tolist() == [9]
