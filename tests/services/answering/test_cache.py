"""Answers are cached by content."""

import shutil

import numpy as np
import pytest
from django.core.cache import caches

from predictor.ml import artifacts, images, pictures
from predictor.ml.champions import promote
from predictor.services.answering import cache
from predictor.services.answering.champions import champions
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
def test_the_same_pixels_are_answered_from_the_cache(api):
    ask(api, drawings.BLACK_ON_WHITE)
    sidecars = [classifier.sidecar for classifier in champions().classifiers.values()]
    digest = digest_of(drawings.WHITE_ON_BLACK)
    found = cache.get_answers([digest, digest_of(drawings.A_SEVEN)], sidecars)
    assert set(found) == {digest}
    assert set(found[digest]) == {"cnn", "mlp", "svm"}


@pytest.mark.usefixtures("kept")
def test_a_cached_answer_equals_the_original(api):
    first, second = ask(api, drawings.A_SEVEN), ask(api, drawings.A_SEVEN)
    assert first == second


@pytest.mark.usefixtures("kept")
def test_a_cached_answer_is_used(api):
    sidecar = champions().classifiers["svm"].sidecar
    cache.set_answers({digest_of(drawings.A_SEVEN): {"svm": np.eye(10, dtype=np.float32)[4]}}, [sidecar])
    answer = ask(api, drawings.A_SEVEN)["models"]
    assert answer["svm"]["prediction"] == 4
    assert answer["cnn"]["prediction"] == 7


def test_a_promotion_never_serves_an_old_answer(api, models_dir):
    shutil.copytree(SHIPPED, models_dir, dirs_exist_ok=True)
    ask(api, drawings.A_SEVEN)
    old = champions().classifiers["svm"].sidecar
    content = artifacts.read_artifact(artifacts.version_directory(models_dir, "svm", old.version), old)
    new = artifacts.publish(models_dir, old, content)
    promote(models_dir, {"svm": new.version})
    assert cache.get_answers([digest_of(drawings.A_SEVEN)], [new]) == {}
    assert ask(api, drawings.A_SEVEN)["models"]["svm"]["version"] == new.version == old.version + 1


def test_nothing_in_redis_is_pickled(api, redis):
    ask(api, drawings.A_SEVEN)
    client = caches["default"].client.get_client()
    (key, *_) = client.keys(f"{redis}:*answer*")
    assert client.get(key).startswith(b"[")


RUBBISH = [
    b"text",
    b"",
    b"\x80\x04K\x01.",  # a pickle
    b"null",
    b'{"a": 1}',
    b"123",
    b"0.1",
    b'"[0.1]"',
    b"[0.1, 0.2]",
    b"[" + b",".join([b"0.1"] * 11) + b"]",
    b"[" + b",".join([b"0.2"] * 10) + b"]",
    b"[" + b",".join([b'"0.1"'] * 10) + b"]",
    b"[true, 0, 0, 0, 0, 0, 0, 0, 0, 0]",
    b"[2, -1, 0, 0, 0, 0, 0, 0, 0, 0]",
    b"[NaN, 0, 0, 0, 0, 0, 0, 0, 0, 1]",
    b"[[1], 0, 0, 0, 0, 0, 0, 0, 0, 0]",
    b"[1" + b"0" * 400 + b", 0, 0, 0, 0, 0, 0, 0, 0, 0]",
    b"[" * 100_000,
    b"\xff\xfe",
]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=lambda rubbish: repr(rubbish[:20]))
def test_rubbish_in_redis_is_a_miss_and_overwritten(api, redis, rubbish):
    right = ask(api, drawings.A_SEVEN)
    client = caches["default"].client.get_client()
    keys = client.keys(f"{redis}:*answer*")
    for key in keys:
        client.set(key, rubbish)
    assert ask(api, drawings.A_SEVEN) == right
    assert rubbish not in {client.get(key) for key in keys}


def test_a_key_of_another_type_in_redis_is_a_miss_and_overwritten(api, redis):
    right = ask(api, drawings.A_SEVEN)
    client = caches["default"].client.get_client()
    keys = client.keys(f"{redis}:*answer*")
    for key in keys:
        client.delete(key)
        client.lpush(key, "a list")
    assert ask(api, drawings.A_SEVEN) == right
    assert {client.type(key) for key in keys} == {b"string"}
