"""How often visitors get the right answer, by a sample that the queue's preferences do not bias."""

import datetime as dt

import numpy as np
import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from predictor.models import Submission
from predictor.services.collecting import deletion
from predictor.services.collecting import sample as module
from predictor.services.collecting.sample import Sample, extend, fair_sample
from predictor.services.reviewing import queue
from predictor.services.reviewing.labels import record

pytestmark = pytest.mark.django_db
VERSIONS = reverse("admin:predictor_modelversion_changelist")


@pytest.fixture
def ann(django_user_model) -> User:
    return django_user_model.objects.create_superuser("ann")


def add(key: float, **fields) -> Submission:
    fields = {"digest": f"{Submission.objects.count()}", "source": "page", "prediction": 7, **fields}
    return Submission.objects.create(image=b"", pixels=b"\1" * 784, preprocessing=1, random_key=key, **fields)


def extended() -> Sample:
    extend()
    return fair_sample()


def test_drawings_below_the_lowest_key_that_waits_are_counted(ann):
    for key, value in ((0.1, "7"), (0.2, "1"), (0.3, "x"), (0.35, "u"), (0.5, "1")):
        record(submission=add(key), value=value, by=ann)
    assert extended().drawings == 0, "nobody knows whether the next would have been labelled"
    add(0.4)
    assert extended() == Sample(drawings=4, disputed=0, digits=2, right=1)


def test_a_sampled_drawing_stays_in_whatever_is_drawn_labelled_or_deleted_later(ann):
    record(submission=add(0.1), value="7", by=ann)
    waits = add(0.2)
    before = extended()
    add(0.05)
    assert extended() == before
    record(submission=waits, value="1", by=ann)
    assert extended() == before
    deletion.delete_drawings(Submission.objects.filter(review="waiting"))
    assert extended() == before
    add(0.9)
    assert extended() == Sample(drawings=2, disputed=0, digits=2, right=1)


def test_disputed_drawings_are_counted(ann, django_user_model):
    row = add(0.1)
    record(submission=row, value="7", by=ann)
    record(submission=row, value="1", by=django_user_model.objects.create_superuser("ben"))
    add(0.2)
    assert extended() == Sample(drawings=1, disputed=1, digits=0, right=0)


def test_imported_drawings_are_not_sampled(ann):
    record(submission=add(0.1, source="import"), value="7", by=ann)
    add(0.2)
    assert extended().drawings == 0


def test_it_grows_when_the_queue_picks_at_random(ann, monkeypatch):
    monkeypatch.setattr(queue, "RANDOM_SHARE", 1)
    record(submission=add(0.1), value="7", by=ann)
    for key in (0.2, 0.3):
        add(key)
    (row,) = queue.reserve_next(by=ann)
    assert (row.random_key, fair_sample().drawings) == (0.2, 1)
    record(submission=row, value="7", by=ann)
    queue.reserve_next(by=ann)
    assert fair_sample().drawings == 2


def test_it_is_fair_although_hard_drawings_are_labelled_first_and_the_rest_is_pruned(ann):
    """One drawing in five is hard and misread. In each of forty weeks all that are hard are labelled, ten at random."""
    random = np.random.default_rng(0)
    for week in range(40):
        for _ in range(50):
            hard = random.random() < 0.2
            row = add(random.random(), digest=str(random.random()), prediction=1 if hard else 7)
            if hard:
                record(submission=row, value="7", by=ann)
        for _ in range(10):
            extend()
            record(submission=Submission.objects.filter(review="waiting").earliest("random_key"), value="7", by=ann)
        if week % 4 == 3:
            Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
            assert deletion.prune(days=30) > 50
    found = fair_sample()
    low, high = found.interval
    assert found.digits > 400
    assert low < 0.8 < high


def test_labelled_drawings_of_a_pruned_period_stay_out_even_if_they_wait_again(ann):
    rows = [add(0.5), add(0.6)]
    for row in rows:
        record(submission=row, value="7", by=ann)
    add(0.1)
    Submission.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert deletion.prune(days=30) == 1
    record(submission=rows[1], value=None, by=ann)
    assert extended().drawings == 0
    record(submission=add(0.2), value="7", by=ann)
    assert extended().drawings == 1


def test_maintainers_read_it_above_the_versions(client, django_user_model, monkeypatch):
    monkeypatch.setattr(module, "ENOUGH", 2)
    user = django_user_model.objects.create_user("maintainer", is_staff=True)
    user.groups.add(Group.objects.get(name="Maintainer"))
    client.force_login(user)
    for key, value in ((0.1, "7"), (0.2, "x")):
        record(submission=add(key), value=value, by=user)
    add(0.4)
    extend()
    assert "Accuracy on visitors" not in client.get(VERSIONS).content.decode()
    record(submission=add(0.3), value="1", by=user)
    extend()
    page = client.get(VERSIONS).content.decode()
    assert "by the versions that answered at the time: 50.0% (9.5–90.5%) of 2 digits" in page
    assert "2 digits, in a fair sample of 3 drawings" in page
