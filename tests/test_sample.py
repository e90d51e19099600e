"""How good the answers to visitors are, by a sample that no preference of the queue colours."""

import datetime as dt

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from predictor.models import Submission
from predictor.services import privacy
from predictor.services.labels import record
from predictor.services.sample import Sample, sample

pytestmark = pytest.mark.django_db
VERSIONS = reverse("admin:predictor_modelversion_changelist")


@pytest.fixture
def ann(django_user_model) -> User:
    return django_user_model.objects.create_superuser("ann")


def add(lot: float, **fields) -> Submission:
    fields = {"digest": f"{Submission.objects.count()}", "source": "page", "prediction": 7, "pixels": b"", **fields}
    return Submission.objects.create(image=b"", preprocessing=1, lot=lot, **fields)


def test_what_lies_below_the_lowest_lot_that_waits_is_judged(ann):
    for lot, value in ((0.1, "7"), (0.2, "1"), (0.3, "x"), (0.35, "u"), (0.5, "1")):
        record(submission=add(lot), value=value, by=ann)
    assert sample() == Sample(n=5, digits=3, right=1)
    add(0.4)
    assert sample() == Sample(n=4, digits=2, right=1)
    add(0.05)
    assert sample() == Sample(n=0, digits=0, right=0)


def test_imports_are_no_visitors(ann):
    record(submission=add(0.1, source="import"), value="7", by=ann)
    assert sample().n == 0


def test_what_is_pruned_leaves_the_sample_fair(ann):
    """One drawing in five is hard and misread; of the old ones all that are hard are labelled, and some by lot."""
    random = np.random.default_rng(0)
    for _ in range(1000):
        hard, lot = random.random() < 0.2, random.random()
        row = add(lot, prediction=1 if hard else 7)
        if hard or lot < 0.3:
            record(submission=row, value="7", by=ann)
    before = sample()
    Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert privacy.prune(days=30) > 400
    assert not Submission.objects.filter(review="waiting").exists()
    assert sample() == before
    assert before.right / before.digits == pytest.approx(0.8, abs=0.05)


def test_what_is_younger_than_what_is_pruned_stays_in_the_sample(ann):
    old = add(0.2)
    Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    record(submission=add(0.5), value="7", by=ann)
    assert sample().n == 0
    privacy.prune(days=30)
    assert not Submission.objects.filter(pk=old.pk).exists()
    assert sample() == Sample(n=1, digits=1, right=1)


def test_the_admin_says_it_above_the_versions(ann, client):
    client.force_login(ann)
    assert "Visitors were answered" not in client.get(VERSIONS).content.decode()
    for lot, value in ((0.1, "7"), (0.2, "1"), (0.3, "x")):
        record(submission=add(lot), value=value, by=ann)
    page = client.get(VERSIONS).content.decode()
    assert "Visitors were answered 50.0% right (9.5% – 90.5%), by 2 digits in a fair sample of 3 drawings" in page
