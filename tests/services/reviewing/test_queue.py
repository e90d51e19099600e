"""Which drawings a reviewer gets next."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from predictor.models import Submission
from predictor.services.reviewing.labels import record, undo
from predictor.services.reviewing.queue import remaining, reserve_next
from tests.services.reviewing.waiting import add, dispute

pytestmark = pytest.mark.django_db


# The order.


def test_the_most_informative_drawings_come_first(ann):
    rows = [add(p) for p in (0.4, 1.9, 0.9, 1.1)]
    assert reserve_next(by=ann, count=4) == [rows[i] for i in (1, 3, 2, 0)]


def test_drawings_newer_than_the_last_count_are_offered(ann):
    assert reserve_next(by=ann) == []
    rows = [add(priority, prediction=digit) for priority, digit in ((0.06, 7), (0.05, 8))]
    assert reserve_next(by=ann, count=9) == rows


def test_a_drawing_whose_label_was_taken_back_is_offered_again(ann):
    row = add()
    record(submission=row, value="7", by=ann)
    assert reserve_next(by=ann) == []
    undo(by=ann)
    assert reserve_next(by=ann) == [row]


@pytest.mark.parametrize("value", ["7", "x", "u"])
def test_a_labelled_drawing_does_not_come_again(ann, ben, value):
    record(submission=add(), value=value, by=ann)
    assert reserve_next(by=ben) == []


def test_among_certain_drawings_rare_digits_come_first(ann):
    for digit, n in ((1, 3), (2, 1), (3, 2)):
        for _ in range(n):
            record(submission=add(), value=str(digit), by=ann)
    ones, twos, threes = (
        [add(0.09, prediction=1)],
        [add(p, prediction=2) for p in (0.01, 0.05)],
        [add(0.07, prediction=3)],
    )
    unsure = add(0.1, prediction=1)
    assert reserve_next(by=ann, count=5) == [unsure, twos[1], twos[0], *threes, *ones]


def test_drawings_are_counted_only_once_a_minute(ann, ben):
    add(0, prediction=1)
    add(0, prediction=1)
    with CaptureQueriesContext(connection) as first:
        reserve_next(by=ann)
    with CaptureQueriesContext(connection) as second:
        reserve_next(by=ben)
    assert len(first) - len(second) == 1


# Disputes.


def test_disputed_drawings_come_before_all_others(ann, ben, django_user_model):
    add(1.9)
    row = add(0)
    dispute(row, ben, django_user_model.objects.create_superuser("cleo"))
    assert reserve_next(by=ann)[0] == row


def test_a_disputed_drawing_goes_to_somebody_else(ann, ben, django_user_model):
    row = add()
    dispute(row, ann, ben)
    add(1.9)
    assert row not in reserve_next(by=ann, count=1)
    cleo = django_user_model.objects.create_superuser("cleo")
    assert reserve_next(by=cleo) == [row]
    record(submission=row, value="7", by=cleo)
    assert Submission.objects.get(pk=row.pk).label == 7


def test_a_contradicted_reviewer_gets_the_drawing_again_when_nothing_else_is_left(ann, ben):
    row = add()
    record(submission=row, value="1", by=ann)
    undo(by=ann)
    dispute(row, ann, ben)
    assert reserve_next(by=ben) == []
    other = add(0.5)
    assert reserve_next(by=ann, count=2) == [other, row]
    record(submission=row, value="3", by=ann)
    record(submission=other, value="7", by=ann)
    assert reserve_next(by=ann) == []
    assert reserve_next(by=ben) == [row]
    record(submission=row, value="3", by=ben)
    assert Submission.objects.get(pk=row.pk).label == 3


def test_a_reviewer_who_took_back_their_label_gets_the_dispute_first(ann, ben, django_user_model):
    row = add()
    dispute(row, ben, django_user_model.objects.create_superuser("cleo"))
    record(submission=row, value="3", by=ann)
    undo(by=ann)
    add(1.9)
    assert reserve_next(by=ann) == [row]


# At random.


def test_one_in_ten_is_picked_at_random_and_marked(ann, dice):
    first, second, third = add(1.9, random_key=0.9), add(0.1, random_key=0.1), add(0.2, random_key=0.5)
    dice.falls = 0.0999
    assert [(row, row.at_random) for row in reserve_next(by=ann, count=2)] == [(second, True), (third, True)]
    Submission.objects.update(reserved_until=None)
    dice.falls = 0.1
    assert [(row, row.at_random) for row in reserve_next(by=ann)] == [(first, False)]


def test_disputed_drawings_are_not_picked_at_random(ann, ben, django_user_model, dice):
    dice.falls = 0
    row = add()
    dispute(row, ben, django_user_model.objects.create_superuser("cleo"))
    assert [(row, row.at_random) for row in reserve_next(by=ann)] == [(row, False)]


def test_every_drawing_has_a_random_key_of_its_own():
    assert len({add().random_key for _ in range(10)}) == 10


# How many.


def test_the_number_of_drawings_left_may_be_a_minute_old(ann, ben, django_assert_num_queries):
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
            (row,) = reserve_next(by=ann)
        record(submission=row, value="7", by=ann)


@pytest.mark.parametrize("dice_fall", [0.0, 0.5])
def test_the_queue_is_read_from_indexes(ann, dice, dice_fall):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL decides by the table's size")
    dice.falls = dice_fall
    for p in (0.05, 0.5):
        add(p, prediction=1)
    with CaptureQueriesContext(connection) as queries:
        reserve_next(by=ann, count=2)
    reads = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    plans = []
    with connection.cursor() as cursor:
        for sql in reads:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans += [line[3] for line in cursor.fetchall()]
    assert not [line for line in plans if line.startswith("SCAN predictor_submission") and "INDEX" not in line]
    assert any("submission_queue" in line for line in plans)
