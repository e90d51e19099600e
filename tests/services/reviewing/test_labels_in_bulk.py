"""Many drawings labelled at once."""

import pytest

from predictor.models import Label, Submission
from predictor.services.reviewing import labels
from predictor.services.reviewing.labels import record_many
from tests.services.reviewing.saying import add, say, state

pytestmark = pytest.mark.django_db


def test_many_are_labelled_by_their_ids_or_as_a_selection(people):
    rows = add(5)
    assert record_many(submissions=[row.pk for row in rows[:2]], value="7", by=people[0]) == 2
    assert record_many(submissions=Submission.objects.filter(label=None), value="x", by=people[0]) == 3
    assert sorted(map(state, rows)) == [("digit", 7)] * 2 + [("none", None)] * 3


def test_many_cost_as_many_queries_as_few(people, django_assert_num_queries):
    people[0].has_perm(labels.PERMISSION)
    few, many = add(3), add(150)
    with django_assert_num_queries(6):  # one label each, all in one transaction
        record_many(submissions=[row.pk for row in few], value="7", by=people[0])
    with django_assert_num_queries(6):
        record_many(submissions=[row.pk for row in many], value="7", by=people[0])


def test_more_than_a_batch_are_all_labelled(people, monkeypatch):
    monkeypatch.setattr(labels, "BATCH", 2)
    assert record_many(submissions=[row.pk for row in add(5)], value="7", by=people[0]) == 5
    assert Submission.objects.filter(label=7).count() == Label.objects.count() == 5


def test_each_state_follows_from_its_own_history_in_bulk_too(people):
    rows = add(3)
    say(rows[0], people, " 7")
    say(rows[1], people, " 1")
    record_many(submissions=[row.pk for row in rows], value="7", by=people[0])
    assert [state(row) for row in rows] == [("digit", 7), ("disputed", None), ("digit", 7)]
    record_many(submissions=[row.pk for row in rows], value=None, by=people[0])
    assert [state(row) for row in rows] == [("digit", 7), ("digit", 1), ("waiting", None)]
