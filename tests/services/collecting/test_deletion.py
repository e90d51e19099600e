"""A deletion reaches the cache too, later if it must."""

import pytest
from django.core.cache.backends.locmem import LocMemCache

from predictor.models import StaleAnswer, Submission
from predictor.services.answering import cache as answers
from predictor.services.answering.champions import champions
from predictor.services.collecting import deletion
from tests import drawings
from tests.conftest import cache_config
from tests.drawings import base64_of, draw, encode

pytestmark = pytest.mark.django_db
BODY = {"image": base64_of(drawings.BLACK_ON_WHITE)}
OTHER = {"image": base64_of(encode(draw(drawings.SEVEN)))}


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(deletion, "RETRY", 0.0)
    monkeypatch.setattr(deletion, "_retry_at", 0.0)


def delete(api, reply):
    path = f"/api/submissions/{reply['id']}/"
    return api.delete(path, headers={"Authorization": f"Bearer {reply['token']}"})


def cached(submission):
    sidecars = [classifier.sidecar for classifier in champions().classifiers.values()]
    return answers.get_answers([submission.digest], sidecars).get(submission.digest, {})


def test_the_cached_answers_go_with_the_drawing(api, redis):
    reply = api.post("/api/predict/", BODY).json()
    row = Submission.objects.get()
    assert set(cached(row)) == {"cnn", "mlp", "svm"}
    assert delete(api, reply).status_code == 204
    assert not cached(row)
    assert not StaleAnswer.objects.exists()


def test_what_a_cache_that_is_away_still_holds_is_deleted_when_it_is_back(api, settings, redis):
    working = settings.CACHES
    reply = api.post("/api/predict/", BODY).json()
    row = Submission.objects.get()
    settings.CACHES = working | {"default": cache_config("redis://127.0.0.1:1/0")}
    assert delete(api, reply).status_code == 204
    assert StaleAnswer.objects.get().digest == row.digest
    api.post("/api/predict/", OTHER)
    assert StaleAnswer.objects.exists()
    settings.CACHES = working
    assert set(cached(row)) == {"cnn", "mlp", "svm"}
    api.post("/api/predict/", OTHER)
    assert not cached(row)
    assert not StaleAnswer.objects.exists()


def test_another_process_finishes_what_one_left(api):
    StaleAnswer.objects.create(digest="0" * 64)
    api.post("/api/predict/", BODY)
    assert not StaleAnswer.objects.exists()


def test_a_drawing_that_cannot_be_deleted_leaves_nothing_to_do(api):
    deletion.delete_drawings(Submission.objects.none())
    assert not StaleAnswer.objects.exists()


class KeepsEverything(LocMemCache):
    def delete_many(self, keys, version=None):
        """Does not."""


def test_a_cache_that_does_not_delete_is_not_believed(api, monkeypatch):
    monkeypatch.setattr(answers, "cache", KeepsEverything("keeps", {}))
    reply = api.post("/api/predict/", BODY).json()
    delete(api, reply)
    assert StaleAnswer.objects.exists()
