"""Labels to check: found after a training run, gone once somebody has checked them."""

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from predictor.models import Label, Submission, Suspect
from predictor.services.reviewing import labels, suspects
from predictor.services.reviewing.suspects import confirm, correct, open_suspects
from predictor.training.data.dataset import Dataset, Mnist
from predictor.training.errors import DatasetError
from predictor.training.progress import Progress, no_progress
from tests.mnist import digits
from tests.suspects import WRONG, N, a_reviewer, a_suspect, found, label_of, twenty

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


def find(rows: list[Submission], progress: Progress = no_progress, base: Dataset | None = None) -> int:
    pixels = [np.frombuffer(row.pixels, np.uint8).reshape(28, 28) for row in rows]
    drawings = Dataset(
        np.array(pixels, np.uint8).reshape(-1, 28, 28), np.array([label_of(i) for i in range(len(rows))], np.uint8)
    )
    base = base or Mnist.read(django_settings.MNIST_DIR).mnist500()
    return suspects.refresh(ids=[row.pk for row in rows], drawings=drawings, base=base, seed=1, progress=progress)


# What is found.


def test_wrong_labels_are_found_with_the_classifiers_predictions(rows):
    count = find(rows)
    assert count == Suspect.objects.count() < 6
    for i in WRONG:
        suspect = Suspect.objects.get(submission=rows[i])
        assert (suspect.label, suspect.digit) == (label_of(i), digits(N)[i][1])
        assert 0.3 < suspect.confidence <= 1


def test_each_run_replaces_what_the_last_one_found(rows, suspect):
    Suspect.objects.update(submission=rows[0])
    find(rows)
    assert found() >= {rows[i].pk for i in WRONG}
    assert rows[0].pk not in found()


def test_no_more_are_kept_than_a_reviewer_checks_in_one_sitting(rows, monkeypatch):
    monkeypatch.setattr(suspects, "MAX_SUSPECTS", 1)
    assert find(rows) == Suspect.objects.count() == 1
    assert found() < {rows[i].pk for i in WRONG}


def test_a_label_that_was_given_twice_is_not_questioned_again(rows):
    labels.record(submission=rows[3], value=str(label_of(3)), by=a_reviewer("another"))
    find(rows)
    assert rows[3].pk not in found()
    assert rows[11].pk in found()


def test_an_import_of_the_same_label_does_not_confirm_it(rows):
    labels.record(submission=rows[3], value=str(label_of(3)), by=None, source=Label.Source.IMPORT)
    find(rows)
    assert rows[3].pk in found()


@pytest.mark.parametrize("change", ["gone", "labelled anew"])
def test_what_changed_during_the_search_is_left_out(change, rows, reviewer):
    def meanwhile(what: str, done: int, total: int) -> None:
        if done == total and change == "gone":
            Submission.objects.filter(pk=rows[3].pk).delete()
        elif done == total:
            labels.record(submission=rows[3], value="9", by=reviewer)

    find(rows, meanwhile)
    assert rows[3].pk not in found()
    assert rows[11].pk in found()


def test_a_search_that_fails_leaves_the_last_suspects(rows, suspect):
    with pytest.raises(DatasetError, match="fewer than two drawings of"):
        find(rows, base=Dataset(np.full((1, 28, 28), 9, np.uint8), np.zeros(1, np.uint8)))
    assert found() == {rows[3].pk}


def test_without_a_labelled_drawing_nothing_is_left_to_check(suspect):
    assert find([]) == 0
    assert found() == set()


# When a suspect is settled.


def test_a_suspect_stays_open_until_somebody_checks_it(suspect):
    assert open_suspects().get() == suspect


def test_a_confirmed_label_is_no_longer_a_suspect(suspect, rows, reviewer):
    assert confirm(suspects=[suspect], by=reviewer) == 1
    assert not open_suspects().exists()
    rows[3].refresh_from_db()
    assert rows[3].label == suspect.label
    assert rows[3].labels.count() == 2


def test_a_corrected_label_is_no_longer_a_suspect(suspect, rows, reviewer):
    assert correct(suspects=[suspect], by=reviewer) == 1
    assert not open_suspects().exists()
    rows[3].refresh_from_db()
    assert rows[3].label == suspect.digit


def test_a_correction_by_somebody_else_makes_the_drawing_disputed(suspect, rows):
    correct(suspects=[suspect], by=a_reviewer("another"))
    assert not open_suspects().exists()
    rows[3].refresh_from_db()
    assert (rows[3].review, rows[3].label) == (Submission.Review.DISPUTED, None)


@pytest.mark.parametrize("value", ["x", "u", "9", None])
def test_a_label_that_was_changed_elsewhere_is_no_longer_a_suspect(value, suspect, rows, reviewer):
    labels.record(submission=rows[3], value=value, by=reviewer)
    assert not open_suspects().exists()


def test_a_visitors_claim_settles_nothing(suspect, rows):
    labels.record(submission=rows[3], value="9", by=None, source=Label.Source.CLAIM)
    assert open_suspects().get() == suspect


def test_a_suspect_is_deleted_with_its_drawing(suspect, rows):
    rows[3].delete()
    assert not Suspect.objects.exists()


@pytest.mark.parametrize("say", [confirm, correct])
def test_somebody_who_may_not_label_settles_nothing(say, suspect):
    with pytest.raises(PermissionDenied):
        say(suspects=[suspect], by=User.objects.create_user("visitor"))
    assert open_suspects().get() == suspect
