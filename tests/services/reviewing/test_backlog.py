"""How much waits for reviewers."""

import pytest
from django.core.cache import caches
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
