"""Chromium, and a server as `make run` starts it."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.hand import PATIENCE, draw_and_wait, log_in
from tests.conftest import absent
from tests.server import Server, running

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

expect.set_options(timeout=PATIENCE * 1000)


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


@pytest.fixture
def open_page(page: Page) -> Page:
    page.goto("/")
    return page


@pytest.fixture
def drawn(open_page: Page) -> Page:
    """A 3, answered in passing."""
    draw_and_wait(open_page)
    return open_page


@pytest.fixture(scope="module")
def cookies(browser: Browser, base_url: str) -> list[Any]:
    """Those of a reviewer who is logged in."""
    context = browser.new_context(base_url=base_url)
    log_in(context.new_page())
    found: list[Any] = context.cookies()
    context.close()
    return found
