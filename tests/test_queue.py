"""Which drawings a reviewer gets next."""

import datetime as dt
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from predictor.ml.consensus import Consensus
from predictor.models import Submission
from predictor.services import privacy, queue, review, sample
from predictor.services.labels import record, undo
from predictor.services.queue import priority, remaining, take
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
_rng = np.random.default_rng(7)


class Dice(random.Random):
    """Falls as it is told."""

    falls = 0.5

    def random(self) -> float:
        return self.falls


@pytest.fixture(autouse=True)
def dice(monkeypatch) -> Dice:
    dice = Dice()
    monkeypatch.setattr(queue, "_random", dice)
    return dice


@pytest.fixture
def ann(django_user_model):
    return django_user_model.objects.create_superuser("ann")


@pytest.fixture
def ben(django_user_model):
    return django_user_model.objects.create_superuser("ben")


def ink() -> bytes:
    """A drawing that is like no other."""
    return (_rng.random(784) < 0.2).astype(np.uint8).tobytes()


def add(priority: float = 1.0, **fields) -> Submission:
    n = Submission.objects.count()
    fields = {"pixels": ink(), "digest": f"{n}", **fields}
    return Submission.objects.create(image=b"", preprocessing=1, priority=priority, **fields)


def dispute(row: Submission, *people) -> None:
    for person, value in zip(people, "71", strict=True):
        record(submission=row, value=value, by=person)


# The order.


def mean(*first: float) -> np.ndarray:
    return np.array([*first, *[(1 - sum(first)) / (10 - len(first))] * (10 - len(first))])


def test_quarrel_and_doubt_teach_more_than_a_low_margin():
    sure, torn = mean(0.97, 0.01), mean(0.5, 0.4)
    assert priority(Consensus(0, "digit", "all"), sure) == pytest.approx(0.04)
    assert priority(Consensus(0, "digit", "all"), torn) == pytest.approx(0.9)
    for joint in (
        Consensus(0, "digit", "majority"),
        Consensus(0, "digit", "none"),
        Consensus(0, "unsure", "all"),
        Consensus(0, "not_a_digit", "all"),
    ):
        assert priority(joint, sure) == pytest.approx(1.04)
        assert priority(joint, torn) == pytest.approx(1.9)
    assert priority(Consensus(0, "digit", None), sure) == pytest.approx(0.04)


def test_a_drawing_gets_its_priority_with_its_answers(api):
    api.post("/api/predict/", {"image": base64_of(drawings.A_SEVEN)})
    row = Submission.objects.get()
    assert 0 < row.priority < 1
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE), "model": "svm"})
    assert Submission.objects.exclude(pk=row.pk).get().priority != row.priority


def test_what_teaches_most_comes_first(ann):
    rows = [add(p) for p in (0.4, 1.9, 0.9, 1.1)]
    assert take(by=ann, count=4) == [rows[i] for i in (1, 3, 2, 0)]


def test_what_is_disputed_comes_before_all(ann, ben, django_user_model):
    add(1.9)
    row = add(0)
    dispute(row, ben, django_user_model.objects.create_superuser("cleo"))
    assert take(by=ann)[0] == row


def test_what_is_disputed_goes_to_somebody_else(ann, ben, django_user_model):
    row = add()
    dispute(row, ann, ben)
    add(1.9)
    assert row not in take(by=ann, count=1)
    cleo = django_user_model.objects.create_superuser("cleo")
    assert take(by=cleo) == [row]
    record(submission=row, value="7", by=cleo)
    assert Submission.objects.get(pk=row.pk).label == 7


def test_whom_another_contradicted_looks_again_when_nothing_else_is_left(ann, ben):
    row = add()
    record(submission=row, value="1", by=ann)
    undo(by=ann)
    dispute(row, ann, ben)
    assert take(by=ben) == []
    other = add(0.5)
    assert take(by=ann, count=2) == [other, row]
    record(submission=row, value="3", by=ann)
    record(submission=other, value="7", by=ann)
    assert take(by=ann) == []
    assert take(by=ben) == [row]
    record(submission=row, value="3", by=ben)
    assert Submission.objects.get(pk=row.pk).label == 3


def test_who_took_back_what_he_said_of_a_dispute_is_asked_first(ann, ben, django_user_model):
    row = add()
    dispute(row, ben, django_user_model.objects.create_superuser("cleo"))
    record(submission=row, value="3", by=ann)
    undo(by=ann)
    add(1.9)
    assert take(by=ann) == [row]


