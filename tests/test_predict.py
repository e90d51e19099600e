"""POST /api/predict/"""

import base64
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import ImageChops

from predictor.ml import images, pictures
from predictor.models import Submission
from tests import drawings
from tests.drawings import base64_of

URL = "/api/predict/"
pytestmark = pytest.mark.django_db


def post(api, **fields):
    return api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)} | fields)


def post_png(api, content, kind="image/png", url=URL):
    return api.generic("POST", url, content, content_type=kind)


def test_it_answers_with_every_model_and_keeps_the_drawing(api):
    response = api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)}, HTTP_X_REQUEST_ID="tuesday-7")
    assert response.status_code == 200
    body = response.json()
    assert body["prediction"] == 3
    assert body["verdict"] == "digit"
    assert body["agreement"] == "all"
    assert body["degraded"] is False
    assert body["preprocessing"] == images.PREPROCESSING
    assert set(body["models"]) == {"svm", "cnn", "mlp"}
    for answer in body["models"].values():
        assert answer["prediction"] == 3
        assert len(answer["probabilities"]) == 10
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
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
def test_the_same_three_in_every_dress_is_a_three(api, name):
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


def test_a_multipart_post_without_store_is_kept(api):
    api.post(URL, {"image": SimpleUploadedFile("three.png", drawings.BLACK_ON_WHITE)}, format="multipart")
    assert Submission.objects.count() == 1


def test_a_raw_body_takes_its_fields_from_the_query_string(api):
    response = post_png(api, drawings.BLACK_ON_WHITE, url=f"{URL}?model=svm&store=false")
    assert set(response.json()["models"]) == {"svm"}
    assert response.json()["id"] is None


@pytest.mark.parametrize("kind", ["svm", "cnn", "mlp"])
def test_one_model_answers_alone_when_it_is_named(api, kind):
    body = post(api, model=kind).json()
    assert set(body["models"]) == {kind}
    assert body["prediction"] == body["models"][kind]["prediction"]
    assert body["agreement"] is None


def test_nothing_is_kept_when_store_is_false(api):
    assert post(api, store=False).json()["id"] is None
    assert not Submission.objects.exists()


def test_the_same_drawing_twice_is_one_submission(api):
    first, second = post(api).json(), post_png(api, drawings.WHITE_ON_BLACK).json()
    assert first["id"] == second["id"]
    assert Submission.objects.count() == 1


def test_asking_one_model_later_does_not_wipe_out_what_all_said(api):
    post(api)
    post(api, model="svm")
    row = Submission.objects.get()
    assert set(row.answers) == {"svm", "cnn", "mlp"}
    assert row.agreement == "all"


def test_a_drawing_sent_again_with_strokes_gains_them(api):
    strokes = {"size": [280, 280], "pen": 18, "lines": [[[1, 2]]]}
    post(api)
    post(api, strokes=strokes, prompt=3)
    assert Submission.objects.get().strokes == strokes
    assert Submission.objects.get().prompt == 3


def test_the_page_is_known_by_its_origin(api):
    api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)}, HTTP_ORIGIN="http://testserver")
    api.post(URL, {"image": base64_of(drawings.A_SEVEN)}, HTTP_ORIGIN="https://elsewhere.example")
    assert set(Submission.objects.values_list("prediction", "source")) == {(3, "page"), (7, "api")}


def test_someone_who_is_logged_in_needs_no_csrf_token(admin_user):
    from rest_framework.test import APIClient

    api = APIClient(enforce_csrf_checks=True)
    api.force_login(admin_user)
    assert post(api).status_code == 200


@pytest.mark.parametrize("origin", ["http://[", "null", "://", "http://testserver:80:80"])
def test_an_origin_that_is_none_does_no_harm(api, origin):
    assert api.post(URL, {"image": base64_of(drawings.A_ONE)}, HTTP_ORIGIN=origin).status_code == 200
    assert Submission.objects.get().source == "api"


