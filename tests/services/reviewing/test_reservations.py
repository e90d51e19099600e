"""Two people never get the same drawing."""

import datetime as dt
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from predictor.models import Submission
from predictor.services.collecting import deletion, sample
from predictor.services.reviewing import desk
from predictor.services.reviewing.labels import record, undo
from predictor.services.reviewing.queue import reserve_next
from tests.services.reviewing.waiting import add, dispute

pytestmark = pytest.mark.django_db


def test_two_people_get_different_drawings(ann, ben):
    rows = [add(p) for p in (1.9, 1.8, 1.7)]
    assert reserve_next(by=ann, count=2) == rows[:2]
    assert reserve_next(by=ben, count=2) == rows[2:]


def test_reserved_drawings_come_again_first_and_for_two_more_minutes(ann):
    row = add(0.5)
    reserve_next(by=ann)
    nearly_over = timezone.now() + dt.timedelta(seconds=5)
    Submission.objects.update(reserved_until=nearly_over)
    other = add(1.9)
    assert reserve_next(by=ann) == [row]
    assert reserve_next(by=ann, count=2) == [row, other]
    row.refresh_from_db()
    assert row.reserved_until > timezone.now() + dt.timedelta(seconds=100)


def test_skipped_drawings_are_not_offered(ann, dice):
    rows = [add(p, random_key=1 - p) for p in (0.9, 0.8)]
    assert reserve_next(by=ann) == rows[:1]
    assert reserve_next(by=ann, skip=[rows[0].pk]) == rows[1:]
    dice.falls = 0
    assert reserve_next(by=ann, count=2, skip=[row.pk for row in rows]) == []


def test_after_two_minutes_others_get_it(ann, ben):
    row = add()
    reserve_next(by=ann)
    assert reserve_next(by=ben) == []
    Submission.objects.update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    assert reserve_next(by=ben) == [row]
    assert reserve_next(by=ann) == []


def test_labels_of_others_leave_a_disputed_drawing_reserved(ann, ben, django_user_model):
    cleo, dan = (django_user_model.objects.create_superuser(name) for name in ("cleo", "dan"))
    row = add()
    dispute(row, ann, ben)
    assert reserve_next(by=cleo) == [row]
    record(submission=row, value="2", by=ann)
    record(submission=row, value="3", by=None, source="import")
    assert reserve_next(by=dan) == []
    record(submission=row, value="2", by=cleo)
    row.refresh_from_db()
    assert (row.label, row.reserved_by) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_everything_that_locks_rows_opens_its_own_transaction(ann):
    """Most tests run inside a transaction, which would hide a missing one."""
    rows = [add(random_key=key) for key in (0.1, 0.2, 0.3, 0.9)]
    assert desk.extend_reservations(ids=[row.pk for row in rows], by=ann) == []
    assert {row.pk for row in desk.refill(by=ann, have=[rows[0].pk])} == {row.pk for row in rows[1:]}
    assert desk.save_labels(values=[(rows[0].pk, "7"), (rows[1].pk, "x")], by=ann) == {}
    assert undo(by=ann) == rows[1]
    sample.extend()
    assert sample.fair_sample().drawings == 1
    Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert deletion.prune(days=30) == 3


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_get_the_same_drawing(django_user_model):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite's test database lives in one connection")
    people = [django_user_model.objects.create_superuser(f"{n}") for n in range(8)]
    for _ in range(100):
        add()
    start = threading.Barrier(len(people))

    def work(person) -> list:
        try:
            start.wait(10)
            done = []
            while rows := reserve_next(by=person, count=3):
                done += [row.pk for row in rows]
                for row in rows:
                    record(submission=row, value="7", by=person)
            return done
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        done = list(pool.map(work, people))
    assert Counter(pk for each in done for pk in each) == Counter(Submission.objects.values_list("pk", flat=True))
    assert sum(map(bool, done)) > 1
