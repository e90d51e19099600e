"""How much waits for reviewers."""

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from predictor.models import Suspect
from predictor.services.reviewing import backlog
from tests.services.reviewing.waiting import add, dispute

pytestmark = pytest.mark.django_db


def test_it_counts_what_waits_what_is_disputed_what_has_a_digit_and_labels_to_check(ann, ben):
    for _ in range(3):
        add()
    dispute(add(), ann, ben)
    labelled = add(review="digit", label=7)
    Suspect.objects.create(submission=labelled, label=7, digit=1, confidence=0.9, created_at=timezone.now())
    assert backlog.backlog() == {"waiting": 3, "disputed": 1, "labelled": 1, "to_check": 1}


def test_it_counts_no_more_than_it_must(monkeypatch):
    monkeypatch.setattr(backlog, "MAX_COUNTED", 2)
    for _ in range(3):
        add()
    assert backlog.backlog()["waiting"] == 2


def test_it_counts_again_after_a_while(django_assert_num_queries):
    backlog.backlog()
    add()
    with django_assert_num_queries(0):
        assert backlog.backlog()["waiting"] == 0
    caches["process"].clear()
    assert backlog.backlog()["waiting"] == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL decides by what is in the table")
def test_what_waits_is_counted_in_an_index_alone():
    with CaptureQueriesContext(connection) as queries:
        backlog.backlog()
    waiting = queries[0]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {waiting}")
        assert "USING COVERING INDEX submission_counts" in str(cursor.fetchall())
