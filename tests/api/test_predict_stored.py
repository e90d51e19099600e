"""POST /api/predict/: what is kept of a drawing, and that it is kept once."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from predictor.models import Submission
from tests import drawings
from tests.api.predicting import URL, post, post_png
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db


def test_a_multipart_post_without_store_is_kept(api):
    api.post(URL, {"image": SimpleUploadedFile("three.png", drawings.BLACK_ON_WHITE)}, format="multipart")
    assert Submission.objects.count() == 1


def test_nothing_is_kept_when_store_is_false(api):
    assert post(api, store=False).json()["id"] is None
    assert not Submission.objects.exists()


def test_the_page_is_recognised_by_what_it_sends_whatever_host_a_proxy_makes_of_it(api):
    page = {"HTTP_X_SOURCE": "page", "HTTP_ORIGIN": "https://digits.example"}
    api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE)}, **page)
    api.post(URL, {"image": base64_of(drawings.A_SEVEN)}, HTTP_ORIGIN="http://testserver")
    assert set(Submission.objects.values_list("prediction", "source")) == {(3, "page"), (7, "api")}


@pytest.mark.parametrize("origin", ["http://[", "null", "://", "http://testserver:80:80"])
def test_an_invalid_origin_does_no_harm(api, origin):
    assert api.post(URL, {"image": base64_of(drawings.A_ONE)}, HTTP_ORIGIN=origin).status_code == 200
    assert Submission.objects.get().source == "api"


def test_a_row_says_what_the_answer_said(api):
    for picture in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.A_ONE):
        said = post(api, image=base64_of(picture)).json()
        row = Submission.objects.get(pk=said["id"])
        assert (row.prediction, row.verdict, row.agreement) == (said["prediction"], said["verdict"], said["agreement"])
        assert {kind: each["version"] for kind, each in row.answers.items()} == {
            kind: each["version"] for kind, each in said["models"].items()
        }


def test_no_address_is_kept(api):
    post(api)
    assert not [field.name for field in Submission._meta.get_fields() if "ip" in field.name.split("_")]
    assert "127.0.0.1" not in json.dumps(
        {f.name: str(getattr(Submission.objects.get(), f.name)) for f in Submission._meta.concrete_fields}
    )


# The same drawing again.


def test_the_same_drawing_twice_is_one_submission(api):
    first, second = post(api).json(), post_png(api, drawings.WHITE_ON_BLACK).json()
    assert first["id"] == second["id"]
    assert Submission.objects.count() == 1


def test_a_drawing_that_is_stored_already_is_only_read(api):
    post(api)
    with CaptureQueriesContext(connection) as captured:
        post(api)
    assert [query["sql"].split()[0] for query in captured if "predictor_submission" in query["sql"]] == ["SELECT"]


def test_a_drawing_that_was_answered_before_without_being_kept_is_kept(api):
    post(api, store=False)
    assert post(api).json()["id"] == str(Submission.objects.get().id)


def test_asking_one_model_later_does_not_erase_the_answers_of_the_others(api):
    post(api)
    post(api, model="svm")
    row = Submission.objects.get()
    assert set(row.answers) == {"svm", "cnn", "mlp"}
    assert row.agreement == "all"


def test_a_row_holds_the_consensus_of_all_models_that_were_asked(api):
    first, second = post(api, model="svm").json(), post(api, model="cnn").json()
    assert first["id"] == second["id"]
    row = Submission.objects.get()
    assert set(row.answers) == {"svm", "cnn"}
    assert row.agreement == "all"


def test_a_drawing_sent_again_with_strokes_gains_them(api):
    strokes = {"size": [280, 280], "pen": 18, "lines": [[[1, 2]]]}
    post(api)
    post(api, strokes=strokes, prompt=3)
    assert Submission.objects.get().strokes == strokes
    assert Submission.objects.get().prompt == 3


def test_a_drawing_whose_row_is_deleted_meanwhile_is_kept_again(api):
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
