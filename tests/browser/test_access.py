"""Everybody, and nobody else: axe, the Content-Security-Policy, other sites, cookies, weight."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.hand import draw, draw_and_wait, recognise
from tests.browser.test_answer import SCRIBBLE, faked
from tests.drawings import SEVEN


def empty(page: Page) -> None:
    expect(page.locator("#hint")).to_be_visible()


def drawing(page: Page) -> None:
    draw_and_wait(page)
    page.mouse.down()


def agreed(page: Page) -> None:
    draw_and_wait(page)
    recognise(page)
    page.locator("#explain").click()
    expect(page.locator("#maps")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("#question-words")).to_contain_text("Thank you")


def disagreed(page: Page) -> None:
    faked(page, "digit", {"cnn": 7, "mlp": 7, "svm": 1})
    draw(page)
    expect(page.locator('td[data-state="differs"]').first).to_be_visible()


def unsure(page: Page) -> None:
    faked(page, "unsure", {"cnn": 7, "mlp": 4, "svm": 1})
    draw(page)
    expect(page.locator("#consensus")).to_have_text("7?")


def no_digit(page: Page) -> None:
    draw_and_wait(page, SCRIBBLE)
    recognise(page)
    expect(page.locator("#consensus")).to_have_text("?")


def failed(page: Page) -> None:
    page.route("**/api/predict/", lambda route: route.abort())
    draw(page)
    expect(page.locator("#problem")).to_be_visible()


def asked(page: Page) -> None:
    page.get_by_role("button", name="Ask me for a digit").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", [empty, drawing, agreed, disagreed, unsure, no_digit, failed, asked])
def test_it_has_no_axe_violation(page: Page, state: Callable[[Page], None], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/")
    state(page)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


def test_it_has_no_axe_violation_on_a_phone(browser, base_url: str) -> None:
    context = browser.new_context(base_url=base_url, viewport={"width": 320, "height": 640}, has_touch=True)
    page = context.new_page()
    page.goto("/")
    draw_and_wait(page)
    recognise(page)
    expect(page.locator("#kept li")).to_have_count(1)
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


@pytest.mark.parametrize("path", ["/", "/api/docs/", "/admin/login/", "/nowhere/"])
def test_nothing_breaks_the_policy_fails_asks_another_site_or_sets_a_cookie(
    page: Page, base_url: str, path: str
) -> None:
    errors, asked = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path, wait_until="networkidle")
    if path == "/":
        agreed(page)
        page.locator("#kept button").first.click()
        expect(page.locator("#album")).to_be_hidden()
        draw(page, SEVEN)
    wrong = [error for error in errors if not (path == "/nowhere/" and "404" in error)]
    assert wrong == []
    assert all(url.startswith((base_url, "data:", "blob:")) for url in asked)
    if path == "/":
        assert page.context.cookies() == []


def test_the_first_visit_weighs_less_than_sixty_kilobytes(page: Page) -> None:
    sizes = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("/", wait_until="networkidle")
    assert len(sizes) > 5
    assert sum(sizes) < 60_000


def test_reduced_motion_moves_nothing(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto("/")
    assert page.locator(".bar rect").first.evaluate("one => getComputedStyle(one).transitionDuration") == "0s"


def test_every_module_is_loaded_at_once(page: Page) -> None:
    """A module that is not preloaded costs a round trip more."""
    page.goto("/", wait_until="networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    preloaded = page.locator('link[rel="modulepreload"]').evaluate_all("all => all.map(({href}) => href)")
    scripts = {url for url in loaded if re.search(r"/js/[a-z]+\.[0-9a-f]{12}\.js$", url)}
    assert len(scripts) > 5
    assert scripts == set(preloaded)
