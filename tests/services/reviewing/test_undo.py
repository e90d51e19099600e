"""Labels that are taken back."""

import pytest

from predictor.models import Label, Submission
from predictor.services.reviewing import labels
from predictor.services.reviewing.labels import record, record_many, undo
from tests.services.reviewing.saying import add, say, state

pytestmark = pytest.mark.django_db


def test_the_last_labels_are_taken_back_one_after_the_other(people):
    first, second = add(2)
    say(first, people, "7")
    say(second, people, "1")
    say(first, people[1:], "7")
    assert undo(by=people[0]) == second
    assert state(second) == ("waiting", None)
    assert undo(by=people[0]) == first
    assert state(first) == ("digit", 7)
    assert undo(by=people[0]) is None
    assert undo(by=people[1]) == first
    assert state(first) == ("waiting", None)
    assert Label.objects.filter(value=None).count() == 3


def test_only_labels_that_stand_are_taken_back(people):
    own, others, none = add(3)
    say(own, people, "7")
    say(others, people[1:], "7")
    assert record_many(submissions=[own.pk, others.pk, none.pk], value=None, by=people[0]) == 1
    assert not record(submission=own, value=None, by=people[0])
    assert [state(row) for row in (own, others, none)] == [("waiting", None), ("digit", 7), ("waiting", None)]
    assert Label.objects.count() == 3


def test_nothing_is_taken_back_if_the_drawing_is_deleted_meanwhile(row, people, monkeypatch):
    say(row, people, "7")

    def late(ids):
        Submission.objects.all().delete()
        return []

    monkeypatch.setattr(labels, "lock", late)
    assert undo(by=people[0]) is None


def test_a_corrected_label_is_taken_back_once(row, people):
    say(row, people, "7")
    say(row, people, "1")
    assert undo(by=people[0]) == row
    assert state(row) == ("waiting", None)
    assert undo(by=people[0]) is None
