"""A run ends with the search for wrong labels."""

import io

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from predictor.ml.champions import read_champions
from predictor.models import Submission, Suspect
from predictor.training.evaluation import suspects as training
from tests.suspects import WRONG, a_reviewer, a_suspect, found, twenty

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> User:
    return a_reviewer("reviewer")


@pytest.fixture
def rows(reviewer: User) -> list[Submission]:
    return twenty(reviewer)


@pytest.fixture
def suspect(rows: list[Submission]) -> Suspect:
    return a_suspect(rows)


def retrain() -> str:
    out = io.StringIO()
    call_command("retrain", "--kinds", "svm", "--robustness", "50", "--epochs", "3", stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("models_dir", "quick")
def test_a_run_says_how_many_labels_there_are_to_check(rows):
    said = retrain()
    assert f"labels to check: {Suspect.objects.count()}" in said
    assert found() >= {rows[i].pk for i in WRONG}


@pytest.mark.usefixtures("quick", "rows")
def test_a_search_that_fails_is_reported_and_the_versions_stay_published(models_dir, suspect, monkeypatch, caplog):
    monkeypatch.setattr(training, "FOLDS", 2)  # one judges, one calibrates: none teaches
    said = retrain()
    assert "The search for wrong labels failed: The dataset has fewer than two drawings of" in said
    assert "The search for wrong labels failed." in caplog.text
    assert "svm: published as v1" in said
    assert "labels to check" not in said
    assert read_champions(models_dir) == {"svm": 1}
    assert found() == {suspect.submission_id}
