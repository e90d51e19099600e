"""How good the answers to visitors are, by a sample that no preference of the queue colours."""

import datetime as dt

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from predictor.models import Submission
from predictor.services import privacy, queue
from predictor.services import sample as module
from predictor.services.labels import record
from predictor.services.sample import Sample, extend, sample

pytestmark = pytest.mark.django_db
VERSIONS = reverse("admin:predictor_modelversion_changelist")


@pytest.fixture
def ann(django_user_model) -> User:
    return django_user_model.objects.create_superuser("ann")


def add(lot: float, **fields) -> Submission:
    fields = {"digest": f"{Submission.objects.count()}", "source": "page", "prediction": 7, **fields}
    return Submission.objects.create(image=b"", pixels=b"\1" * 784, preprocessing=1, lot=lot, **fields)


def extended() -> Sample:
    extend()
    return sample()


def test_what_lies_below_the_lowest_lot_that_waits_is_judged(ann):
    for lot, value in ((0.1, "7"), (0.2, "1"), (0.3, "x"), (0.35, "u"), (0.5, "1")):
        record(submission=add(lot), value=value, by=ann)
    assert extended().drawings == 0, "nobody knows whether the next would have been labelled"
    add(0.4)
    assert extended() == Sample(drawings=4, disputed=0, digits=2, right=1)


def test_what_is_in_stays_in_whatever_is_drawn_labelled_or_deleted_later(ann):
    record(submission=add(0.1), value="7", by=ann)
    waits = add(0.2)
    before = extended()
    add(0.05)
    assert extended() == before
    record(submission=waits, value="1", by=ann)
    assert extended() == before
    privacy.forget(Submission.objects.filter(review="waiting"))
    assert extended() == before
    add(0.9)
    assert extended() == Sample(drawings=2, disputed=0, digits=2, right=1)


def test_what_is_disputed_is_told_of(ann, django_user_model):
    row = add(0.1)
    record(submission=row, value="7", by=ann)
    record(submission=row, value="1", by=django_user_model.objects.create_superuser("ben"))
    add(0.2)
    assert extended() == Sample(drawings=1, disputed=1, digits=0, right=0)


def test_imports_are_no_visitors(ann):
    record(submission=add(0.1, source="import"), value="7", by=ann)
    add(0.2)
    assert extended().drawings == 0


def test_it_grows_when_the_queue_draws_lots(ann, monkeypatch):
    monkeypatch.setattr(queue, "BY_LOT", 1)
    record(submission=add(0.1), value="7", by=ann)
    for lot in (0.2, 0.3):
        add(lot)
    (row,) = queue.take(by=ann)
    assert (row.lot, sample().drawings) == (0.2, 1)
    record(submission=row, value="7", by=ann)
    queue.take(by=ann)
    assert sample().drawings == 2


def test_it_is_fair_though_what_is_hard_is_labelled_first_and_the_rest_is_pruned(ann):
    """One drawing in five is hard and misread. In each of forty weeks all that are hard are labelled, ten by lot."""
    random = np.random.default_rng(0)
    for week in range(40):
        for _ in range(50):
            hard = random.random() < 0.2
            row = add(random.random(), digest=str(random.random()), prediction=1 if hard else 7)
            if hard:
                record(submission=row, value="7", by=ann)
        for _ in range(10):
            extend()
            record(submission=Submission.objects.filter(review="waiting").earliest("lot"), value="7", by=ann)
        if week % 4 == 3:
            Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
            assert privacy.prune(days=30) > 50
    found = sample()
    low, high = found.interval
    assert found.digits > 400
    assert low < 0.8 < high


def test_what_was_pruned_around_it_stays_outside_even_when_it_waits_again(ann):
    rows = [add(0.5), add(0.6)]
    for row in rows:
        record(submission=row, value="7", by=ann)
    add(0.1)
    Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert privacy.prune(days=30) == 1
    record(submission=rows[1], value=None, by=ann)
    assert extended().drawings == 0
    record(submission=add(0.2), value="7", by=ann)
    assert extended().drawings == 1


def test_maintainers_read_it_above_the_versions(client, django_user_model, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 2)
    user = django_user_model.objects.create_user("maintainer", is_staff=True)
    user.groups.add(Group.objects.get(name="Maintainer"))
    client.force_login(user)
    for lot, value in ((0.1, "7"), (0.2, "x")):
        record(submission=add(lot), value=value, by=user)
    add(0.4)
    extend()
    assert "Visitors were answered" not in client.get(VERSIONS).content.decode()
    record(submission=add(0.3), value="1", by=user)
    extend()
    page = client.get(VERSIONS).content.decode()
    assert "Visitors were answered 50.0% right (9.5% – 90.5%) by the versions of their time" in page
    assert "2 digits in a fair sample of 3 drawings" in page
