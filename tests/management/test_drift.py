"""manage.py drift: what it prints, and how it ends."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from predictor.ml.champions import promote
from predictor.models import Promotion
from tests.drift import draw, said, strokes, tiny_this_week
from tests.ml import tiny

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models_dir")]  # without any champion


@pytest.fixture
def changed():
    """A site on which this week's drawings are tiny."""
    week = tiny_this_week()
    draw(week, 60, sampled=True, review="digit", prediction=3, label=3, answers=said(3, 0.9), strokes=strokes(0.05))


def drift(*arguments):
    out = io.StringIO()
    call_command("drift", *arguments, stdout=out)
    return out.getvalue()


def test_it_says_first_what_has_changed_then_every_figure(changed):
    lines = drift().splitlines()
    assert lines[0].startswith("Something has changed this week (")
    assert lines[0].endswith("size.")
    assert any(line.startswith("Size: ") and line.endswith("different from the eight weeks before.") for line in lines)
    assert "    Most telling: below 20 %, 100.0% of the drawings, 0.0% before." in lines
    assert "Claims against answers: Nobody has claimed anything." in lines
    assert any("60 of 60 right: 100.0%" in line for line in lines)


def test_as_json_it_is_one_object_with_all_histograms(changed):
    found = json.loads(drift("--json", "--weeks", "3"))
    assert found["raised"] is True
    assert found["figures"]["size"]["week"][0] == 120
    assert found["figures"]["size"]["against_earlier"]["level"] == "strong"
    assert len(found["figures"]["size"]["trend"]) == len(found["claims"]) == 3
    assert found["figures"]["ink"]["training"] is None
    assert found["accuracy"][0]["digits"] == 60


def test_with_fail_a_change_ends_it_with_a_code_of_its_own(changed):
    with pytest.raises(SystemExit) as caught:
        drift("--fail")
    assert caught.value.code == 3


def test_without_a_change_it_ends_well_even_with_fail():
    assert drift("--fail").startswith("Too few drawings this week (0)")


def test_it_is_about_the_champions_of_the_log_of_promotions(models_dir):
    for seed in (1, 2):
        tiny.publish(models_dir, "svm", seed)
    promote(models_dir, {"svm": 1})
    Promotion.objects.create(kind="svm", version=2)
    assert "No reference is recorded with SVM v2: only earlier weeks can be compared with." in drift()


@pytest.mark.parametrize("weeks", ["0", "53", "-1", "many"])
def test_a_wrong_number_of_weeks_is_named(weeks):
    with pytest.raises(CommandError, match="argument --weeks"):
        drift(f"--weeks={weeks}")
