"""A training run in the admin, as a maintainer watches it; what a worker would write is written for it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from predictor.services.learning.wording import NO_WORKER
from tests.admin.test_runs import REPORT
from tests.server import Server

LIST = "/admin/predictor/trainingrun/"
NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
PROGRESS = {
    "stage": "training",
    "tasks": {
        "cnn": {"done": 3, "total": 20, "seconds_left": 300, "accuracy": 0.9612},
        "svm": {"done": 4, "total": 4, "seconds_left": 0},
    },
    "seconds_left": 300,
    "accuracy": {"svm": 0.9876},
}  # fmt: skip


@pytest.fixture
def maintainer(page: Page, cookies: list[Any], server: Server) -> Iterator[Page]:
    page.context.add_cookies(cookies)
    yield page
    server.change("DELETE FROM predictor_trainingrun")


def starts(server: Server) -> None:
    """As a worker's trainer does."""
    set_to = f"state = 'running', started_at = {NOW}, beat_at = {NOW}, progress = ?, log = ?"
    server.change(f"UPDATE predictor_trainingrun SET {set_to}", json.dumps(PROGRESS), "Training on 57000 images …")


def ends(server: Server) -> None:
    set_to = f"state = 'succeeded', finished_at = {NOW}, sentence = 'Promoted svm v2.', report = ?"
    server.change(f"UPDATE predictor_trainingrun SET {set_to}", json.dumps(REPORT))


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def is_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def begin(page: Page) -> None:
    page.goto(LIST)
    page.get_by_role("link", name="Start a run…").click()
    page.get_by_label("CNN").uncheck()
    page.get_by_role("button", name="Start the run").click()


def test_a_run_is_started_watched_to_its_end_and_its_report_read(maintainer: Page, server: Server) -> None:
    begin(maintainer)
    expect(maintainer.locator("#sentence")).to_have_text(NO_WORKER)
    maintainer.evaluate("window.stayed = true")
    starts(server)
    expect(maintainer.locator("#state")).to_have_text("running")
    expect(maintainer.locator("#sentence")).to_have_text("Training (cnn): about 5 min left.")
    expect(maintainer.locator("#tasks tr")).to_have_count(2)
    expect(maintainer.get_by_role("progressbar", name="cnn")).to_have_js_property("value", 3)
    expect(maintainer.locator("#tasks tr").first).to_contain_text("96.12% in validation")
    expect(maintainer.locator("#accuracy")).to_have_text("Accuracy on the held-out images: svm: 98.76%")
    expect(maintainer.locator("#log")).to_have_text("Training on 57000 images …")
    assert maintainer.evaluate("window.stayed"), "without a reload"
    ends(server)
    expect(maintainer.locator("#sentence")).to_have_text("Promoted svm v2.")
    expect(maintainer.get_by_role("heading", name="Report")).to_be_visible()
    expect(maintainer.locator(".chart tr")).to_have_count(4)
    expect(maintainer.locator(".curve svg")).to_have_count(2)
    table = maintainer.get_by_role("table").filter(has_text="Log loss")
    expect(table).to_be_hidden()
    maintainer.get_by_text("The figures of this curve").click()
    expect(table.get_by_role("row")).to_have_count(4)
    expect(maintainer.locator(".drawings img").first).to_have_js_property("naturalWidth", 1)


def test_a_running_run_is_cancelled_after_a_question(maintainer: Page, server: Server) -> None:
    begin(maintainer)
    starts(server)
    maintainer.get_by_role("link", name="Cancel…").click()
    maintainer.get_by_role("button", name="Cancel the run").click()
    expect(maintainer.locator("#sentence")).to_have_text("Asked to stop.")
    assert server.rows("SELECT cancel_at FROM predictor_trainingrun")[0][0]


def test_it_works_without_scripts(maintainer: Page, browser: Browser, base_url: str, server: Server) -> None:
    context = browser.new_context(
        base_url=base_url, java_script_enabled=False, storage_state=maintainer.context.storage_state()
    )
    plain = context.new_page()
    begin(plain)
    expect(plain.locator("#sentence")).to_have_text(NO_WORKER)
    starts(server)
    expect(plain.locator("#sentence")).to_have_text("Training (cnn): about 5 min left.")  # it reloads itself
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_every_page_fits_and_is_accessible(maintainer: Page, server: Server, width: int, scheme: Any) -> None:
    maintainer.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    maintainer.set_viewport_size({"width": width, "height": 800})
    maintainer.goto(f"{LIST}start/")
    is_accessible(maintainer)
    assert fits(maintainer)
    begin(maintainer)
    starts(server)
    expect(maintainer.locator("#tasks tr")).to_have_count(2)
    is_accessible(maintainer)
    assert fits(maintainer)
    run = maintainer.url
    maintainer.get_by_role("link", name="Cancel…").click()
    is_accessible(maintainer)
    ends(server)
    maintainer.goto(run)
    expect(maintainer.get_by_role("heading", name="Report")).to_be_visible()
    is_accessible(maintainer)
    assert fits(maintainer)
    maintainer.goto(LIST)
    is_accessible(maintainer)
    assert width < 768 or fits(maintainer)  # Django's own lists do not fit a phone