def test_it_answers_without_the_slash_at_the_end_too(api):
    assert api.post("/api/predict", {"image": base64_of(drawings.A_ONE)}).json()["prediction"] == 1
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("content_type", ["image/jpg", "image/jpeg", "IMAGE/JPEG; q=1"])
def test_it_takes_a_jpeg_under_each_of_its_names(api, content_type):
    assert post_png(api, drawings.encode(drawings.draw(), "JPEG"), content_type).json()["prediction"] == 3


def test_a_jpeg_under_its_other_name_is_taken_as_a_data_url_too(api):
    text = "data:image/jpg;base64," + base64_of(drawings.encode(drawings.draw(), "JPEG"))
    assert post(api, image=text).json()["prediction"] == 3


def test_a_row_tells_the_consensus_of_all_that_were_asked(api):
    first, second = post(api, model="svm").json(), post(api, model="cnn").json()
    assert first["id"] == second["id"]
    row = Submission.objects.get()
    assert set(row.answers) == {"svm", "cnn"}
    assert row.agreement == "all"


A_BLOCK = drawings.encode(drawings.draw([(60, 140), (220, 140)], pen=160))
TWO_PIECES = drawings.encode(
    ImageChops.darker(drawings.draw([(40, 60), (40, 220)]), drawings.draw([(230, 60), (230, 220)]))
)


@pytest.mark.parametrize("picture", [A_BLOCK, TWO_PIECES], ids=["a block", "two pieces apart"])
@pytest.mark.parametrize("only", [{}, {"model": "cnn"}, {"model": "mlp"}, {"model": "svm"}], ids=str)
def test_what_cannot_be_a_digit_is_not_answered_as_one(api, picture, only):
    body = post(api, image=base64_of(picture), **only).json()
    assert body["verdict"] == "not_a_digit"
    assert body["prediction"] in range(10)
    assert Submission.objects.get().verdict == "not_a_digit"


def test_what_cannot_be_a_digit_stays_so_when_others_are_asked_later(api):
    post(api, image=base64_of(A_BLOCK), model="svm")
    post(api, image=base64_of(A_BLOCK), model="cnn")
    row = Submission.objects.get()
    assert set(row.answers) == {"svm", "cnn"}
    assert row.verdict == "not_a_digit"


@pytest.mark.parametrize("name", ["BLACK_ON_WHITE", "A_ONE", "A_SEVEN"])
@pytest.mark.parametrize("kind", ["svm", "cnn", "mlp"])
def test_a_digit_is_answered_as_one_by_each_model_alone(api, name, kind):
    assert post(api, image=base64_of(getattr(drawings, name)), model=kind).json()["verdict"] == "digit"


def test_a_drawing_whose_row_is_deleted_meanwhile_is_kept_anew(api):
    post(api, model="svm")
    with connection.execute_wrapper(DeleteBeforeUpdate()):
        again = post(api, model="cnn")
    assert again.status_code == 200
    assert str(Submission.objects.get().id) == again.json()["id"]


class DeleteBeforeUpdate:
    """Somebody else, quicker."""

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith("UPDATE"):
            execute("DELETE FROM predictor_submission", (), False, context)
        return execute(sql, params, many, context)


