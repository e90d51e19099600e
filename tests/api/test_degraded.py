"""When something is missing: a model, all models, the cache, the database."""

import logging
import shutil

import pytest
from django.core.cache import caches

from predictor.ml import artifacts
from predictor.ml.champions import read_champions
from predictor.models import Submission
from tests import drawings
from tests.conftest import SHIPPED, cache_config
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
BODY = {"image": base64_of(drawings.BLACK_ON_WHITE)}


@pytest.fixture
def shipped(models_dir):
    """A copy of what is shipped, to be damaged."""
    shutil.copytree(SHIPPED, models_dir, dirs_exist_ok=True)
    return models_dir


def champion_file(root, kind):
    version = read_champions(root)[kind]
    return artifacts.version_directory(root, kind, version) / artifacts.ARTIFACT


def test_one_broken_model_does_not_take_the_others_down(api, shipped):
    champion_file(shipped, "mlp").write_bytes(b"damaged")
    response = api.post("/api/predict/", BODY)
    assert response.status_code == 200
    body = response.json()
    assert body["prediction"] == 3
    assert body["degraded"] is True
    assert body["agreement"] == "all"
    assert body["models"]["mlp"]["error"]["code"] == "model_unavailable"
    assert "SHA-256" in body["models"]["mlp"]["error"]["detail"]
    assert set(Submission.objects.get().answers) == {"svm", "cnn"}
    ready = api.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "degraded"
    assert set(ready.json()["broken"]) == {"mlp"}


def test_a_repaired_model_answers_again_without_a_restart(api, shipped):
    file = champion_file(shipped, "mlp")
    sound = file.read_bytes()
    file.write_bytes(b"damaged")
    assert api.post("/api/predict/", BODY).json()["degraded"] is True
    file.write_bytes(sound)
    assert api.post("/api/predict/", BODY).json()["degraded"] is False
    assert set(Submission.objects.get().answers) == {"svm", "cnn", "mlp"}


def test_with_no_model_the_answer_is_503_and_the_drawing_is_kept(api, models_dir):
    response = api.post("/api/predict/", BODY)
    assert response.status_code == 503
    assert response.json()["code"] == "model_unavailable"
    row = Submission.objects.get()
    assert bytes(row.image) == drawings.BLACK_ON_WHITE
    assert row.prediction is None
    assert api.get("/readyz").status_code == 503
    assert api.get("/healthz").status_code == 200


def test_a_drawing_kept_without_an_answer_gains_one_when_it_is_sent_again(api, models_dir, settings):
    api.post("/api/predict/", BODY)
    settings.MODELS_DIR = SHIPPED
    api.post("/api/predict/", BODY)
    assert Submission.objects.get().prediction == 3


def test_a_named_model_that_is_broken_is_503(api, shipped):
    champion_file(shipped, "svm").unlink()
    assert api.post("/api/predict/", BODY | {"model": "svm"}).status_code == 503
    legacy = api.post("/predict/", BODY | {"model": "svm"})
    assert legacy.status_code == 503
    assert set(legacy.json()) == {"error"}


def test_with_redis_gone_answers_go_on(api, settings):
    settings.CACHES = settings.CACHES | {"default": cache_config("redis://127.0.0.1:1/0")}
    assert api.post("/api/predict/", BODY).json()["prediction"] == 3
    assert Submission.objects.count() == 1


def test_with_redis_gone_the_log_says_why_once_in_one_line(api, settings, caplog):
    logging.getLogger("django_redis.cache").filters[0]._next = 0.0
    settings.CACHES = settings.CACHES | {"default": cache_config("redis://127.0.0.1:1/0")}
    for _ in range(3):
        api.post("/api/predict/", BODY | {"store": False})
    (record,) = [record for record in caplog.records if record.name == "django_redis.cache"]
    assert "Connection refused" in record.getMessage()
    assert record.exc_info is None


def test_with_redis_hanging_answers_go_on(api, settings):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections and never answers
        settings.CACHES = settings.CACHES | {"default": cache_config(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")}
        for _ in range(5):
            assert api.post("/api/predict/", BODY).json()["prediction"] == 3
        caches["default"].close()
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):  # asked once, then left alone
            silent.accept()
