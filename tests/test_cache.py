"""Answers are kept by content."""

import shutil

import numpy as np
import pytest
from django.core.cache import caches

from predictor import cache
from predictor.ml import artifacts, images, pictures
from predictor.services.champions import champions
from tests import drawings
from tests.conftest import SHIPPED
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


def ask(api, content):
    return api.post("/api/predict/", {"image": base64_of(content), "store": False}).json()


def digest_of(content):
    return images.digest(images.normalise(pictures.decode(content)))


@pytest.fixture(params=["memory", "redis"])
def kept(request):
    if request.param == "redis":
        request.getfixturevalue("redis")


@pytest.mark.usefixtures("kept")
def test_two_drawings_one_after_the_other_get_their_own_answers(api):
    assert [ask(api, content)["prediction"] for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN)] == [3, 7]
    assert [ask(api, content)["prediction"] for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN)] == [3, 7]


@pytest.mark.usefixtures("kept")
def test_an_answer_is_found_again_for_the_same_pixels(api):
    ask(api, drawings.BLACK_ON_WHITE)
    sidecars = [classifier.sidecar for classifier in champions().classifiers.values()]
    found = cache.get_answers(digest_of(drawings.WHITE_ON_BLACK), sidecars)
    assert set(found) == {"cnn", "mlp", "svm"}
    assert cache.get_answers(digest_of(drawings.A_SEVEN), sidecars) == {}


@pytest.mark.usefixtures("kept")
def test_what_is_kept_is_what_is_answered(api):
    first, second = ask(api, drawings.A_SEVEN), ask(api, drawings.A_SEVEN)
    assert first == second


@pytest.mark.usefixtures("kept")
def test_a_kept_answer_is_used(api):
    sidecar = champions().classifiers["svm"].sidecar
    cache.set_answers(digest_of(drawings.A_SEVEN), {"svm": np.eye(10, dtype=np.float32)[4]}, [sidecar])
    answer = ask(api, drawings.A_SEVEN)["models"]
    assert answer["svm"]["prediction"] == 4
    assert answer["cnn"]["prediction"] == 7


def test_a_promotion_never_serves_an_old_answer(api, models_dir):
    shutil.copytree(SHIPPED, models_dir, dirs_exist_ok=True)
    ask(api, drawings.A_SEVEN)
    old = champions().classifiers["svm"].sidecar
    content = artifacts.read_artifact(artifacts.version_directory(models_dir, "svm", old.version), old)
    new = artifacts.publish(models_dir, old, content)
    artifacts.promote(models_dir, {"svm": new.version})
    assert cache.get_answers(digest_of(drawings.A_SEVEN), [new]) == {}
    assert ask(api, drawings.A_SEVEN)["models"]["svm"]["version"] == new.version == old.version + 1


def test_nothing_in_redis_is_pickled(api, redis):
    ask(api, drawings.A_SEVEN)
    client = caches["default"].client.get_client()
    (key, *_) = client.keys(f"{redis}:*answer*")
    assert client.get(key).startswith(b"[")
