"""`/api/models/{kind}/promote/` and `…/history/`."""

import shutil

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from predictor.ml.champions import promote as write
from predictor.models import Promotion
from predictor.services.answering.champions import champions
from predictor.services.learning import publishing
from predictor.services.store import objects, versions
from tests import store
from tests.api import staff
from tests.conftest import SHIPPED, use
from tests.retraining import files

pytestmark = pytest.mark.django_db
PROMOTE, HISTORY = "/api/models/svm/promote/", "/api/models/svm/history/"


@pytest.fixture
def root(models_dir):
    """Versions 1 to 3 of svm, the first of which is champion."""
    for version in (1, 2, 3):
        shutil.copytree(SHIPPED / f"svm/v{version}", models_dir / f"svm/v{version}")
    write(models_dir, {"svm": 1})
    return models_dir


@pytest.fixture
def mary() -> User:
    return staff.maintainer()


@pytest.fixture
def script(mary) -> APIClient:
    return staff.script_of(mary)


@pytest.mark.parametrize(("method", "path"), [("post", PROMOTE), ("get", HISTORY)])
def test_nobody_and_whoever_may_not_are_refused(api, root, method, path):
    assert getattr(api, method)(path, {"version": 2}).status_code == 401
    api.force_login(User.objects.create_user("looker", is_staff=True))
    response = getattr(api, method)(path, {"version": 2})
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert not Promotion.objects.exists()


def test_a_session_needs_its_csrf_token(root, mary):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(mary)
    assert client.post(PROMOTE, {"version": 2}).status_code == 403
    assert not Promotion.objects.exists()


@pytest.mark.parametrize("path", [PROMOTE, PROMOTE.rstrip("/")])
def test_a_version_is_promoted_with_its_reason(script, root, path):
    response = script.post(path, {"version": 2, "reason": "It knows slashed zeros."})
    assert response.status_code == 200
    body = response.json()
    assert body.pop("at")
    assert body == {
        "kind": "svm", "version": 2, "earlier": 1, "by": "mary", "run": None, "reason": "It knows slashed zeros.",
    }  # fmt: skip
    assert champions().classifiers["svm"].version == 2


def test_the_history_has_the_last_promotion_first(script, root):
    for version in (2, 3, 1):
        assert script.post(PROMOTE, {"version": version}).status_code == 200
    found = script.get(HISTORY).json()
    assert found["count"] == 3
    assert [(row["earlier"], row["version"]) for row in found["results"]] == [(3, 1), (2, 3), (1, 2)]
    assert script.get("/api/models/cnn/history/").json()["count"] == 0
    assert script.get(HISTORY, {"page": 2}).status_code == 404


def test_the_second_of_two_promotions_is_told(script, root):
    assert script.post(PROMOTE, {"version": 2, "earlier": 1}).status_code == 200
    response = script.post(PROMOTE, {"version": 3, "earlier": 1})
    assert (response.status_code, response.json()["code"]) == (409, "champion_changed")
    assert response.json()["detail"].startswith("svm v2 has become the champion meanwhile, in place of v1.")
    assert script.post(PROMOTE, {"version": 3, "earlier": None}).status_code == 409
    assert champions().classifiers["svm"].version == 2
    assert script.post(PROMOTE, {"version": 3, "earlier": 2}).status_code == 200
    assert script.post(PROMOTE, {"version": 1}).status_code == 200, "decided when it is asked for"


def test_without_the_store_a_version_that_is_only_there_is_refused(script, root, bucket, settings, monkeypatch):
    publishing.upload(objects.store(), root)
    shutil.rmtree(root / "svm/v2")
    monkeypatch.setattr(versions, "DEADLINE", 0.3)
    with store.hanging() as endpoint:
        use(settings, endpoint)
        response = script.post(PROMOTE, {"version": 2})
    assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
    assert "it has not answered within" in response.json()["detail"]
    assert not Promotion.objects.exists()


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/api/models/knn/promote/", {"version": 1}, (422, "unknown_kind", "kind", "there is cnn, mlp, svm")),
        (PROMOTE, {"version": 9}, (422, "unknown_version", "version", "published: v1, v2, v3")),
        (PROMOTE, {}, (400, "invalid", "version", "required")),
        (PROMOTE, {"version": "new"}, (400, "invalid", "version", "integer")),
        (PROMOTE, {"version": 0}, (400, "invalid", "version", "greater")),
        (PROMOTE, {"version": 2**63}, (400, "invalid", "version", "less")),
        (PROMOTE, {"version": 2, "reason": "x" * 501}, (400, "invalid", "reason", "500")),
        (PROMOTE, {"version": 2, "reason": "\0"}, (400, "invalid", "reason", "Null")),
        (PROMOTE, {"version": 2, "earlier": 0}, (400, "invalid", "earlier", "greater")),
    ],
    ids=str,
)
def test_what_cannot_be_promoted_is_refused(script, root, path, body, refusal):
    before = files(root)
    response = script.post(path, body)
    found = response.json()
    *expected, said = refusal
    assert [response.status_code, found["code"], found["field"]] == expected
    assert said in found["detail"]
    assert files(root) == before
    assert not Promotion.objects.exists()


def test_a_damaged_version_is_refused_with_the_reason(script, root):
    (root / "svm/v2/model.onnx").write_bytes(b"?")
    response = script.post(PROMOTE, {"version": 2})
    assert (response.status_code, response.json()["code"]) == (422, "unknown_version")
    assert "does not have the SHA-256" in response.json()["detail"]
    assert champions().classifiers["svm"].version == 1


def test_the_history_of_no_kind(script):
    assert script.get("/api/models/knn/history/").status_code == 422