REFUSALS = {
    "malformed JSON": (b'{"image": ', "application/json", 400, "parse_error", None),
    "JSON nested a hundred thousand deep": (b"[" * 100_000, "application/json", 400, "parse_error", None),
    "JSON that is no object": (b"[1, 2]", "application/json", 400, "invalid", None),
    "JSON in another encoding": (b'{"image": "\xff"}', "application/json", 400, "parse_error", None),
    "no image": (b"{}", "application/json", 400, "invalid", "image"),
    "an empty image": (b'{"image": ""}', "application/json", 400, "invalid", "image"),
    "an image that is a number": (b'{"image": 3}', "application/json", 400, "invalid", "image"),
    "an image that is null": (b'{"image": null}', "application/json", 400, "invalid", "image"),
    "broken base64": (b'{"image": "@@@"}', "application/json", 400, "invalid", "image"),
    "base64 of no image": (b'{"image": "aGVsbG8="}', "application/json", 422, "undecodable_image", "image"),
    "a data URL of text": (b'{"image": "data:text/plain;base64,aGk="}', "application/json", 415, None, "image"),
    "a data URL with half a character": (
        b'{"image": "data:image/\\ud800;base64,AAAA"}',
        "application/json",
        400,
        "invalid",
        "image",
    ),
    "multipart without a boundary": (b"x", "multipart/form-data", 400, "parse_error", None),
    "a form": (b"image=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type", None),
    "plain text": (b"three", "text/plain", 415, "unsupported_media_type", None),
    "a GIF by its type": (drawings.GIF, "image/gif", 415, "unsupported_media_type", None),
    "a GIF under another name": (drawings.GIF, "image/png", 415, "unsupported_image_type", "image"),
    "a truncated PNG": (drawings.BLACK_ON_WHITE[:300], "image/png", 422, "undecodable_image", "image"),
    "an empty body": (b"", "image/png", 400, "invalid", "image"),
    "a blank picture": (drawings.BLANK, "image/png", 422, "blank_image", "image"),
    "too wide a picture": (drawings.TOO_WIDE, "image/png", 413, "image_too_large", "image"),
    "too many pixels": (drawings.TOO_MANY, "image/png", 413, "image_too_large", "image"),
    "a body over 1 MiB": (b"x" * (1024 * 1024 + 1), "image/png", 413, "body_too_large", None),
}


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


BAD_STROKES = [
    "not json",
    "[" * 50_000,
    [],
    {},
    {"size": [280, 280], "pen": 18},
    {"size": [280], "pen": 18, "lines": []},
    {"size": [280, 0], "pen": 18, "lines": []},
    {"size": [280, True], "pen": 18, "lines": []},
    {"size": [280, 280], "pen": "18", "lines": []},
    {"size": [280, 280], "pen": 18, "lines": {}},
    {"size": [280, 280], "pen": 18, "lines": [[]] * 201},
    {"size": [280, 280], "pen": 18, "lines": [[[1, 1]] * 10_001]},
    {"size": [280, 280], "pen": 18, "lines": [[[1]]]},
    {"size": [280, 280], "pen": 18, "lines": [[[1, 2, 3, 4]]]},
    {"size": [280, 280], "pen": 18, "lines": [[["1", 2]]]},
    {"size": [280, 280], "pen": 18, "lines": [[[10**400, 2]]]},
    {"size": [280, 280], "pen": 18, "lines": ["ab"]},
]


@pytest.mark.parametrize("strokes", BAD_STROKES, ids=lambda value: str(value)[:40])
def test_it_refuses_strokes_that_are_none(api, strokes):
    response = post(api, strokes=strokes)
    assert response.status_code == 400
    assert response.json()["field"] == "strokes"
    assert not Submission.objects.exists()


@pytest.mark.parametrize("prompt", [10, -1, "seven", 3.5])
def test_it_refuses_a_prompt_that_is_no_digit(api, prompt):
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


def test_it_refuses_who_sends_too_much(api, settings):
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


def test_no_address_is_kept(api):
    post(api)
    assert not [field.name for field in Submission._meta.get_fields() if "ip" in field.name.split("_")]
    assert "127.0.0.1" not in json.dumps(
        {f.name: str(getattr(Submission.objects.get(), f.name)) for f in Submission._meta.concrete_fields}
    )


@pytest.mark.django_db(transaction=True)
def test_the_same_drawing_from_many_at_once_is_one_submission():
    from concurrent.futures import ThreadPoolExecutor

    from rest_framework.test import APIClient

    if connection.vendor == "sqlite":
        pytest.skip("SQLite's test database lives in one connection")

    def send(_):
        try:
            return post(APIClient()).json()["id"]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(send, range(32)))
    assert len(ids) == 1
    assert Submission.objects.count() == 1
