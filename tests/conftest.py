"""What every test stands on: no limit, an empty cache, static files as they are, services that CI must have."""

import importlib
import os
import shutil
import signal
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from django.apps import AppConfig, apps
from django.core.cache import caches
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from rest_framework.test import APIClient

from mnistsite import backends
from predictor.ml.champions import promote
from predictor.services.answering import cache as answers
from predictor.services.collecting import storage
from predictor.services.collecting.shadows import process
from predictor.services.collecting.shadows.process import Process
from predictor.training.data.dataset import Mnist
from tests import store
from tests.site import Site

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
SHIPPED = Path(__file__).parent.parent / "models"


def pytest_configure() -> None:
    """Programs that tests start are interrupted like others, even where the tests run in the background of a script."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@receiver(post_migrate)
def _make_groups_again(sender: AppConfig, **kwargs: object) -> None:
    """Flushing after a test with real transactions deletes what the migrations made, groups among it."""
    if sender.label == "predictor" and "plan" not in kwargs:  # a flush, not a migration
        importlib.import_module("predictor.migrations.0003_labels").make_groups(apps, None)
        importlib.import_module("predictor.migrations.0011_runs_and_promotions").permit(apps, None)


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Empty; WhiteNoise warns where there is none."""
    return tmp_path_factory.mktemp("static")


@pytest.fixture(autouse=True)
def _surroundings(settings, static_root: Path) -> None:
    settings.PREDICT_RATE = settings.EXPLAIN_RATE = ""
    settings.STATIC_ROOT = static_root
    settings.CACHES = settings.CACHES | {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    answers._paused_until = 0.0
    storage._trial.forget()
    for name in ("default", "process"):
        caches[name].clear()


@pytest.fixture
def api() -> APIClient:
    return APIClient()


@pytest.fixture
def models_dir(settings, tmp_path: Path) -> Path:
    """An empty place for artifacts."""
    settings.MODELS_DIR = tmp_path / "models"
    settings.MODELS_DIR.mkdir()
    return settings.MODELS_DIR


@pytest.fixture
def shipped(models_dir: Path) -> Path:
    """The SVM that the 500 taught, as champion: what little more teaches can be better than it is."""
    shutil.copytree(SHIPPED / "svm/v1", models_dir / "svm/v1")
    promote(models_dir, {"svm": 1})
    return models_dir


class Threadless(Process):
    """Does what its threads would do when it is told to."""

    def refresh(self) -> None:
        super().refresh()
        self.work()

    def work(self) -> None:
        for each in self.asking.values():
            each.work()


@pytest.fixture
def shadows(monkeypatch) -> Threadless:
    """The versions in the shadow of this process, as a web server has them, but without its threads."""
    found = Threadless()
    monkeypatch.setattr(process, "here", found)
    return found


@pytest.fixture(scope="session")
def moto() -> Iterator[store.Bucket]:
    with store.moto() as bucket:
        yield bucket


@pytest.fixture
def bucket(settings, moto: store.Bucket, monkeypatch: pytest.MonkeyPatch) -> store.Bucket:
    """An empty store of versions beside MODELS_DIR."""
    moto.empty()
    for name, value in store.VARIABLES.items():
        monkeypatch.setenv(name, value)
    use(settings, moto.endpoint)
    return moto


def use(settings, endpoint: str) -> None:
    """Let the store be there."""
    url = store.Bucket(endpoint).url
    settings.MODELS_STORE = backends.models(url)
    options = settings.MODELS_STORE["OPTIONS"] | {"endpoint_url": endpoint}
    settings.STORAGES = settings.STORAGES | {"models": settings.MODELS_STORE | {"OPTIONS": options}}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with all tables and no rows, to be copied."""
    place = Site(tmp_path_factory.mktemp("migrated"))
    place.manage("migrate", "--verbosity", "0")
    return place.database


@pytest.fixture
def site(migrated: Path, tmp_path: Path) -> Site:
    """A database and a place for artifacts that processes of their own work with."""
    place = Site(tmp_path)
    place.models_dir.mkdir(exist_ok=True)
    shutil.copy(migrated, place.database)
    return place


@pytest.fixture
def quick(settings, monkeypatch) -> None:
    """One in ten of MNIST's held-out and test images, for runs that are not judged by what they reach.

    With so few the gate would never decide: its margins are wide.
    """
    from predictor.training.evaluation import gate

    wide = gate.Limits(
        everything=0.03, mnist=0.03, strokes=0.1, site=0.3, digit=0.2, calibration=0.1, rejected=0.3, labels=0
    )
    monkeypatch.setattr(gate, "LIMITS", wide)
    mnist = Mnist.read(settings.MNIST_DIR)
    for name in ("held_out", "test"):
        data = getattr(mnist, name)
        monkeypatch.setitem(vars(mnist), name, data[np.arange(0, len(data), 10)])


@pytest.fixture
def redis(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Answers in a real Redis, under a prefix of this test's own: nothing else there is touched."""
    require(REDIS, "Redis")
    monkeypatch.setattr(answers, "SLOW", 60)  # a busy machine is no hanging Redis
    prefix = f"test-{uuid.uuid4().hex}"
    settings.CACHES = settings.CACHES | {"default": cache_config(REDIS) | {"KEY_PREFIX": prefix}}
    yield prefix
    caches["default"].delete_pattern("*")


def cache_config(url: str) -> dict[str, object]:
    return backends.cache(url)


def require(url: str, name: str) -> None:
    """Skip where a service is not running; in CI it must be."""
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "127.0.0.1", place.port or 0), timeout=1).close()
    except OSError:
        absent(f"{name} does not answer at {place.netloc}")


def absent(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
