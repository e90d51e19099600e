"""POST /api/predict/batch/: many pictures, each answered in its place as it would be alone."""

import pytest
from django.db import OperationalError, connection
from PIL import Image

from predictor.models import Submission
from tests import drawings
from tests.api.predicting import post
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
URL = "/api/predict/batch/"
PICTURES = [drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.TRANSPARENT, drawings.A_ONE]
USELESS = {
    "null": None,
    "a number": 3,
    "empty": "",
    "broken base64": "@@@",
    "base64 of no image": "aGVsbG8=",
    "a data URL of text": "data:text/plain;base64,aGk=",
    "a GIF": base64_of(drawings.GIF),
    "a truncated PNG": base64_of(drawings.BLACK_ON_WHITE[:300]),
    "a blank picture": base64_of(drawings.BLANK),
    "too wide a picture": base64_of(drawings.TOO_WIDE),
}


def send(api, images, request_id="", **fields):
    images = [base64_of(image) if isinstance(image, bytes) else image for image in images]
    headers = {"X-Request-ID": request_id} if request_id else {}
    return api.post(URL, {"images": images} | fields, headers=headers)


def test_each_picture_is_answered_in_its_place_as_it_would_be_alone(api):
    response = send(api, PICTURES, store=False)
    assert response.status_code == 200
    answers = response.json()["answers"]
    assert [answer["prediction"] for answer in answers] == [3, 7, 3, 1]
    for answer, picture in zip(answers, PICTURES, strict=True):
        alone = post(api, image=base64_of(picture), store=False).json()
        for kind, said in alone.pop("models").items():
            assert answer["models"][kind]["probabilities"] == pytest.approx(said["probabilities"], abs=2e-4)
        assert {name: answer[name] for name in alone} == alone


def test_a_model_can_be_asked_alone(api):
    answers = send(api, PICTURES, model="cnn").json()["answers"]
    assert [set(answer["models"]) for answer in answers] == [{"cnn"}] * 4
    assert set(Submission.objects.values_list("agreement")) == {(None,)}


@pytest.mark.parametrize("useless", USELESS.values(), ids=USELESS.keys())
def test_a_picture_of_no_use_has_the_error_it_would_get_alone_and_the_others_are_answered(api, useless):
    before, error, after = send(api, [drawings.A_ONE, useless, drawings.A_SEVEN]).json()["answers"]
    assert (before["prediction"], after["prediction"]) == (1, 7)
    alone = post(api, image=useless).json()
    assert error == {"error": {name: alone[name] for name in ("code", "detail")}}
    assert Submission.objects.count() == 2


def test_errors_alone_are_an_answer_too(api):
    answers = send(api, list(USELESS.values())).json()["answers"]
    assert all("error" in answer for answer in answers)
    assert len(answers) == len(USELESS)


# What is kept.


def test_all_are_kept_in_one_statement(api, django_assert_num_queries):
    send(api, [drawings.BLACK_ON_WHITE])
    with django_assert_num_queries(1):
        answers = send(api, [drawings.A_ONE, drawings.A_SEVEN]).json()["answers"]
    assert {answer["id"] for answer in answers} < {str(key) for (key,) in Submission.objects.values_list("pk")}
    assert all(answer["token"] for answer in answers)


def test_the_same_drawing_twice_is_one_submission_of_its_sender(api):
    first, _, second = send(api, [drawings.BLACK_ON_WHITE, drawings.A_ONE, drawings.WHITE_ON_BLACK]).json()["answers"]
    assert (first["id"], first["token"]) == (second["id"], second["token"])
    assert Submission.objects.count() == 2


def test_a_batch_that_is_sent_again_gets_the_same_ids_and_tokens(api):
    first, again = send(api, PICTURES, "mine").json(), send(api, PICTURES, "mine").json()
    assert first == again
    assert all(answer["token"] for answer in again["answers"])
    other = send(api, PICTURES, "another").json()["answers"]
    assert [answer["id"] for answer in other] == [answer["id"] for answer in first["answers"]]
    assert not any(answer["token"] for answer in other)


