"""What stays where it is: the paper under the pen, the focus, the drawing."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import answered, draw, draw_and_wait, held_back, ink, is_final, points_on, recognise, until
from tests.browser.test_answer import SCRIBBLE
from tests.drawings import ONE, SEVEN, THREE


@pytest.mark.parametrize("button", ["#undo", "#clear", "#explain", "#prompt-start"])
def test_enter_recognises_whatever_button_was_clicked_before_the_drawing(page: Page, button: str) -> None:
    page.goto("/")
    draw_and_wait(page, ONE)
    page.locator(button).click()
    if button == "#prompt-start":
        expect(page.locator("#prompt-stop")).to_be_visible()
    if button == "#explain":
        page.keyboard.press("Escape")
    draw_and_wait(page, SEVEN)
    with answered(page, is_final) as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.response().json()["prediction"] == 7
    assert ink(page) > 1000


def test_enter_recognises_after_an_undo_by_mouse_and_undoes_again_after_one_by_key(page: Page) -> None:
    page.goto("/")
    draw_and_wait(page, ONE)
    draw_and_wait(page, SCRIBBLE)
    page.locator("#undo").click()
    with answered(page, is_final) as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.response().json()["prediction"] == 1
    page.locator("#undo").focus()
    page.keyboard.press("Enter")
    until(page, lambda: ink(page) == 0)
    expect(page.locator("#undo")).to_be_focused()


@pytest.mark.parametrize("size", [(1280, 720), (820, 1180), (390, 700), (1280, 1400), (844, 390)])
def test_the_paper_stays_where_it_is_while_somebody_draws(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/")
    paper = page.locator("#pad")
    draw_and_wait(page)
    place = paper.bounding_box()
    page.locator("#explain").dispatch_event("click")
    expect(page.locator("#maps")).to_be_visible()
    assert paper.bounding_box() == place
    (x, y), *_ = points_on(page, THREE)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 20, y + 20)
    assert paper.bounding_box() == place, "while the answer and the maps grow old"
    page.mouse.up()
    draw_and_wait(page, SCRIBBLE)
    expect(page.locator("#consensus")).to_have_text("?")
    assert paper.bounding_box() == place, "with a longer sentence"
    page.route("**/api/predict/", lambda route: route.abort())
    draw(page, ONE)
    expect(page.locator("#problem")).to_be_visible()
    assert paper.bounding_box() == place, "with a problem"
    page.mouse.down()
    expect(page.locator("#problem")).to_be_hidden()
    assert paper.bounding_box() == place, "with the problem gone"
    page.mouse.up()


def test_the_focus_stays_among_the_drawings_that_are_deleted_by_key(drawn: Page) -> None:
    recognise(drawn)
    drawn.keyboard.press("Escape")
    draw_and_wait(drawn, SEVEN)
    recognise(drawn)
    for left in (1, 0):
        drawn.locator("#kept button").first.focus()
        drawn.keyboard.press("Enter")
        expect(drawn.locator("#kept li")).to_have_count(left)
        assert drawn.evaluate("document.activeElement.tagName") == "BUTTON"
    expect(drawn.locator("#recognise")).to_be_focused()


def test_a_digit_that_is_wished_for_late_does_not_wipe_what_was_drawn_meanwhile(page: Page) -> None:
    page.goto("/")
    held = []
    page.route("**/api/prompt/**", lambda route: held.insert(0, route))
    page.get_by_role("button", name="Ask me for a digit").click()
    until(page, lambda: len(held) == 1)
    draw_and_wait(page)
    held[0].continue_()
    expect(page.locator("#prompt-words")).to_have_text(re.compile("^Draw a"))
    assert ink(page) > 1000
    page.get_by_role("button", name="Another").click()
    until(page, lambda: len(held) == 2)
    page.get_by_role("button", name="Stop").click()
    held[0].continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#prompt-words")).to_have_text("Any digit, 0–9")


def test_a_drawing_that_was_not_kept_or_was_deleted_can_be_sent_again(drawn: Page) -> None:
    drawn.locator("#keep").uncheck()
    assert recognise(drawn)["id"] is None
    drawn.locator("#keep").check()
    assert recognise(drawn)["id"]
    drawn.locator("#kept button").first.click()
    expect(drawn.locator("#album")).to_be_hidden()
    assert recognise(drawn)["token"]


def test_of_two_claims_the_last_holds(drawn: Page, server) -> None:
    recognise(drawn)
    held = []
    drawn.route("**/claim/", lambda route: held.insert(0, route))
    drawn.keyboard.press("3")
    until(drawn, lambda: len(held) == 1)
    drawn.keyboard.press("7")
    drawn.wait_for_timeout(200)
    assert len(held) == 1, "the second waits for the first"
    held[0].continue_()
    until(drawn, lambda: len(held) == 2)
    held[0].continue_()
    expect(drawn.locator('[data-claim="7"]')).to_have_attribute("aria-pressed", "true")
    assert server.rows("SELECT claim FROM predictor_submission") == [("7",)]


def test_a_failure_of_an_older_drawing_does_not_age_the_answer_to_the_newer(drawn: Page) -> None:
    held = held_back(drawn, is_final)
    drawn.keyboard.press("Enter")
    until(drawn, lambda: len(held) == 1)
    drawn.keyboard.press("Escape")
    draw_and_wait(drawn, SEVEN)
    expect(drawn.locator("#consensus")).to_have_text("7")
    held[0].abort()
    expect(drawn.locator("#problem")).to_be_visible()
    expect(drawn.locator("#answer")).to_have_attribute("data-state", "digit")


def test_a_page_that_did_not_load_whole_says_so(page: Page) -> None:
    page.route(re.compile(r"/js/wording\."), lambda route: route.abort())
    page.goto("/")
    expect(page.get_by_text("did not load completely")).to_be_visible(timeout=10_000)


@pytest.mark.parametrize("size", [(667, 375), (844, 390), (915, 412)])
def test_a_phone_on_its_side_shows_all_of_the_paper_beside_answer_and_button(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/")
    draw_and_wait(page)
    for part in ("#pad", "#consensus", "#verdict", "#undo", "#recognise"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1], part
    recognise(page)
    box = page.locator("#pad").bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= size[1] - box["height"], "the paper stays while the rest scrolls to the question"


@pytest.mark.parametrize("size", [(1366, 625), (1024, 600), (844, 390), (390, 700), (320, 568)])
def test_the_tools_stand_in_one_row_side_by_side(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/")
    boxes = [one.bounding_box() for one in page.locator(".pens label, .tools button").all()]
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"]
        assert abs(left["y"] + left["height"] / 2 - right["y"] - right["height"] / 2) < 2


@pytest.mark.parametrize("size", [(667, 375), (640, 450), (320, 568)])
def test_paper_and_answer_fit_small_and_low_windows(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/")
    box = page.locator("#pad").bounding_box()
    assert box is not None
    assert box["height"] <= size[1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
