"""POST /api/explain/"""

import shutil

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictor.ml import artifacts, images, pictures
from predictor.ml.champions import read_champions
from predictor.models import Submission
from predictor.services.answering import cache
from predictor.services.answering.champions import champions
from tests import drawings
from tests.api.predicting import BAD_STROKES, REFUSALS
from tests.conftest import SHIPPED
from tests.drawings import base64_of

URL = "/api/explain/"
pytestmark = pytest.mark.django_db


def post(api, **fields):
    return api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)} | fields)


def test_it_maps_what_mattered_to_each_model_and_keeps_nothing(api):
    response = post(api)
    assert response.status_code == 200
    body = response.json()
    assert body["prediction"] == 3
    assert body["degraded"] is False
    assert body["preprocessing"] == images.PREPROCESSING
    assert set(body["models"]) == {"cnn", "mlp", "svm"}
    seen = images.normalise(pictures.decode(drawings.BLACK_ON_WHITE))
    for kind, said in body["models"].items():
        assert said["version"] == champions().classifiers[kind].version
        assert said["digit"] == 3
        found = np.array(said["map"])
        assert found.shape == (28, 28)
        assert (found[seen == 0] == 0).all()
        assert found.max() > 0.5
        assert (found.round(3) == found).all()
    assert body["pixels"] == images.to_data_url(seen)
    assert not Submission.objects.exists()


def test_each_model_explains_its_own_digit(api):
    sidecar = champions().classifiers["svm"].sidecar
    digest = images.digest(images.normalise(pictures.decode(drawings.A_SEVEN)))
    cache.set_answers({digest: {"svm": np.eye(10, dtype=np.float32)[1]}}, [sidecar])
    body = post(api, image=base64_of(drawings.A_SEVEN)).json()
    assert {kind: said["digit"] for kind, said in body["models"].items()} == {"cnn": 7, "mlp": 7, "svm": 1}
    assert body["prediction"] == 7


@pytest.mark.parametrize("kind", ["svm", "cnn", "mlp"])
def test_one_model_explains_alone_when_it_is_named(api, kind):
    assert set(post(api, model=kind).json()["models"]) == {kind}


def test_the_other_fields_of_a_prediction_are_accepted_and_ignored(api):
    strokes = {"size": [280, 280], "pen": 18, "lines": [[[1, 2]]]}
    assert post(api, store=True, prompt=3, strokes=strokes).status_code == 200
    assert not Submission.objects.exists()


def test_it_takes_multipart_and_a_raw_body_with_or_without_the_slash_at_the_end(api):
    file = SimpleUploadedFile("three.png", drawings.BLACK_ON_WHITE, "image/png")
    assert api.post(URL, {"image": file, "model": "cnn"}, format="multipart").json()["prediction"] == 3
    raw = api.generic("POST", "/api/explain?model=cnn", drawings.A_SEVEN, content_type="image/png")
    assert raw.json()["prediction"] == 7
    assert set(raw.json()["models"]) == {"cnn"}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_refuses_the_same_bodies_as_a_prediction(api, name):
    body, kind, status, code, field = REFUSALS[name]
    response = api.generic("POST", URL, body, content_type=kind)
    assert response.status_code == status
    assert response.json().get("field") == field
    assert code is None or response.json()["code"] == code


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [({"model": "knn"}, 422, "model"), ({"prompt": 10}, 400, "prompt"), ({"strokes": BAD_STROKES[0]}, 400, "strokes")],
)
def test_it_refuses_the_same_fields_as_a_prediction(api, fields, status, field):
    response = post(api, **fields)
    assert response.status_code == status
    assert response.json()["field"] == field


def test_it_refuses_a_body_of_unknown_length(api):
    response = api.generic("POST", URL, b"", content_type="image/png", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411


def test_it_refuses_another_method(api):
    assert api.get(URL).status_code == 405


def test_it_refuses_too_many_requests_and_still_answers_predictions(api, settings):
    settings.EXPLAIN_RATE = "1/hour"
    assert [post(api, model="cnn").status_code for _ in range(2)] == [200, 429]
    assert 0 < int(post(api)["Retry-After"]) <= 3600
    assert api.post("/api/predict/", {"image": base64_of(drawings.A_ONE)}).status_code == 200


def test_the_limit_of_predictions_does_not_count_here(api, settings):
    settings.PREDICT_RATE = "1/hour"
    assert [post(api, model="cnn").status_code for _ in range(2)] == [200, 200]


def test_one_broken_model_does_not_take_the_others_down(api, models_dir):
    shutil.copytree(SHIPPED, models_dir, dirs_exist_ok=True)
    version = read_champions(models_dir)["mlp"]
    (artifacts.version_directory(models_dir, "mlp", version) / artifacts.ARTIFACT).write_bytes(b"damaged")
    body = post(api).json()
    assert body["prediction"] == 3
    assert body["degraded"] is True
    assert body["models"]["mlp"]["version"] == version
    assert body["models"]["mlp"]["error"]["code"] == "model_unavailable"
    assert len(body["models"]["svm"]["map"]) == 28
    alone = post(api, model="mlp")
    assert alone.status_code == 503


def test_a_model_with_a_cached_answer_that_cannot_explain_it_is_left_out(api, monkeypatch):
    assert post(api).status_code == 200
    monkeypatch.setattr(champions().classifiers["svm"], "_session", None)
    body = post(api).json()
    assert "error" in body["models"]["svm"]
    assert body["degraded"] is True
    assert body["prediction"] == 3
    assert post(api, model="svm").status_code == 503


def test_with_no_model_it_is_503(api, models_dir):
    response = post(api)
    assert response.status_code == 503
    assert response.json()["code"] == "model_unavailable"
