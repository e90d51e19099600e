"""Near-duplicates of a drawing wait until nothing else is left."""

import pytest

from predictor.services.reviewing import queue
from predictor.services.reviewing.labels import record
from predictor.services.reviewing.queue import reserve_next
from tests.services.reviewing.waiting import add, nearly

pytestmark = pytest.mark.django_db


def test_near_duplicates_of_what_was_just_labelled_wait_until_nothing_else_is_left(ann):
    row = add(1.9)
    copy, other, sure = add(1.8, pixels=nearly(row)), add(0.5), add(0, prediction=1)
    record(submission=row, value="7", by=ann)
    for expected in (other, sure, copy):
        assert reserve_next(by=ann) == [expected]
        record(submission=expected, value="7", by=ann)


def test_near_duplicates_do_not_come_together(ann):
    row = add(1.9)
    copy, other = add(1.8, pixels=nearly(row)), add(0.5)
    assert reserve_next(by=ann, count=3) == [row, other, copy]


def test_near_duplicates_of_what_is_reserved_or_was_skipped_wait_too(ann):
    rows = [add(1.9), add(1.7), add(1.5)]
    copies = [add(row.priority - 0.1, pixels=nearly(row)) for row in rows[:2]]
    line, seen = reserve_next(by=ann, count=2), []
    while line:  # as the page does: a labelled or skipped drawing is replaced by another
        seen.append(line.pop(0))
        if len(seen) != 2:
            record(submission=seen[-1], value="7", by=ann)
        line += reserve_next(by=ann, count=2 - len(line), skip=[row.pk for row in (*line, *seen)])
    assert seen == [*rows, *copies]


def test_near_duplicates_of_what_somebody_else_labelled_are_offered(ann, ben):
    row = add(1.9)
    copy = add(1.8, pixels=nearly(row))
    add(0.5)
    record(submission=row, value="7", by=ben)
    assert reserve_next(by=ann) == [copy]


def test_drawings_labelled_long_ago_are_not_compared(ann, monkeypatch):
    monkeypatch.setattr(queue, "RECENT", 1)
    row = add(1.9)
    copy = add(1.8, pixels=nearly(row))
    for each in (row, add(0.9)):
        record(submission=each, value="7", by=ann)
    add(0.5)
    assert reserve_next(by=ann) == [copy]


def test_near_duplicates_are_picked_at_random_too(ann, dice):
    dice.falls = 0
    row = add(random_key=0.1)
    record(submission=row, value="7", by=ann)
    copy = add(random_key=0.2, pixels=nearly(row))
    add(random_key=0.3)
    assert reserve_next(by=ann) == [copy]
