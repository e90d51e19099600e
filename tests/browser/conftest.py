"""Chromium, and a server as `make run` starts it."""

import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import absent
from tests.server import Server, running

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        absent("Chromium is not installed")
    return browser_type_launch_args | {"executable_path": path, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(autouse=True)
def _nobody_drew_before(server: Server) -> None:
    """Another test's visitor may have drawn the very same."""
    server.forget()


@pytest.fixture(scope="session")
def base_url(server: Server) -> str:
    return server.url
