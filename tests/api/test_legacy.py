"""The ancestor's POST /predict/ and GET /models/: its clients work unchanged."""

import json

import pytest
from PIL import Image, ImageDraw

from predictor.models import Submission
from tests import drawings
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
IMAGE = base64_of(drawings.BLACK_ON_WHITE)


@pytest.mark.parametrize("kind", ["cnn", "mlp", "svm"])
def test_a_named_model_answers_with_its_prediction_alone(api, kind):
    response = api.post("/predict/", {"model": kind, "image": IMAGE})
    assert response.status_code == 200
    assert response.json() == {"prediction": 3}
    assert Submission.objects.get().source == "legacy"


def framed_four() -> str:
    """As the ancestor's own tests had it: a light 4 on black paper of 222×223 pixels, with a thin light frame."""
    picture = Image.new("RGBA", (222, 223), (0, 0, 0, 255))
    canvas = ImageDraw.Draw(picture)
    for line in ([(75, 40), (62, 120), (150, 120)], [(140, 45), (135, 190)]):
        canvas.line(line, fill="white", width=12, joint="curve")
    canvas.rectangle((0, 0, 221, 222), outline=(221, 221, 221))
    return base64_of(drawings.encode(picture))


@pytest.mark.parametrize("kind", ["cnn", "mlp", "svm"])
def test_a_light_frame_around_black_paper_is_not_taken_for_the_paper(api, kind):
    assert api.post("/predict/", {"model": kind, "image": framed_four()}).json() == {"prediction": 4}


def test_without_a_name_all_models_answer(api):
    response = api.post("/predict/", {"image": IMAGE})
    assert response.json() == {"prediction": 3, "predictions": {"cnn": 3, "mlp": 3, "svm": 3}}


def test_the_content_type_does_not_matter(api):
    body = json.dumps({"model": "cnn", "image": IMAGE})
    response = api.generic("POST", "/predict/", body, content_type="application/x-www-form-urlencoded")
    assert response.json() == {"prediction": 3}


def test_the_models_are_listed(api):
    response = api.get("/models/")
    assert response.status_code == 200
    assert response.json() == {"models": ["cnn", "mlp", "svm"]}


@pytest.mark.parametrize("name", ["knn", "CNN", 3, ["cnn"], {}])
def test_an_unknown_model_is_refused_in_the_ancestors_words(api, name):
    response = api.post("/predict/", {"model": name, "image": IMAGE})
    assert response.status_code == 422
    assert response.json() == {"error": "Unexpected model name. Only cnn, mlp, svm models are available."}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"model": "cnn", "image": "@@"}),
        json.dumps({"model": "cnn", "image": "aGVsbG8="}),
        json.dumps({"model": "cnn", "image": base64_of(drawings.BLACK_ON_WHITE[:200])}),
        json.dumps({"model": "cnn", "image": base64_of(drawings.GIF)}),
        json.dumps({"model": "cnn", "image": base64_of(drawings.TOO_WIDE)}),
        json.dumps({"model": "cnn", "image": 7}),
        json.dumps({"model": "cnn", "image": "data:text/plain;base64,aGk="}),
        json.dumps({"model": "cnn"}),
        json.dumps([1]),
        "{",
        "[" * 100_000,
        "",
    ],
    ids=lambda body: body[:40],
)
def test_an_invalid_image_is_refused_in_the_ancestors_words(api, body):
    response = api.generic("POST", "/predict/", body, content_type="application/json")
    assert response.status_code == 422
    assert response.json() == {"error": "Could not perform the prediction. Invalid image base64 image."}
    assert not Submission.objects.exists()


def test_a_blank_image_is_refused_too(api):
    response = api.post("/predict/", {"model": "cnn", "image": base64_of(drawings.BLANK)})
    assert response.status_code == 422
    assert response.json() == {"error": "Could not perform the prediction. Nothing is drawn on the image."}


def test_a_body_over_1_mib_is_refused_in_the_ancestors_format(api):
    response = api.post("/predict/", {"image": "x" * (1024 * 1024)})
    assert response.status_code == 413
    assert set(response.json()) == {"error"}
