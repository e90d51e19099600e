"""POST /api/predict/: what it takes and what it answers."""

import base64
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ImageChops

from predictor.ml import images, pictures
from predictor.models import Submission
from tests import drawings
from tests.api.predicting import URL, post, post_png
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


def test_it_answers_with_every_model_and_keeps_the_drawing(api):
    response = api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)}, HTTP_X_REQUEST_ID="tuesday-7")
    assert response.status_code == 200
    body = response.json()
    assert body["prediction"] == 3
    assert body["verdict"] == "digit"
    assert body["summary"] == "All three say 3."
    assert body["agreement"] == "all"
    assert body["degraded"] is False
    assert body["preprocessing"] == images.PREPROCESSING
    assert set(body["models"]) == {"svm", "cnn", "mlp"}
    for answer in body["models"].values():
        assert answer["prediction"] == 3
        assert len(answer["probabilities"]) == 10
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-3)
        assert answer["confidence"] == max(answer["probabilities"])
        assert answer["version"] >= 1
    row = Submission.objects.get()
    assert body["id"] == str(row.id)
    assert bytes(row.image) == drawings.BLACK_ON_WHITE
    assert len(row.pixels) == 784
    assert row.prediction == 3
    assert row.source == "api"
    assert row.request_id == response["X-Request-ID"] == "tuesday-7"
    assert {kind: given["version"] for kind, given in row.answers.items()} == {
        kind: given["version"] for kind, given in body["models"].items()
    }
    assert row.label is None


def test_the_picture_that_the_models_saw_comes_back(api):
    pixels = post(api).json()["pixels"]
    seen = pictures.decode(base64.b64decode(pixels.removeprefix("data:image/png;base64,")))
    assert seen.shape == (28, 28)
    assert (seen == images.normalise(pictures.decode(drawings.BLACK_ON_WHITE))).all()


@pytest.mark.parametrize("name", ["BLACK_ON_WHITE", "WHITE_ON_BLACK", "TRANSPARENT", "OPAQUE_RGBA"])
def test_the_same_three_in_every_format_is_a_three(api, name):
    response = post_png(api, getattr(drawings, name))
    assert response.json()["prediction"] == 3
    assert {answer["prediction"] for answer in response.json()["models"].values()} == {3}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_it_takes_three_types_as_a_raw_body(api, kind):
    content = drawings.encode(drawings.draw(), kind)
    assert post_png(api, content, f"image/{kind.lower()}").json()["prediction"] == 3


def test_it_takes_a_data_url(api):
    assert post(api, image="data:image/png;base64," + base64_of(drawings.TRANSPARENT)).json()["prediction"] == 3


def test_it_takes_base64_with_line_breaks(api):
    text = base64_of(drawings.BLACK_ON_WHITE)
    lines = "\n".join(text[i : i + 76] for i in range(0, len(text), 76))
    assert post(api, image=lines).json()["prediction"] == 3


def test_it_takes_multipart_with_the_other_fields(api):
    file = SimpleUploadedFile("three.png", drawings.BLACK_ON_WHITE, "image/png")
    strokes = {"size": [280, 280], "pen": 18, "lines": [[[1, 2, 0], [3, 4, 16]]]}
    fields = {"image": file, "strokes": json.dumps(strokes), "prompt": "3", "model": "svm"}
    response = api.post(URL, fields, format="multipart")
    assert response.status_code == 200
    row = Submission.objects.get()
    assert row.strokes == strokes
    assert row.prompt == 3
    assert set(row.answers) == {"svm"}


def test_a_raw_body_takes_its_fields_from_the_query_string(api):
    response = post_png(api, drawings.BLACK_ON_WHITE, url=f"{URL}?model=svm&store=false")
    assert set(response.json()["models"]) == {"svm"}
    assert response.json()["id"] is None


@pytest.mark.parametrize("content_type", ["image/jpg", "image/jpeg", "IMAGE/JPEG; q=1"])
def test_it_takes_a_jpeg_under_each_of_its_names(api, content_type):
    assert post_png(api, drawings.encode(drawings.draw(), "JPEG"), content_type).json()["prediction"] == 3


def test_a_data_url_may_use_the_other_name_of_jpeg_too(api):
    text = "data:image/jpg;base64," + base64_of(drawings.encode(drawings.draw(), "JPEG"))
    assert post(api, image=text).json()["prediction"] == 3


def test_it_answers_without_the_slash_at_the_end_too(api):
    assert api.post("/api/predict", {"image": base64_of(drawings.A_ONE)}).json()["prediction"] == 1
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("kind", ["svm", "cnn", "mlp"])
def test_one_model_answers_alone_when_it_is_named(api, kind):
    body = post(api, model=kind).json()
    assert set(body["models"]) == {kind}
    assert body["prediction"] == body["models"][kind]["prediction"]
    assert body["agreement"] is None


def test_someone_who_is_logged_in_needs_no_csrf_token(admin_user):
    from rest_framework.test import APIClient

    api = APIClient(enforce_csrf_checks=True)
    api.force_login(admin_user)
    assert post(api).status_code == 200


# What is not a digit.


A_BLOCK = drawings.encode(drawings.draw([(60, 140), (220, 140)], pen=160))
TWO_PIECES = drawings.encode(
    ImageChops.darker(drawings.draw([(40, 60), (40, 220)]), drawings.draw([(230, 60), (230, 120)]))
)


@pytest.mark.parametrize("picture", [A_BLOCK, TWO_PIECES], ids=["a block", "two pieces apart"])
@pytest.mark.parametrize("only", [{}, {"model": "cnn"}, {"model": "mlp"}, {"model": "svm"}], ids=str)
def test_what_cannot_be_a_digit_gets_no_digit_verdict(api, picture, only):
    body = post(api, image=base64_of(picture), **only).json()
    assert body["verdict"] == "not_a_digit"
    assert body["prediction"] in range(10)
    assert Submission.objects.get().verdict == "not_a_digit"


def test_what_cannot_be_a_digit_keeps_its_verdict_when_other_models_are_asked_later(api):
    post(api, image=base64_of(A_BLOCK), model="svm")
    post(api, image=base64_of(A_BLOCK), model="cnn")
    row = Submission.objects.get()
    assert set(row.answers) == {"svm", "cnn"}
    assert row.verdict == "not_a_digit"


@pytest.mark.parametrize("name", ["BLACK_ON_WHITE", "A_ONE", "A_SEVEN"])
@pytest.mark.parametrize("kind", ["svm", "cnn", "mlp"])
def test_each_model_alone_gives_a_digit_its_verdict(api, name, kind):
    assert post(api, image=base64_of(getattr(drawings, name)), model=kind).json()["verdict"] == "digit"
