"""What every test stands on: no limit, an empty cache, static files as they are, services that CI must have."""

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.cache import caches
from rest_framework.test import APIClient

from predictor import cache as answers

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
SHIPPED = Path(__file__).parent.parent / "models"


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
    answers._rest_until = 0.0
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
def redis(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Answers in a real Redis, under a prefix of this test's own: nothing else there is touched."""
    require(REDIS, "Redis")
    monkeypatch.setattr(answers, "SLOW", 60)  # a busy machine is no hanging Redis
    prefix = f"test-{uuid.uuid4().hex}"
    settings.CACHES = settings.CACHES | {"default": cache_config(REDIS) | {"KEY_PREFIX": prefix}}
    yield prefix
    caches["default"].delete_pattern("*")


def cache_config(url: str) -> dict[str, object]:
    from mnistsite.settings import _cache

    return _cache(url)


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