def test_drawings_that_are_stored_gain_the_answers_of_other_models(api):
    send(api, PICTURES, model="svm")
    send(api, PICTURES, model="cnn")
    assert all(set(row.answers) == {"svm", "cnn"} and row.agreement for row in Submission.objects.all())


def test_a_row_that_is_deleted_meanwhile_is_stored_again(api):
    send(api, [drawings.BLACK_ON_WHITE])

    def delete_before_select(execute, sql, params, many, context):
        if sql.startswith("SELECT id, digest"):
            execute("DELETE FROM predictor_submission", (), False, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(delete_before_select):
        (answer,) = send(api, [drawings.BLACK_ON_WHITE]).json()["answers"]
    assert str(Submission.objects.get().pk) == answer["id"]


def test_while_the_database_is_away_all_are_answered_and_none_is_kept(api):
    def refuse(*args):
        raise OperationalError("disk I/O error")

    with connection.execute_wrapper(refuse):
        answers = send(api, PICTURES).json()["answers"]
    assert [answer["prediction"] for answer in answers] == [3, 7, 3, 1]
    assert {answer["not_kept"]["code"] for answer in answers} == {"storage_unavailable"}


def test_without_models_the_drawings_are_kept_and_can_be_deleted(api, models_dir):
    (answer,) = send(api, [drawings.A_ONE]).json()["answers"]
    assert answer["error"]["code"] == "model_unavailable"
    path = f"/api/submissions/{answer['id']}/"
    assert api.delete(path, headers={"Authorization": f"Bearer {answer['token']}"}).status_code == 204


# Limits.


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "The images are missing."),
        ({"images": None}, "The images are missing."),
        ({"images": "AAAA"}, "The images must be a list."),
        ({"images": {}}, "The images must be a list."),
        ({"images": []}, "There are no images."),
        ({"images": ["AAAA"] * 101}, "At most 100 images are allowed."),
    ],
)
def test_the_images_must_be_a_list_of_up_to_a_hundred(api, body, detail):
    response = api.post(URL, body)
    assert (response.status_code, response.json()["code"], response.json()["field"]) == (400, "invalid", "images")
    assert response.json()["detail"] == detail


@pytest.mark.parametrize("body", [b"null", b"[]", b"3", b"{"])
def test_a_body_that_is_no_object_is_refused(api, body):
    assert api.generic("POST", URL, body, content_type="application/json").status_code == 400


def test_an_unknown_model_is_refused(api):
    assert send(api, PICTURES, model="gpt").json()["code"] == "unknown_model"


def test_a_hundred_are_taken(api):
    assert len(send(api, [drawings.A_ONE] * 100).json()["answers"]) == 100


def test_a_body_over_4_mib_is_refused(api):
    response = api.generic("POST", URL, b" " * (4 * 1024 * 1024 + 1), content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_a_png_over_1_mib_is_refused_as_it_is_alone(api):
    error, answer = send(api, [drawings.OVER_1_MIB, drawings.A_ONE]).json()["answers"]
    assert (error["error"]["code"], answer["prediction"]) == ("image_too_large", 1)


def test_after_16_megapixels_no_more_are_decoded(api):
    large = drawings.encode(Image.new("L", (2000, 2000), 255))
    *blank, last, seven = send(api, [large] * 4 + [drawings.A_ONE, drawings.A_SEVEN]).json()["answers"]
    assert [answer["error"]["code"] for answer in blank] == ["blank_image"] * 4
    assert last["prediction"] == 1
    assert seven["error"]["code"] == "image_too_large"


def test_each_picture_counts_against_the_limit(api, settings):
    settings.PREDICT_RATE = "5/hour"
    assert send(api, PICTURES, store=False).status_code == 200
    refused = send(api, [drawings.A_ONE, drawings.A_SEVEN], store=False)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
