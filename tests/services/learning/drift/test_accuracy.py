"""Whether the champions' confidence matches their accuracy, on the fair sample."""

import pytest

from predictor.models import Submission
from predictor.services.learning.drift import wording
from predictor.services.learning.drift.accuracy import Period, periods
from tests.drift import WEEK, draw, said

pytestmark = pytest.mark.django_db
SAMPLED = {"sampled": True, "review": "digit", "prediction": 3}


def period(right: int, digits: int, expected: float) -> Period:
    return Period(WEEK.before(3), WEEK, digits, right, expected)


def test_right_answers_and_mean_confidence_are_counted_by_four_weeks():
    draw(WEEK, 30, label=3, answers=said(3, 0.9), **SAMPLED)
    draw(WEEK.before(3), 30, label=lambda i: 3 if i % 3 else 5, answers=said(3, 0.7), **SAMPLED)
    draw(WEEK.before(4), 7, label=3, answers=said(3, 0.5), **SAMPLED)
    now, before = periods(WEEK, 8)
    assert (now.first, now.last, now.digits, now.right) == (WEEK.before(3), WEEK, 60, 50)
    assert now.expected == pytest.approx(0.8)
    assert (before.digits, before.right, before.expected) == (7, 7, pytest.approx(0.5))


def test_the_confidence_is_read_again_only_if_other_drawings_are_labelled(django_assert_num_queries):
    rows = draw(WEEK, 10, label=3, answers=said(3, 0.9), **SAMPLED)
    draw(WEEK.before(4), 10, label=3, answers=said(3, 0.9), **SAMPLED)
    with django_assert_num_queries(4):
        assert [each.expected for each in periods(WEEK, 8)] == pytest.approx([0.9, 0.9])
    Submission.objects.filter(pk=rows[0].pk).update(label=5)
    with django_assert_num_queries(2):
        found = periods(WEEK, 8)
    assert [each.right for each in found] == [9, 10]
    assert [each.expected for each in found] == pytest.approx([0.9, 0.9])
    draw(WEEK, 10, label=3, answers=said(3, 0.7), **SAMPLED)
    with django_assert_num_queries(3):
        assert [each.expected for each in periods(WEEK, 8)] == pytest.approx([0.8, 0.9])


def test_only_digits_of_the_fair_sample_that_were_answered_count():
    draw(WEEK, 2, label=3, **SAMPLED)
    draw(WEEK, 3, label=3, **SAMPLED | {"sampled": False})
    draw(WEEK, 4, label=None, **SAMPLED | {"review": "none"})
    draw(WEEK, 5, label=3, **SAMPLED | {"prediction": None, "verdict": None, "answers": {}})
    (found,) = periods(WEEK, 1)
    assert found.digits == 2


def test_without_any_the_confidence_is_0_and_nothing_is_told():
    (found,) = periods(WEEK, 4)
    assert (found.digits, found.expected, found.level) == (0, 0.0, "same")
    assert wording.accuracy(found) == "Too few labels (0) to tell."


@pytest.mark.parametrize(
    ("right", "expected", "level"),
    [(194, 0.97, "same"), (194, 0.98, "same"), (188, 0.97, "slight"), (180, 0.97, "strong"), (200, 0.93, "strong")],
)
def test_calibration_is_off_where_the_interval_excludes_the_confidence(right, expected, level):
    assert period(right, 200, expected).level == level


def test_it_is_said_with_the_interval_and_the_confidence():
    assert wording.accuracy(period(180, 200, 0.97)) == (
        "180 of 200 right: 90.0% (85.1% to 93.4%), mean confidence 97.0%: calibration is off, as even the 99.9 % "
        "interval excludes the confidence."
    )
    assert wording.span(period(1, 1, 1.0)) == "2026-11-02 to 2026-11-29"


def test_of_few_labels_nothing_is_told():
    assert period(10, 49, 0.99).level == "same"
