"""What a reviewer leaves for later comes again when nothing else is left."""

import datetime as dt

import pytest
from django.utils import timezone

from predictor.models import Skip, Submission
from predictor.services.reviewing import desk
from predictor.services.reviewing.queue import reserve_next
from predictor.services.reviewing.skips import SITTING, skip, unskip
from tests.services.reviewing.waiting import add, dispute

pytestmark = pytest.mark.django_db


def keys(rows: list[Submission]) -> list:
    return [row.pk for row in rows]


def test_of_240_that_are_all_skipped_each_is_offered_and_then_the_first_again(ann):
    rows = [add(1 + number / 1000, prediction=number % 10) for number in range(240)]
    seen = []
    for _ in range(242):
        (row,) = reserve_next(by=ann)
        seen.append(row.pk)
        skip(ids=[row.pk], by=ann)
    assert set(seen[:240]) == set(keys(rows))
    assert seen[240:] == seen[:2]


def test_what_is_skipped_comes_last_the_oldest_skip_first_and_says_so(ann):
    rows = [add(p) for p in (1.9, 1.8, 0.7)]
    skip(ids=[rows[1].pk], by=ann)
    skip(ids=[rows[0].pk], by=ann)
    found = reserve_next(by=ann, count=3)
    assert keys(found) == [rows[2].pk, rows[1].pk, rows[0].pk]
    assert [row.is_skipped for row in found] == [False, True, True]


def test_what_is_skipped_is_free_for_others_at_once(ann, ben):
    row = add()
    reserve_next(by=ann)
    skip(ids=[row.pk], by=ann)
    assert reserve_next(by=ben) == [row]
    assert reserve_next(by=ann) == []


def test_a_skip_does_not_take_a_drawing_from_who_has_it(ann, ben):
    row = add()
    reserve_next(by=ben)
    skip(ids=[row.pk], by=ann)
    row.refresh_from_db()
    assert row.reserved_by == ben


def test_a_skip_again_puts_it_last(ann):
    rows = [add(p) for p in (1.9, 1.8)]
    for row in (*rows, rows[0]):
        skip(ids=[row.pk], by=ann)
    assert keys(reserve_next(by=ann, count=2)) == [rows[1].pk, rows[0].pk]
    assert Skip.objects.count() == 2


def test_an_undone_skip_is_none(ann):
    rows = [add(p) for p in (1.9, 1.8)]
    skip(ids=keys(rows), by=ann)
    unskip(ids=[rows[0].pk], by=ann)
    (found,) = reserve_next(by=ann)
    assert (found.pk, found.is_skipped) == (rows[0].pk, False)


def test_a_label_ends_the_skip(ann):
    row = add()
    skip(ids=[row.pk], by=ann)
    desk.save_labels(values=[(row.pk, "7")], by=ann)
    assert not Skip.objects.exists()


def test_after_a_sitting_it_is_a_drawing_like_others(ann):
    rows = [add(p) for p in (1.9, 1.8)]
    skip(ids=[rows[0].pk], by=ann)
    Skip.objects.update(created_at=timezone.now() - SITTING - dt.timedelta(seconds=1))
    (found,) = reserve_next(by=ann)
    assert (found.pk, found.is_skipped) == (rows[0].pk, False)
    skip(ids=[rows[1].pk], by=ann)
    assert Skip.objects.count() == 1


def test_a_drawing_that_is_gone_is_as_good_as_skipped(ann):
    row = add()
    Submission.objects.all().delete()
    skip(ids=[row.pk], by=ann)
    assert not Skip.objects.exists()


def test_what_others_labelled_since_does_not_come_again(ann, ben):
    row = add()
    skip(ids=[row.pk], by=ann)
    desk.save_labels(values=[(row.pk, "7")], by=ben)
    assert reserve_next(by=ann) == []


def test_a_skipped_dispute_comes_again_too(ann, ben, django_user_model):
    cleo = django_user_model.objects.create_superuser("cleo")
    row = add()
    dispute(row, ann, ben)
    skip(ids=[row.pk], by=cleo)
    assert keys(reserve_next(by=cleo)) == [row.pk]


def test_by_lot_no_skipped_drawing_comes(ann, dice):
    rows = [add(p, random_key=1 - p) for p in (0.9, 0.8)]
    skip(ids=[rows[0].pk], by=ann)
    dice.falls = 0
    assert keys(reserve_next(by=ann)) == [rows[1].pk]
