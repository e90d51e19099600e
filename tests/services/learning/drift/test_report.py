"""What is told of a week: each change raises its own figure, and none is raised without any."""

import datetime as dt

import pytest

from predictor.models import Promotion, Submission
from predictor.services.learning.drift import wording
from predictor.services.learning.drift.report import report
from tests.drift import BEFORE, NOW, WEEK, draw, past, pixels, said, strokes
from tests.ml.drift.shapes import leaning

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_models(models_dir):
    """No champion: nothing is read of any version."""


def raised() -> list[str]:
    return [each.subject.name for each in report(weeks=1, now=NOW).at("strong")]


def test_drawings_like_those_before_raise_nothing():
    past()
    draw(WEEK, 80)
    found = report(weeks=4, now=NOW)
    assert not found.is_raised
    assert found.at("slight") == []
    assert all(each.against_earlier.index < 0.1 for each in found.figures)
    assert wording.heading(found) == (
        "Nothing has changed this week (23 to 29 November 2026): its drawings are as in the eight weeks before."
    )


def test_what_is_somewhat_different_is_not_called_nothing():
    past(n=200)
    draw(WEEK, 200, prediction=lambda i: 0 if i % 11 < 2 else i % 10)
    found = report(weeks=1, now=NOW)
    assert wording.heading(found) == (
        "Little has changed this week (23 to 29 November 2026): its drawings are mostly as in the eight weeks before."
    )
    assert "Somewhat different: digits." in wording.details(found)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pixels": pixels(width=4, level=90)}, ["ink", "width"]),
        ({"prediction": lambda i: i % 9}, ["digits"]),
        ({"verdict": lambda i: "unsure" if i % 3 else "digit"}, ["verdicts"]),
        ({"strokes": strokes(0.05)}, ["size"]),
        ({"answers": said(3, 0.3)}, ["confidence"]),
    ],
    ids=["faint and of one width", "no nines", "unsure", "tiny", "less sure"],
)
def test_each_change_raises_its_own_figures(changes, expected):
    past(n=200)
    draw(WEEK, 200, **changes)
    assert raised() == expected


def test_leaning_strokes_raise_the_slant_alone():
    past(n=100, pixels=pixels(width=5))
    draw(WEEK, 100, pixels=leaning(0.1, width=5).tobytes())
    assert raised() == ["slant"]


def test_what_is_raised_is_said_with_what_to_do_and_the_bin_that_tells_most():
    past()
    draw(WEEK, 80, strokes=strokes(0.05))
    found = report(weeks=1, now=NOW)
    assert found.is_raised
    assert wording.heading(found) == "Something has changed this week (23 to 29 November 2026): size."
    assert wording.ADVICE in wording.details(found)
    (size,) = found.at("strong")
    assert wording.telling(size) == "Most telling: below 20 %, 100.0% of the drawings, 0.0% before."
    assert wording.against_earlier(size).endswith(": different from the eight weeks before.")


def test_of_few_drawings_nothing_is_told():
    past()
    draw(WEEK.before(), 0)
    Submission.objects.filter(created_at__gte=WEEK.before().start).delete()
    draw(WEEK, 12, strokes=strokes(0.05))
    found = report(weeks=1, now=NOW)
    assert not found.is_enough
    assert not found.is_raised
    assert wording.heading(found) == "Too few drawings this week (12): nothing can be told before there are 50."
    assert wording.against_earlier(found.figures[3]) == "Too few drawings (12): nothing can be told."
    assert wording.against_training(found.figures[3]) == ""


def test_bad_calibration_is_told_even_of_a_week_with_few_drawings():
    sampled = {"sampled": True, "review": "digit", "prediction": 3}
    for back, n in enumerate((12, 40, 40, 40)):
        draw(WEEK.before(back), n, label=lambda i: 3 if i % 2 else 5, answers=said(3, 0.95), **sampled)
    found = report(weeks=1, now=NOW)
    assert found.is_raised
    assert wording.heading(found) == "Something has changed this week (23 to 29 November 2026): calibration."
    assert wording.details(found)[0].startswith("Too few drawings this week (12)")


def test_while_this_week_has_too_few_it_is_about_the_last_one():
    past(n=60)
    draw(WEEK.before(9), 60)
    draw(WEEK, 3)
    found = report(weeks=1, now=NOW)
    assert (found.week, found.drawings, found.current, found.is_current) == (WEEK.before(), 60, 3, False)
    assert wording.heading(found).startswith("Nothing has changed last week (16 to 22 November 2026)")
    assert "This week has only 3 drawings yet." in wording.details(found)


def test_a_site_without_drawings_is_no_error():
    found = report(weeks=12, now=NOW)
    assert wording.heading(found) == "Too few drawings this week (0): nothing can be told before there are 50."
    assert not found.is_raised


def test_in_the_first_weeks_there_is_nothing_to_compare_with():
    draw(WEEK.before(), 30)
    draw(WEEK, 60)
    found = report(weeks=1, now=NOW)
    assert wording.heading(found) == (
        "There is nothing to compare this week (23 to 29 November 2026) with yet: no earlier week has enough drawings."
    )
    assert wording.against_earlier(found.figures[0]) == (
        "No earlier weeks to compare with: the eight weeks before have 30 such drawings."
    )


def test_a_difference_that_so_few_drawings_make_by_chance_is_said_to_be_that():
    past(n=20)
    draw(WEEK, 50, prediction=lambda i: (0, 1, 1, 1, 2, 3, 4, 5, 6, 9, 9, 9)[i % 12])
    found = report(weeks=1, now=NOW)
    (digits,) = [each for each in found.figures if each.subject.name == "digits"]
    assert digits.against_earlier.index >= 0.1
    assert digits.against_earlier.level == "same"
    assert "as far as 50 drawings can tell: chance alone makes up to 0.7" in wording.against_earlier(digits)
    assert not found.is_raised


def test_every_week_is_compared_with_the_eight_before_it():
    past()
    draw(WEEK, 80)
    draw(WEEK.before(9), 80, strokes=strokes(0.05))
    (size,) = [each for each in report(weeks=4, now=NOW).figures if each.subject.name == "size"]
    assert [week for week, _ in size.trend] == [WEEK.before(back) for back in (3, 2, 1, 0)]
    with_the_tiny_ones, without = size.trend[0][1].index, size.trend[-1][1].index
    assert with_the_tiny_ones > 2 * without


def test_promotions_in_these_weeks_are_named_once_for_each_kind():
    past()
    draw(WEEK, 80)
    for kind, version in (("svm", 3), ("cnn", 4), ("svm", 1), ("svm", 3)):
        Promotion.objects.create(kind=kind, version=version, at=BEFORE[0].start + dt.timedelta(days=1))
    Promotion.objects.create(kind="svm", version=2, at=BEFORE[-1].start - dt.timedelta(days=1))
    lines = " ".join(wording.details(report(weeks=1, now=NOW)))
    assert "New champions: " in lines
    assert "CNN v4 on 17 November" in lines
    assert lines.count("v3 on 17 November") == 1
    assert "SVM v2" not in lines


def test_past_weeks_are_neither_read_nor_counted_again(django_assert_num_queries):
    past(n=60)
    draw(WEEK, 60)
    report(weeks=1, now=NOW)
    with django_assert_num_queries(3):  # this week's tally, the fair sample, promotions
        report(weeks=1, now=NOW)
