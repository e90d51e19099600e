"""What the web process does not import."""

import os
import subprocess
import sys

import pytest

from tests import drawings
from tests.server import ROOT

SCRIPT = """
import io, sys
from wsgiref.util import setup_testing_defaults
from mnistsite.wsgi import application
import mnistsite.urls

assert "onnxruntime" not in sys.modules

def ask(path, method="GET", body=b""):
    environ = {"PATH_INFO": path, "QUERY_STRING": "store=false", "REQUEST_METHOD": method, "CONTENT_TYPE": "image/png"}
    environ |= {"CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1", "wsgi.input": io.BytesIO(body)}
    setup_testing_defaults(environ)
    answers = []
    application(environ, lambda status, headers: answers.append(status))
    assert answers == ["200 OK"], (path, answers)

for path in ("/", "/api/models/", "/admin/login/", "/healthz"):
    ask(path)
ask("/api/predict/", "POST", sys.stdin.buffer.read())
print(*sys.modules)
"""
FORK = """
import gc, os, runpy
settings = runpy.run_path("gunicorn.conf.py")
import mnistsite.wsgi
settings["on_starting"](None)
import onnxruntime
from predictor.services.answering.champions import _followed, champions

def has_sessions():
    gc.unfreeze()
    return any(isinstance(each, onnxruntime.InferenceSession) for each in gc.get_objects())

assert not has_sessions()
assert not _followed.cache_info().currsize
print(len(os.listdir("/proc/self/task")))
champions()
assert has_sessions()
"""
TRAINING = {
    "dask",
    "distributed",
    "keras",
    "onnx",
    "predictor.training",
    "scipy",
    "skl2onnx",
    "sklearn",
    "tensorflow",
    "tf2onnx",
}
SCHEMA = {"django.test", "drf_spectacular.generators", "drf_spectacular.openapi", "rest_framework.test", "unittest"}
OPTIONAL = {"inflection", "markdown", "pygments", "requests", "uritemplate", "yaml"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """After a page, the champions, the admin's door and an answer, on SQLite and without Redis."""
    database = tmp_path_factory.mktemp("process") / "db.sqlite3"
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"DATABASE_URL": f"sqlite:///{database}", "REDIS_URL": "", "DEBUG": "1"},
        input=drawings.BLACK_ON_WHITE,
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    modules = set(run.stdout.decode().split())
    assert "onnxruntime" in modules
    return modules


def test_it_answers_without_tensorflow_or_scikit_learn(loaded):
    assert not TRAINING & loaded


def test_it_answers_without_what_makes_the_schema(loaded):
    assert not SCHEMA & loaded


def test_it_answers_without_what_rest_framework_would_import_because_it_is_installed(loaded):
    assert not OPTIONAL & loaded


def test_it_answers_without_the_services_that_are_not_there(loaded):
    assert not {"boto3", "botocore", "django.contrib.postgres", "django_redis", "psycopg", "redis", "storages"} & loaded


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_where_gunicorn_forks_there_is_one_thread_and_no_session(tmp_path):
    variables = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "METRICS_DIR": str(tmp_path),
        "REDIS_URL": "",
    }
    run = subprocess.run([sys.executable, "-c", FORK], cwd=ROOT, env=variables, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout == b"1\n"