def test_what_came_since_the_last_count_is_offered(ann):
    assert take(by=ann) == []
    rows = [add(priority, prediction=digit) for priority, digit in ((0.06, 7), (0.05, 8))]
    assert take(by=ann, count=9) == rows


def test_what_somebody_took_back_is_offered_to_him_again(ann):
    row = add()
    record(submission=row, value="7", by=ann)
    assert take(by=ann) == []
    undo(by=ann)
    assert take(by=ann) == [row]


@pytest.mark.parametrize("value", ["7", "x", "u"])
def test_what_is_labelled_does_not_come_again(ann, ben, value):
    record(submission=add(), value=value, by=ann)
    assert take(by=ben) == []


def test_among_the_sure_ones_rare_digits_come_first(ann):
    for digit, n in ((1, 3), (2, 1), (3, 2)):
        for _ in range(n):
            record(submission=add(), value=str(digit), by=ann)
    ones, twos, threes = (
        [add(0.09, prediction=1)],
        [add(p, prediction=2) for p in (0.01, 0.05)],
        [add(0.07, prediction=3)],
    )
    unsure = add(0.1, prediction=1)
    assert take(by=ann, count=5) == [unsure, twos[1], twos[0], *threes, *ones]


def test_the_drawings_are_counted_once_a_minute_only(ann, ben):
    add(0, prediction=1)
    add(0, prediction=1)
    with CaptureQueriesContext(connection) as first:
        take(by=ann)
    with CaptureQueriesContext(connection) as second:
        take(by=ben)
    assert len(first) - len(second) == 1


# Near-copies.


def nearly(row: Submission) -> bytes:
    """The same with one pixel less."""
    pixels = np.frombuffer(row.pixels, np.uint8).copy()
    pixels[np.flatnonzero(pixels)[0]] = 0
    return pixels.tobytes()


def test_near_copies_of_what_was_just_labelled_wait_until_nothing_else_is_left(ann):
    row = add(1.9)
    copy, other, sure = add(1.8, pixels=nearly(row)), add(0.5), add(0, prediction=1)
    record(submission=row, value="7", by=ann)
    for expected in (other, sure, copy):
        assert take(by=ann) == [expected]
        record(submission=expected, value="7", by=ann)


def test_near_copies_do_not_come_together(ann):
    row = add(1.9)
    copy, other = add(1.8, pixels=nearly(row)), add(0.5)
    assert take(by=ann, count=3) == [row, other, copy]


def test_near_copies_of_what_is_on_the_desk_or_was_skipped_wait_too(ann):
    rows = [add(1.9), add(1.7), add(1.5)]
    copies = [add(row.priority - 0.1, pixels=nearly(row)) for row in rows[:2]]
    line, seen = take(by=ann, count=2), []
    while line:  # as the page does: one more is asked for when one is said, or skipped
        seen.append(line.pop(0))
        if len(seen) != 2:
            record(submission=seen[-1], value="7", by=ann)
        line += take(by=ann, count=2 - len(line), skip=[row.pk for row in (*line, *seen)])
    assert seen == [*rows, *copies]


def test_near_copies_of_what_somebody_else_labelled_are_offered(ann, ben):
    row = add(1.9)
    copy = add(1.8, pixels=nearly(row))
    add(0.5)
    record(submission=row, value="7", by=ben)
    assert take(by=ann) == [copy]


def test_what_was_labelled_long_ago_is_forgotten(ann, monkeypatch):
    monkeypatch.setattr(queue, "RECENT", 1)
    row = add(1.9)
    copy = add(1.8, pixels=nearly(row))
    for each in (row, add(0.9)):
        record(submission=each, value="7", by=ann)
    add(0.5)
    assert take(by=ann) == [copy]


# By lot.


def test_one_in_ten_is_taken_by_lot_and_marked(ann, dice):
    first, second, third = add(1.9, lot=0.9), add(0.1, lot=0.1), add(0.2, lot=0.5)
    dice.falls = 0.0999
    assert [(row, row.at_random) for row in take(by=ann, count=2)] == [(second, True), (third, True)]
    Submission.objects.update(reserved_until=None)
    dice.falls = 0.1
    assert [(row, row.at_random) for row in take(by=ann)] == [(first, False)]


def test_near_copies_are_taken_by_lot_too(ann, dice):
    dice.falls = 0
    row = add(lot=0.1)
    record(submission=row, value="7", by=ann)
    copy = add(lot=0.2, pixels=nearly(row))
    add(lot=0.3)
    assert take(by=ann) == [copy]


