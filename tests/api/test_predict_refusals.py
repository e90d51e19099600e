"""POST /api/predict/: what it refuses, and with which error."""

import pytest

from predictor.models import Submission
from tests.api.predicting import BAD_STROKES, REFUSALS, URL, post, post_png

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", REFUSALS)
def test_it_refuses(api, name):
    body, kind, status, code, field = REFUSALS[name]
    response = post_png(api, body, kind)
    assert response.status_code == status, response.content
    told = response.json()
    assert told["detail"]
    assert told["request_id"] == response["X-Request-ID"]
    assert told.get("field") == field
    assert code is None or told["code"] == code
    assert not Submission.objects.exists()


def test_a_refused_data_url_names_its_type(api):
    response = post(api, image="data:image/gif;base64,R0lGODlh")
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_image_type"
    assert "image/gif" in response.json()["detail"]


@pytest.mark.parametrize("name", ["knn", "", "CNN", "svmx"])
def test_it_refuses_an_unknown_model(api, name):
    response = post(api, model=name)
    assert response.status_code in ({400} if name == "" else {422})
    assert response.json()["code"] == ("invalid" if name == "" else "unknown_model")
    assert response.json()["field"] == "model"


@pytest.mark.parametrize("strokes", BAD_STROKES, ids=lambda value: str(value)[:40])
def test_it_refuses_invalid_strokes(api, strokes):
    response = post(api, strokes=strokes)
    assert response.status_code == 400
    assert response.json()["field"] == "strokes"
    assert not Submission.objects.exists()


@pytest.mark.parametrize("prompt", [10, -1, "seven", 3.5])
def test_it_refuses_a_prompt_that_is_not_a_digit(api, prompt):
    response = post(api, prompt=prompt)
    assert response.status_code == 400
    assert response.json()["field"] == "prompt"


def test_it_refuses_a_body_of_unknown_length(api):
    response = api.generic("POST", URL, b"", content_type="image/png", HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411
    assert response.json()["code"] == "length_required"


def test_it_refuses_another_method(api):
    response = api.get(URL)
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


# Too many requests.


def test_it_refuses_clients_that_send_too_many_requests(api, settings):
    settings.PREDICT_RATE = "2/hour"
    assert [post(api, store=False).status_code for _ in range(3)] == [200, 200, 429]
    response = post(api, store=False)
    assert 0 < int(response["Retry-After"]) <= 3600
    assert response.json()["code"] == "throttled"


def test_a_forged_address_does_not_lift_the_limit(api, settings):
    settings.PREDICT_RATE = "1/hour"
    post(api, store=False)
    again = api.post(URL, {"image": "x"}, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert again.status_code == 429
