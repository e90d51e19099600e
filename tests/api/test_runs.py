"""`/api/retrain/` and `/api/training-runs/`: by session and by token, for whoever may."""

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from predictor.ml.kinds import KINDS
from predictor.models import TrainingRun
from predictor.services.learning import runs
from predictor.services.learning.wording import NO_WORKER
from tests.api import staff

pytestmark = pytest.mark.django_db
RUNS = "/api/training-runs/"
CALLS = [("post", "/api/retrain/"), ("get", RUNS), ("get", f"{RUNS}1/"), ("post", f"{RUNS}1/cancel/")]


@pytest.fixture
def maintainer() -> User:
    return staff.maintainer()


@pytest.fixture
def script(maintainer) -> APIClient:
    return staff.script_of(maintainer)


def queued(**fields) -> TrainingRun:
    return TrainingRun.objects.create(
        **{"parameters": {"kinds": ["svm"], "base": "mnist500"}, "origin": "api"} | fields
    )


# -- who may --


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_nobody_is_told_to_send_a_token(api, method, path):
    response = getattr(api, method)(path)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response.json()["code"] == "not_authenticated"
    assert response.json()["request_id"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_token_that_is_none_is_refused(api, method, path):
    api.credentials(HTTP_AUTHORIZATION="Token 123")
    response = getattr(api, method)(path)
    assert (response.status_code, response.json()["code"]) == (401, "authentication_failed")


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_an_account_without_the_permission_is_refused(api, method, path, django_user_model):
    user = django_user_model.objects.create_user("looker", is_staff=True)
    other = {"get": "retrain", "post": "view_trainingrun"}[method]
    user.user_permissions.add(Permission.objects.get(codename=other))
    api.force_login(user)
    queued(id=1)
    response = getattr(api, method)(path)
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert TrainingRun.objects.get().state == "queued"


def test_nor_does_it_learn_anything_by_another_method(api, django_user_model):
    api.force_login(django_user_model.objects.create_user("looker", is_staff=True))
    queued(id=1)
    for path in (RUNS, f"{RUNS}1/"):
        assert api.head(path).status_code == 403


def test_an_account_that_was_closed_is_refused(script, maintainer):
    maintainer.is_active = False
    maintainer.save()
    assert script.get(RUNS).status_code == 401


def test_a_session_needs_its_csrf_token(maintainer):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(maintainer)
    response = client.post("/api/retrain/", {})
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not TrainingRun.objects.exists()
    client.cookies["csrftoken"] = token = "a" * 32
    assert client.post("/api/retrain/", {}, HTTP_X_CSRFTOKEN=token).status_code == 202


# -- start --


@pytest.mark.parametrize("path", ["/api/retrain/", "/api/retrain"])
def test_a_run_is_queued_and_its_address_told(script, maintainer, path):
    response = script.post(path, {"kinds": ["svm", "cnn", "svm"], "base": "mnist500", "seed": 7})
    assert response.status_code == 202
    run = TrainingRun.objects.get()
    assert (run.by, run.origin, run.state) == (maintainer, "api", "queued")
    assert run.parameters["kinds"] == ["svm", "cnn"]
    assert (run.parameters["base"], run.parameters["seed"]) == ("mnist500", 7)
    assert response["Location"] == response.json()["url"] == f"{RUNS}{run.pk}/"
    assert response.json()["sentence"] == NO_WORKER
    assert response.json()["by"] == "mary"
    assert script.get(response["Location"]).json()["id"] == run.pk


def test_without_a_body_everything_is_trained_on_the_champions_base(script):
    assert script.post("/api/retrain/").status_code == 202
    assert TrainingRun.objects.get().parameters == {
        "base": None, "kinds": [*KINDS], "seed": 42, "strokes": None, "quick": False, "epochs": None,
        "folds": None, "robustness": None, "promote": "auto",
    }  # fmt: skip


def test_one_run_at_a_time(script):
    run = queued()
    response = script.post("/api/retrain/", {})
    assert (response.status_code, response.json()["code"]) == (409, "run_in_progress")
    assert f"Run {run.pk} is queued" in response.json()["detail"]
    assert f"{RUNS}{run.pk}/" in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "code", "field", "known"),
    [
        ({"kinds": ["knn"]}, "unknown_kind", "kinds", "cnn, mlp, svm"),
        ({"base": "mnist9"}, "unknown_base", "base", "mnist500, mnist"),
        ({"base": "x" * 999}, "unknown_base", "base", "mnist500, mnist"),
    ],
)
def test_an_unknown_name_is_refused_with_those_there_are(script, body, code, field, known):
    response = script.post("/api/retrain/", body)
    assert response.status_code == 422
    found = response.json()
    assert (found["code"], found["field"]) == (code, field)
    assert known in found["detail"]
    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "svm"}, "kind"),
        ({"kinds": []}, "kinds"),
        ({"kinds": "svm"}, "kinds"),
        ({"kinds": [["svm"]]}, "kinds.0"),
        ({"kinds": None}, "kinds"),
        ({"base": 5.5e9, "seed": -1}, "seed"),
        ({"base": "mnist\0"}, "base"),
        ({"seed": 2**31 + 1}, "seed"),
        ({"seed": "1" * 5000}, "seed"),
        ({"epochs": 0}, "epochs"),
        ({"robustness": "all"}, "robustness"),
        ({"strokes": "/etc/passwd"}, "strokes"),
        ([], None),
        ("svm", None),
    ],
    ids=str,
)
def test_a_malformed_body_is_refused(script, body, field):
    response = script.post("/api/retrain/", body, format="json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert response.json().get("field") == field
    assert not TrainingRun.objects.exists()


def test_what_is_no_json_is_refused(script):
    assert script.post("/api/retrain/", "{", content_type="application/json").status_code == 400
    assert script.post("/api/retrain/", "a=b", content_type="text/plain").status_code == 415
    assert script.post("/api/retrain/", " " * 100_001, content_type="application/json").status_code == 413


# -- watch --


def test_runs_are_listed_by_page_the_newest_first(script, maintainer):
    for number in range(51):
        queued(state="failed", sentence=str(number))
    first = script.get(RUNS).json()
    assert first["count"] == 51
    assert [run["sentence"] for run in first["results"]] == [str(number) for number in range(50, 0, -1)]
    assert "log" not in first["results"][0]
    assert [run["sentence"] for run in script.get(first["next"]).json()["results"]] == ["0"]


@pytest.mark.parametrize("page", ["3", "0", "many", "9" * 30])
def test_a_page_that_is_not_there(script, page):
    response = script.get(RUNS, {"page": page})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_run_is_shown_with_its_log_and_report_but_not_with_thousands_of_ids(script):
    dataset = {"base": "mnist", "training": {"n": 9, "digest": "d"}, "submissions": ["a", "b"], "labels": [1, 2]}
    run = queued(state="succeeded", sentence="Done.", log="a line", report={"kinds": {}}, dataset=dataset)
    found = script.get(f"{RUNS}{run.pk}/").json()
    assert (found["state"], found["sentence"], found["log"]) == ("succeeded", "Done.", "a line")
    assert found["report"] == {"kinds": {}}
    assert found["dataset"] == {"base": "mnist", "training": {"n": 9, "digest": "d"}, "labelled": 2}
    assert script.get(f"{RUNS}{run.pk}/")["Cache-Control"].startswith("max-age=0")


@pytest.mark.parametrize("number", [1, 2**63, 10**30])
def test_a_run_that_is_not_there(script, number):
    for response in (script.get(f"{RUNS}{number}/"), script.post(f"{RUNS}{number}/cancel/")):
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
        assert response.json()["detail"] == f"There is no run {number}."


# -- cancel --


def test_a_queued_run_is_cancelled(script):
    run = queued()
    response = script.post(f"{RUNS}{run.pk}/cancel/")
    assert response.status_code == 202
    assert response.json()["state"] == "cancelled"
    assert response.json()["sentence"] == "Cancelled by mary before it started."


def test_a_running_run_is_asked_to_stop(script, maintainer):
    run = queued()
    runs.start(run)
    assert script.post(f"{RUNS}{run.pk}/cancel").status_code == 202
    run.refresh_from_db()
    assert run.cancel_at
    assert run.cancelled_by == maintainer


def test_a_run_that_has_ended_cannot_be_cancelled(script):
    run = queued(state="failed", sentence="No labels.")
    response = script.post(f"{RUNS}{run.pk}/cancel/")
    assert (response.status_code, response.json()["code"]) == (409, "run_ended")
    assert response.json()["detail"] == f"Run {run.pk} is failed: No labels."