def test_what_is_disputed_has_no_lot(ann, ben, django_user_model, dice):
    dice.falls = 0
    row = add()
    dispute(row, ben, django_user_model.objects.create_superuser("cleo"))
    assert [(row, row.at_random) for row in take(by=ann)] == [(row, False)]


def test_every_drawing_has_a_lot_of_its_own():
    assert len({add().lot for _ in range(10)}) == 10


# Reservations.


def test_two_people_get_different_drawings(ann, ben):
    rows = [add(p) for p in (1.9, 1.8, 1.7)]
    assert take(by=ann, count=2) == rows[:2]
    assert take(by=ben, count=2) == rows[2:]


def test_what_is_reserved_comes_again_first_and_for_as_long_again(ann):
    row = add(0.5)
    take(by=ann)
    nearly_over = timezone.now() + dt.timedelta(seconds=5)
    Submission.objects.update(reserved_until=nearly_over)
    other = add(1.9)
    assert take(by=ann) == [row]
    assert take(by=ann, count=2) == [row, other]
    row.refresh_from_db()
    assert row.reserved_until > timezone.now() + dt.timedelta(seconds=100)


def test_what_is_skipped_is_not_offered(ann, dice):
    rows = [add(p, lot=1 - p) for p in (0.9, 0.8)]
    assert take(by=ann) == rows[:1]
    assert take(by=ann, skip=[rows[0].pk]) == rows[1:]
    dice.falls = 0
    assert take(by=ann, count=2, skip=[row.pk for row in rows]) == []


def test_after_two_minutes_others_get_it(ann, ben):
    row = add()
    take(by=ann)
    assert take(by=ben) == []
    Submission.objects.update(reserved_until=timezone.now() - dt.timedelta(seconds=1))
    assert take(by=ben) == [row]
    assert take(by=ann) == []


def test_what_others_say_of_a_disputed_drawing_leaves_it_on_its_desk(ann, ben, django_user_model):
    cleo, dan = (django_user_model.objects.create_superuser(name) for name in ("cleo", "dan"))
    row = add()
    dispute(row, ann, ben)
    assert take(by=cleo) == [row]
    record(submission=row, value="2", by=ann)
    record(submission=row, value="3", by=None, source="import")
    assert take(by=dan) == []
    record(submission=row, value="2", by=cleo)
    row.refresh_from_db()
    assert (row.label, row.reserved_by) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_all_that_locks_rows_opens_its_own_transaction(ann):
    """Most tests run in one, which hides where it lacks."""
    rows = [add(lot=lot) for lot in (0.1, 0.2, 0.3, 0.9)]
    assert review.hold(ids=[row.pk for row in rows], by=ann) == []
    assert {row.pk for row in review.ahead(by=ann, have=[rows[0].pk])} == {row.pk for row in rows[1:]}
    assert review.save(said=[(rows[0].pk, "7"), (rows[1].pk, "x")], by=ann) == {}
    assert undo(by=ann) == rows[1]
    sample.extend()
    assert sample.sample().drawings == 1
    Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert privacy.prune(days=30) == 3


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
            while rows := take(by=person, count=3):
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


# How many.


def test_it_says_how_many_are_left_as_of_a_minute_ago(ann, ben, django_assert_num_queries):
    rows = [add(), add(), add()]
    dispute(rows[0], ann, ben)
    record(submission=rows[1], value="7", by=ann)
    assert remaining() == 2
    record(submission=rows[2], value="7", by=ann)
    with django_assert_num_queries(0):
        assert remaining() == 2
    caches["process"].clear()
    assert remaining() == 1


# What it costs.


def test_a_drawing_costs_at_most_twelve_queries(ann, ben, django_user_model, django_assert_max_num_queries):
    dispute(add(), ben, django_user_model.objects.create_superuser("cleo"))
    for p in (0.05, 0.5, 1.5):
        add(p, prediction=1)
    for _ in range(4):
        with django_assert_max_num_queries(12):
            (row,) = take(by=ann)
        record(submission=row, value="7", by=ann)


@pytest.mark.parametrize("dice_fall", [0.0, 0.5])
def test_the_queue_is_read_from_indexes(ann, dice, dice_fall):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL decides by the table's size")
    dice.falls = dice_fall
    for p in (0.05, 0.5):
        add(p, prediction=1)
    with CaptureQueriesContext(connection) as queries:
        take(by=ann, count=2)
    reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    plans = []
    with connection.cursor() as cursor:
        for sql in reads:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans += [line[3] for line in cursor.fetchall()]
    assert not [line for line in plans if line.startswith("SCAN predictor_submission") and "INDEX" not in line]
    assert any("submission_queue" in line for line in plans)
