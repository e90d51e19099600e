"""What the hand of a visitor does, and what the eye waits for."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from playwright.sync_api import Page, Request, Route, expect

from tests.drawings import THREE
from tests.server import PASSWORD

PATIENCE = 30  # seconds: a busy machine stands still now and then, and waiting costs only a test that fails
Line = list[tuple[float, float]]

DARK_PIXELS = """() => {
    const canvas = document.querySelector("#pad");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) dark += data[i + 3] > 128 && data[i] < 128;
    return dark;
}"""


def points_on(page: Page, line: Line) -> Line:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280) for x, y in line]


def draw(page: Page, line: Line = THREE) -> None:
    """A stroke with the mouse, in units of the paper."""
    pull(page, line)
    page.mouse.up()


def pull(page: Page, line: Line) -> None:
    """All of a stroke but its end."""
    first, *rest = points_on(page, line)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=6)


def draw_and_wait(page: Page, line: Line = THREE) -> dict[str, Any]:
    """The live answer to a stroke. Its beginning called off an older question, whose answer may have come half."""
    pull(page, line)
    with answered(page) as waiting:
        page.mouse.up()
    return waiting.value.response().json()


def recognise(page: Page) -> dict[str, Any]:
    """Press the large button. A live answer may be on its way; the one that is meant carries an id."""
    with answered(page, is_final) as waiting:
        page.locator("#recognise").click()
    expect(page.locator("#drawing")).not_to_have_attribute("data-busy", "")  # it is shown, too
    return waiting.value.response().json()


def is_question(request: Request) -> bool:
    return "/api/predict/" in request.url


def is_final(request: Request) -> bool:
    return is_question(request) and "x-request-id" in request.headers


def answered(page: Page, which: Callable[[Request], bool] = is_question) -> AbstractContextManager[Any]:
    """Wait for a question that is answered to the end: of one that was called off there may be no body to read."""
    return page.expect_request_finished(which)


def held_back(page: Page, which: Callable[[Request], bool]) -> list[Route]:
    """Requests that wait for the test to let them go."""
    held: list[Route] = []

    def look(route: Route) -> None:
        if which(route.request):
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/predict/", look)
    return held


def log_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("reviewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Site administration").first).to_be_visible()


def wait_for_a_drawing(page: Page) -> None:
    """In the queue: until then its keys have no effect."""
    expect(page.locator("[data-ready]")).to_have_count(1)
    expect(page.locator("#loading")).to_be_hidden()
    expect(page.locator("#image img")).to_be_visible()


def ink(page: Page) -> int:
    """Dark pixels on the paper."""
    return int(page.evaluate(DARK_PIXELS))


def until(page: Page, truth: Callable[[], bool]) -> None:
    """Wait for something that Playwright has no word for; its own way would need a page that allows eval."""
    deadline = time.monotonic() + PATIENCE
    while not truth():
        assert time.monotonic() < deadline, "it did not come to pass"
        page.wait_for_timeout(20)


def hexadecimal(identity: object) -> str:
    """An id as SQLite keeps it."""
    return str(identity).replace("-", "")
