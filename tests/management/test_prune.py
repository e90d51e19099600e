"""Drawings are deleted, with everything stored about them: by age, by their visitors, in the admin."""

import datetime as dt
import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from predictor.ml import artifacts
from predictor.models import Label, Submission
from predictor.services.answering import cache
from predictor.services.answering.champions import champions
from predictor.services.collecting import deletion
from predictor.services.reviewing.labels import record
from tests import drawings
from tests.conftest import SHIPPED
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
DRAWING = {"image": base64_of(drawings.A_SEVEN), "prompt": 7}


def prune(*arguments: str) -> str:
    out = io.StringIO()
    call_command("prune", *arguments, stdout=out)
    return out.getvalue().strip()


def add(*ages: float) -> list[Submission]:
    """Drawings of this many days of age."""
    known = Submission.objects.count()
    rows = [
        Submission.objects.create(image=b"", pixels=bytes(784), preprocessing=1, digest=f"{known + i}")
        for i in range(len(ages))
    ]
    for row, age in zip(rows, ages, strict=True):
        row.created_at = timezone.now() - dt.timedelta(days=age)
        row.save()
    return rows


def left() -> set[Submission]:
    return set(Submission.objects.all())


def test_old_unlabelled_drawings_are_deleted():
    rows = add(31, 29, 400, 0)
    assert prune("--older-than", "30") == "Drawings deleted: 2"
    assert left() == {rows[1], rows[3]}
    assert prune("--older-than", "30") == "Drawings deleted: 0"


def test_a_dry_run_deletes_nothing():
    add(31, 29)
    assert prune("--older-than", "30", "--dry-run") == "Drawings that would be deleted: 1"
    assert len(left()) == 2


@pytest.mark.parametrize("said", ["7", "x", "u", "71"])
def test_drawings_that_a_reviewer_labelled_stay(django_user_model, said):
    (row,) = add(400)
    for value in said:
        record(submission=row, value=value, by=django_user_model.objects.create_superuser(value))
    assert prune("--older-than", "30") == "Drawings deleted: 0"
    assert left() == {row}


def test_imported_drawings_stay():
    (row,) = add(400)
    record(submission=row, value="7", by=None, source=Label.Source.IMPORT)
    assert prune("--older-than", "30") == "Drawings deleted: 0"


def test_drawings_whose_label_was_taken_back_are_deleted_with_their_history(admin_user):
    (row,) = add(400)
    for value in ("7", None):
        record(submission=row, value=value, by=admin_user)
    assert prune("--older-than", "30") == "Drawings deleted: 1"
    assert not Label.objects.exists()


def test_a_claim_does_not_prevent_deletion():
    (row,) = add(400)
    record(submission=row, value="7", by=None, source=Label.Source.CLAIM)
    assert prune("--older-than", "30") == "Drawings deleted: 1"


def test_more_than_a_batch_are_all_deleted(monkeypatch):
    monkeypatch.setattr(deletion, "BATCH", 2)
    add(*[31] * 5)
    assert prune("--older-than", "30") == "Drawings deleted: 5"


@pytest.mark.parametrize("arguments", [[], ["--older-than", "-1"], ["--older-than", "month"]], ids=str)
def test_it_refuses_an_invalid_number_of_days(arguments):
    with pytest.raises(CommandError):
        prune(*arguments)


# The caches.


@pytest.fixture(params=["memory", "redis"])
def kept(request, api):
    if request.param == "redis":
        request.getfixturevalue("redis")
    return api.post("/api/predict/", DRAWING).json()


def cached(digest: str) -> dict[str, np.ndarray]:
    sidecars = [classifier.sidecar for classifier in champions().classifiers.values()]
    return cache.get_answers([digest], sidecars).get(digest, {})


@pytest.mark.parametrize("way", ["token", "form", "admin", "prune"])
def test_a_drawing_is_deleted_with_its_labels_and_cached_answers(api, client, admin_client, kept, way):
    api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)})
    row, other = Submission.objects.get(pk=kept["id"]), Submission.objects.exclude(pk=kept["id"]).get()
    assert set(cached(row.digest)) == {"cnn", "mlp", "svm"}
    match way:
        case "token":
            api.delete(f"/api/submissions/{row.pk}/", HTTP_AUTHORIZATION=f"Bearer {kept['token']}")
        case "form":
            client.post(f"/drawings/{row.pk}/", {"do": "delete", "token": kept["token"]})
        case "admin":
            admin_client.post(reverse("admin:predictor_submission_delete", args=[row.pk]), {"post": "yes"})
        case "prune":
            Submission.objects.filter(pk=row.pk).update(created_at="2020-01-01T00:00Z")
            prune("--older-than", "30")
    assert left() == {other}
    assert not Label.objects.exists()
    assert cached(row.digest) == {}
    assert set(cached(other.digest)) == {"cnn", "mlp", "svm"}


def test_cached_answers_of_earlier_versions_are_deleted_too(api):
    kept = api.post("/api/predict/", DRAWING).json()
    digest = Submission.objects.get().digest
    earlier = [
        artifacts.read_sidecar(artifacts.version_directory(SHIPPED, "svm", version))
        for version in artifacts.published_versions(SHIPPED, "svm")
    ]
    assert len(earlier) > 1
    for sidecar in earlier:
        cache.set_answers({digest: {"svm": np.ones(10, np.float32) / 10}}, [sidecar])
    api.delete(f"/api/submissions/{kept['id']}/", HTTP_AUTHORIZATION=f"Bearer {kept['token']}")
    assert not any(cache.get_answers([digest], [sidecar]) for sidecar in earlier)


def test_answers_are_deleted_even_while_the_cache_is_paused(api, monkeypatch):
    kept = api.post("/api/predict/", DRAWING).json()
    digest = Submission.objects.get().digest
    monkeypatch.setattr(cache, "_paused_until", float("inf"))
    api.delete(f"/api/submissions/{kept['id']}/", HTTP_AUTHORIZATION=f"Bearer {kept['token']}")
    monkeypatch.setattr(cache, "_paused_until", 0)
    assert cached(digest) == {}
