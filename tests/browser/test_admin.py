"""The lists of the admin: they fit the window, their filters are menus, and they are accessible."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.hand import draw_and_wait, recognise, until
from tests.drawings import A_ONE, A_SEVEN, BLACK_ON_WHITE, base64_of, draw, encode
from tests.server import Server

SUBMISSIONS = "/admin/predictor/submission/"
SUSPECTS = "/admin/predictor/suspect/"
DRIFT = "/admin/predictor/submission/drift/"
VERSIONS = "/admin/predictor/modelversion/"
USERS = "/admin/auth/user/"
SCRIBBLE = encode(draw([(40, 40), (240, 60), (60, 100), (230, 150), (50, 190), (240, 240), (40, 240), (140, 30)]))
SUSPECT = """
from django.utils import timezone
from predictor.models import Submission, Suspect
row = Submission.objects.latest("created_at")
Submission.objects.filter(pk=row.pk).update(review="digit", label=4)
Suspect.objects.create(submission=row, label=4, digit=7, confidence=0.9, created_at=timezone.now())
"""


@pytest.fixture
def reviewer(page: Page, cookies: list[Any]) -> Page:
    for content in (BLACK_ON_WHITE, A_SEVEN, A_ONE, SCRIBBLE):
        page.request.post("/api/predict/", data={"image": base64_of(content)})
    page.context.add_cookies(cookies)
    return page


@pytest.mark.parametrize("width", [768, 1024, 1280])
@pytest.mark.parametrize("path", [SUBMISSIONS, SUSPECTS, VERSIONS, USERS])
def test_a_list_fits_without_scrolling_sideways(reviewer: Page, server: Server, path: str, width: int) -> None:
    server.manage("shell", "--command", SUSPECT)
    reviewer.set_viewport_size({"width": width, "height": 800})
    reviewer.goto(path)
    assert reviewer.locator(".results").evaluate("list => list.scrollWidth <= list.clientWidth")
    assert reviewer.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_first_drawing_is_visible_without_scrolling(reviewer: Page) -> None:
    reviewer.set_viewport_size({"width": 1280, "height": 800})
    reviewer.goto(SUBMISSIONS)
    box = reviewer.locator(".pixels").first.bounding_box()
    assert box is not None
    assert box["y"] < 400


def test_opening_a_filter_closes_the_others_and_its_choice_is_shown(reviewer: Page) -> None:
    reviewer.goto(SUBMISSIONS)
    menu = reviewer.get_by_role("navigation", name="Filters")
    menu.locator("summary", has_text="Verdict").click()
    menu.locator("summary", has_text="Prediction").focus()
    reviewer.keyboard.press("Enter")
    expect(menu.locator("details[open]")).to_have_count(1)
    menu.get_by_role("link", name="7", exact=True).click()
    expect(menu.locator("summary", has_text="Prediction: 7")).to_be_visible()
    expect(menu.locator("details[open]")).to_have_count(0)
    expect(reviewer.locator(".pixels")).to_have_count(1)
    menu.get_by_role("link", name="Clear all filters").click()
    expect(reviewer.locator(".pixels")).to_have_count(4)


@pytest.mark.parametrize("width", [320, 768, 1024, 1280])
def test_every_menu_stays_within_the_window(reviewer: Page, width: int) -> None:
    reviewer.set_viewport_size({"width": width, "height": 800})
    reviewer.goto(SUBMISSIONS)
    for summary in reviewer.locator("#filters summary").all():
        summary.click()
        assert reviewer.evaluate("document.documentElement.scrollWidth <= innerWidth"), summary.inner_text()


def test_without_scripts_a_list_is_filtered(reviewer: Page, browser: Browser, base_url: str) -> None:
    context = browser.new_context(
        base_url=base_url, java_script_enabled=False, storage_state=reviewer.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(SUBMISSIONS)
    plain.locator("#filters summary", has_text="Prediction").click()
    plain.get_by_role("link", name="7", exact=True).click()
    expect(plain.locator(".pixels")).to_have_count(1)
    context.close()


def submissions(page: Page) -> None:
    page.goto(SUBMISSIONS)


def filtered(page: Page) -> None:
    page.goto(f"{SUBMISSIONS}?review__exact=waiting")
    page.locator("#filters summary").last.click()


def refused(page: Page) -> None:
    page.goto(SUBMISSIONS)
    page.locator("#id_form-0-label").fill("s")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist")).to_be_visible()


def one(page: Page) -> None:
    page.goto(SUBMISSIONS)
    page.locator(".field-thumbnail a").first.click()


def suspects(page: Page) -> None:
    page.goto(SUSPECTS)


def versions(page: Page) -> None:
    page.goto(VERSIONS)


def drift(page: Page) -> None:
    page.goto(DRIFT)
    page.locator("summary").first.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", [submissions, filtered, refused, one, suspects, versions, drift])
def test_it_has_no_axe_violation(reviewer: Page, server: Server, look: Callable[[Page], None], scheme: str) -> None:
    server.manage("shell", "--command", SUSPECT)
    reviewer.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    look(reviewer)
    found = Axe().run(reviewer).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_a_promotion_and_a_rollback_reach_a_page_that_is_open(page: Page, cookies: list[Any], server: Server) -> None:
    page.context.add_cookies(cookies)
    visitor = page.context.new_page()
    visitor.goto("/")

    def version_that_answers() -> int:
        server.forget()
        visitor.keyboard.press("Escape")
        draw_and_wait(visitor)
        found: int = recognise(visitor)["models"]["svm"]["version"]
        return found

    page.goto(VERSIONS)  # gives every published version a row
    for version in (2, 3):
        ((row,),) = server.rows(f"SELECT id FROM predictor_modelversion WHERE kind = 'svm' AND version = {version}")
        page.goto(f"{VERSIONS}{row}/change/")
        page.get_by_role("link", name="Make it the champion…").click()
        page.get_by_label("Reason, for the log").fill("to see it arrive")
        page.get_by_role("button", name=f"Make svm v{version} the champion").click()
        expect(page.locator(".messagelist")).to_contain_text(f"svm v{version}")
        until(page, lambda version=version: version_that_answers() == version)
    visitor.close()
