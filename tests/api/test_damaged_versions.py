"""A damaged version is made champion while the process answers: no request fails, and the old version goes on."""

import json
import os
import shutil

import pytest
from django.core.management import CommandError, call_command

from predictor.ml.champions import BACKUP, CHAMPIONS, promote
from predictor.services.answering.champions import _followed
from tests import drawings
from tests.conftest import SHIPPED
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
BODY = {"image": base64_of(drawings.BLACK_ON_WHITE), "store": False}


@pytest.fixture
def root(models_dir):
    """Version 2 of all kinds answers; version 1 of svm can be damaged and promoted."""
    shutil.copytree(SHIPPED, models_dir, dirs_exist_ok=True)
    promote(models_dir, {"cnn": 2, "mlp": 2, "svm": 2})
    return models_dir


def truncate(version):
    os.truncate(version / "model.onnx", 1000)


def take_another_kinds_artifact(version):
    shutil.copy(SHIPPED / "cnn/v1/model.onnx", version / "model.onnx")


def take_another_kinds_files(version):
    for name in ("model.onnx", "sidecar.json"):
        shutil.copy(SHIPPED / "cnn/v1" / name, version / name)


def remove_the_artifact(version):
    (version / "model.onnx").unlink()


def nest_the_sidecar(version):
    (version / "sidecar.json").write_text("[" * 100_000)


damaged = pytest.mark.parametrize(
    "damage", [truncate, take_another_kinds_artifact, take_another_kinds_files, remove_the_artifact, nest_the_sidecar]
)


def answered_by(api) -> dict[str, int]:
    """The versions that answer a request, which none of them fails."""
    response = api.post("/api/predict/", BODY)
    assert response.status_code == 200
    assert response.json()["degraded"] is False
    return {kind: model["version"] for kind, model in response.json()["models"].items()}


def ready(api) -> dict:
    response = api.get("/readyz")
    assert response.status_code == 200
    return response.json()


@damaged
def test_written_by_hand_it_is_named_and_the_old_version_answers(damage, api, root):
    assert answered_by(api)["svm"] == 2
    damage(root / "svm/v1")
    (root / CHAMPIONS).write_text(json.dumps({"cnn": 2, "mlp": 2, "svm": 1}))
    for _ in range(3):
        assert answered_by(api) == {"cnn": 2, "mlp": 2, "svm": 2}
    assert ready(api)["status"] == "degraded"
    assert ready(api)["models"]["svm"] == 2
    assert list(ready(api)["broken"]) == ["svm"]
    assert "svm/v1" in ready(api)["broken"]["svm"]
    assert api.post("/api/explain/", BODY | {"model": "svm"}).json()["models"]["svm"]["version"] == 2
    assert api.get("/").status_code == 200
    shutil.copytree(SHIPPED / "svm/v1", root / "svm/v1", dirs_exist_ok=True)
    assert answered_by(api)["svm"] == 1, "as soon as its files are repaired"
    assert ready(api)["status"] == "ready"


@damaged
def test_in_a_new_process_the_old_version_answers_too(damage, api, root):
    damage(root / "svm/v1")
    (root / CHAMPIONS).write_text(json.dumps({"cnn": 2, "mlp": 2, "svm": 1}))
    _followed.cache_clear()
    assert answered_by(api) == {"cnn": 2, "mlp": 2, "svm": 2}
    call_command("promote", "svm", "3")
    assert answered_by(api) == {"cnn": 2, "mlp": 2, "svm": 3}
    assert ready(api)["status"] == "ready"


@damaged
def test_the_command_refuses_it_and_nothing_changes(damage, api, root):
    assert answered_by(api)["svm"] == 2
    damage(root / "svm/v1")
    with pytest.raises(CommandError, match="svm/v1"):
        call_command("promote", "svm", "1")
    assert answered_by(api) == {"cnn": 2, "mlp": 2, "svm": 2}
    assert ready(api)["status"] == "ready"


@pytest.mark.parametrize("running", [True, False], ids=["running", "new"])
def test_a_damaged_champions_file_stops_no_answer(running, api, root):
    if running:
        answered_by(api)
    (root / CHAMPIONS).write_text("[" * 100_000)
    assert answered_by(api) == {"cnn": 2, "mlp": 2, "svm": 2}
    assert ready(api)["status"] == "degraded"
    call_command("promote", "svm", "1")
    assert answered_by(api) == {"cnn": 2, "mlp": 2, "svm": 1}
    assert ready(api)["status"] == "ready"


def test_where_both_files_are_damaged_the_page_and_the_health_check_answer(api, root):
    for name in (CHAMPIONS, BACKUP):
        (root / name).write_text("{")
    assert api.get("/").status_code == 200
    assert api.get("/healthz").status_code == 200
    response = api.get("/readyz")
    assert response.status_code == 503
    assert set(response.json()["broken"]) == {"cnn", "mlp", "svm"}
    assert api.post("/api/predict/", BODY).status_code == 503
