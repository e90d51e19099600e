"""A person draws, in a real browser, on a real server: with a mouse, a finger or keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import (
    answered,
    draw_and_wait,
    hexadecimal,
    ink,
    is_final,
    log_in,
    points_on,
    recognise,
    until,
)
from tests.drawings import ONE, SEVEN, THREE
from tests.server import Server

KINDS = ("svm", "cnn", "mlp")


def test_a_three_drawn_with_the_mouse_gets_three_answers_and_is_kept(drawn: Page, server: Server) -> None:
    answer = recognise(drawn)
    expect(drawn.locator("#consensus")).to_have_text("3")
    for kind in KINDS:
        expect(drawn.locator(f'td[data-kind="{kind}"] .prediction')).to_have_text("3")
        expect(drawn.locator(f'td[data-kind="{kind}"] .confidence')).to_contain_text("%")
        expect(drawn.locator(f'.digit td.top[data-kind="{kind}"]')).to_have_count(1)
    expect(drawn.locator("#seen")).to_have_attribute("src", re.compile("^data:image/png"))
    ((prediction, source, strokes),) = server.rows(
        f"SELECT prediction, source, strokes FROM predictor_submission WHERE id = '{hexadecimal(answer['id'])}'"
    )
    assert (prediction, source) == (3, "page")
    assert '"size": [280, 280]' in strokes


def test_the_bars_are_as_long_as_their_numbers_say(drawn: Page) -> None:
    recognise(drawn)
    for kind in KINDS:
        rows = drawn.locator(f'.digit td[data-kind="{kind}"]')
        widths = [
            float(width) for width in rows.locator("rect").evaluate_all("all => all.map(r => r.getAttribute('width'))")
        ]
        numbers = [float(text.strip(">")) for text in rows.locator("span").all_text_contents()]
        assert widths == pytest.approx(numbers, abs=1.01)
        assert sum(widths) == pytest.approx(100, abs=1)


def test_the_drawing_is_in_the_admin_and_is_labelled_there(drawn: Page, server: Server) -> None:
    answer = recognise(drawn)
    identity = answer["id"]
    log_in(drawn)
    drawn.goto(f"/admin/predictor/submission/?q={identity}")
    expect(drawn.locator("img.pixels")).to_have_count(1)
    expect(drawn.locator(".opinion")).to_have_count(len(answer["models"]))
    drawn.locator("#id_form-0-label").fill("3")
    drawn.get_by_role("button", name="Save").click()
    expect(drawn.locator(".messagelist .success")).to_be_visible()
    where = f"WHERE id = '{hexadecimal(identity)}'"
    assert server.rows(f"SELECT label FROM predictor_submission {where}") == [(3,)]


def test_someone_logged_in_can_draw_claim_and_delete(page: Page, server: Server) -> None:
    log_in(page)
    page.goto("/")
    draw_and_wait(page, SEVEN)
    answer = recognise(page)
    assert answer["prediction"] == 7
    page.keyboard.press("y")
    expect(page.locator("#question-words")).to_contain_text("Thank you")
    page.locator("#kept button").first.click()
    expect(page.locator("#kept li")).to_have_count(0)
    expect(page.locator("#problem")).to_be_hidden()
    assert not server.rows(f"SELECT id FROM predictor_submission WHERE id = '{hexadecimal(answer['id'])}'")


def test_a_finger_draws_and_a_second_one_does_not(browser, base_url: str) -> None:
    context = browser.new_context(
        base_url=base_url, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto("/")
    touch = context.new_cdp_session(page)
    other = {"x": 20, "y": 20, "id": 1}
    points = [{"x": x, "y": y, "id": 0} for x, y in points_on(page, THREE)]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for here in points[1:]:
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [here, other]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("#consensus")).to_have_text("3")
    assert page.evaluate("scrollY") == 0
    with answered(page, is_final) as waiting:
        page.locator("#recognise").tap()
    assert waiting.value.response().json()["prediction"] == 3
    context.close()


def go_to_the_paper(page: Page) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "pad":
            return
    raise AssertionError("Tab does not lead to the paper")


def test_keys_alone_draw_recognise_claim_and_delete(open_page: Page, server: Server) -> None:
    page = open_page
    go_to_the_paper(page)
    expect(page.locator("#cursor")).to_be_visible()
    for key, times in {"ArrowUp": 9, "ArrowLeft": 5}.items():
        for _ in range(times):
            page.keyboard.press(key)
    page.keyboard.press("Space")
    expect(page.locator("#pen-words")).to_contain_text("Pen down")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.keyboard.down("ArrowDown")
    for _ in range(9):
        page.keyboard.press("ArrowLeft", delay=1)
        page.keyboard.press("ArrowDown")
    page.keyboard.up("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#pen-words")).to_contain_text("Pen up")
    expect(page.locator("#consensus")).to_have_text("7")
    with answered(page, is_final) as waiting:
        page.keyboard.press("Enter")
    identity = waiting.value.response().json()["id"]
    expect(page.locator("#question")).to_contain_text("Was it right?")
    page.keyboard.press("7")
    expect(page.locator("#question-words")).to_contain_text("Thank you")
    assert server.rows(f"SELECT claim FROM predictor_submission WHERE id = '{hexadecimal(identity)}'") == [("7",)]
    page.locator("#kept button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#album")).to_be_hidden()


def test_everything_that_can_be_clicked_can_be_reached_with_tab(drawn: Page) -> None:
    recognise(drawn)
    expect(drawn.locator("#kept button")).not_to_have_count(0)
    reached = set()
    drawn.evaluate("document.activeElement.blur()")
    for _ in range(60):
        drawn.keyboard.press("Tab")
        reached.add(drawn.evaluate("document.activeElement.outerHTML.slice(0, 160)"))
    clickable = drawn.locator(
        "button:visible, a:visible, input[type=checkbox], input[type=file], input:checked, canvas#pad"
    )
    missed = set(clickable.evaluate_all("all => all.map(one => one.outerHTML.slice(0, 160))")) - reached
    assert missed == set()


def test_enter_recognises_and_escape_clears(drawn: Page) -> None:
    with answered(drawn, is_final):
        drawn.keyboard.press("Enter")
    expect(drawn.locator("#consensus")).to_have_text("3")
    drawn.keyboard.press("Escape")
    expect(drawn.locator("#consensus")).to_have_text("–")
    expect(drawn.locator("#recognise")).to_have_attribute("aria-disabled", "true")


def test_clear_wipes_the_paper_and_undo_brings_it_back(drawn: Page) -> None:
    until(drawn, lambda: ink(drawn) > 1000)
    drawn.locator("#clear").click()
    until(drawn, lambda: ink(drawn) == 0)
    drawn.keyboard.press("Control+z")
    until(drawn, lambda: ink(drawn) > 1000)
    expect(drawn.locator("#consensus")).to_have_text("3")


def test_strokes_are_taken_back_and_brought_back_by_button_and_key(open_page: Page) -> None:
    page = open_page
    draw_and_wait(page, ONE)
    expect(page.locator("#consensus")).to_have_text("1")
    one = ink(page)
    draw_and_wait(page, [(60, 60), (220, 220)])
    until(page, lambda: ink(page) > one)
    page.locator("#undo").click()
    until(page, lambda: ink(page) == one)
    expect(page.locator("#consensus")).to_have_text("1")
    page.keyboard.press("Control+Shift+Z")
    until(page, lambda: ink(page) > one)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    until(page, lambda: ink(page) == 0)
    expect(page.locator("#undo")).to_have_attribute("aria-disabled", "true")
    page.locator("#redo").click()
    until(page, lambda: ink(page) == one)


def test_another_pen_redraws_what_is_there_and_is_remembered(drawn: Page) -> None:
    until(drawn, lambda: ink(drawn) > 1000)
    medium = ink(drawn)
    for name, is_right in (
        ("Bold", lambda: ink(drawn) > 1.2 * medium),
        ("Fine", lambda: 0 < ink(drawn) < 0.8 * medium),
    ):
        with answered(drawn) as waiting:
            drawn.get_by_role("radio", name=name).check(force=True)
        until(drawn, is_right)
        assert waiting.value.response().json()["prediction"] == 3
    drawn.reload()
    expect(drawn.get_by_role("radio", name="Fine")).to_be_checked()


def test_a_second_drawing_gets_its_own_answer(drawn: Page) -> None:
    recognise(drawn)
    drawn.locator("#clear").click()
    draw_and_wait(drawn, ONE)
    assert recognise(drawn)["prediction"] == 1
    expect(drawn.locator("#consensus")).to_have_text("1")


def test_what_is_posted_is_the_same_on_every_screen(browser, base_url: str) -> None:
    seen = set()
    for density in (1, 2.625):
        context = browser.new_context(base_url=base_url, device_scale_factor=density)
        page = context.new_page()
        page.goto("/")
        seen.add(draw_and_wait(page, SEVEN)["pixels"])
        context.close()
    assert len(seen) == 1


def test_a_browser_that_puts_noise_on_canvases_sends_the_same_picture(open_page: Page, browser, base_url: str) -> None:
    usual = draw_and_wait(open_page)["pixels"]
    context = browser.new_context(base_url=base_url)
    context.add_init_script("""
        const forbidden = () => { throw new DOMException("no", "SecurityError"); };
        HTMLCanvasElement.prototype.toBlob = HTMLCanvasElement.prototype.toDataURL = forbidden;
        CanvasRenderingContext2D.prototype.getImageData = forbidden;""")
    page = context.new_page()
    page.goto("/")
    assert draw_and_wait(page)["pixels"] == usual
    context.close()
