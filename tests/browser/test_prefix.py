"""The page and the admin, served below a path."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.server import PASSWORD, Server, running

from .hand import draw_and_wait, recognise, wait_for_a_drawing

PREFIX = "/digits"


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("below"), SCRIPT_NAME=PREFIX) as server:
        yield server


@pytest.fixture
def failures(page: Page) -> list[str]:
    """Requests that were refused, and what the console says."""
    found: list[str] = []
    page.on("response", lambda response: found.append(response.url) if response.status >= 400 else None)
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def test_the_page_answers_explains_and_deletes(page: Page, below: Server, failures: list[str]) -> None:
    page.goto(f"{below.url}{PREFIX}/")
    draw_and_wait(page)
    assert recognise(page)["id"]
    page.get_by_role("button", name="What mattered?").click()
    expect(page.locator(".map").first).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    assert failures == []
    assert below.rows("SELECT count(*) FROM predictor_submission") == [(0,)]


def test_the_desk_labels(page: Page, below: Server, failures: list[str]) -> None:
    page.goto(f"{below.url}{PREFIX}/")
    draw_and_wait(page)
    recognise(page)
    page.goto(f"{below.url}{PREFIX}/admin/login/")
    page.get_by_label("Username").fill("reviewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Site administration").first).to_be_visible()
    page.goto(f"{below.url}{PREFIX}/admin/predictor/submission/queue/")
    wait_for_a_drawing(page)
    with page.expect_response("**/queue/save/") as saved:
        page.keyboard.press("3")
    assert saved.value.url.startswith(f"{below.url}{PREFIX}/")
    page.goto(f"{below.url}{PREFIX}/admin/predictor/submission/grid/")
    page.goto(f"{below.url}{PREFIX}/admin/predictor/submission/")
    assert failures == []
    assert below.rows("SELECT label, source FROM predictor_submission") == [(3, "page")]
