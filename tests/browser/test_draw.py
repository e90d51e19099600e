"""A person draws, in a real browser, on a real server."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.drawings import ONE, SEVEN, THREE
from tests.server import PASSWORD, Server

KINDS = ("svm", "cnn", "mlp")


def points_on(page: Page, line: list[tuple[int, int]]) -> list[tuple[float, float]]:
    box = page.locator("#pad").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"] / 280, box["y"] + y * box["height"] / 280) for x, y in line]


def draw(page: Page, line: list[tuple[int, int]]) -> None:
    first, *rest = points_on(page, line)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=6)
    page.mouse.up()


def recognised(page: Page) -> dict[str, object]:
    with page.expect_response(re.compile("/api/predict/")) as waiting:
        page.locator("#recognise").click()
    return waiting.value.json()


@pytest.fixture
def drawn(page: Page) -> Page:
    page.goto("/")
    draw(page, THREE)
    return page


def test_a_three_drawn_with_the_mouse_gets_three_answers_and_is_kept(drawn: Page, server: Server) -> None:
    answer = recognised(drawn)
    expect(drawn.locator("#consensus")).to_contain_text("3")
    for kind in KINDS:
        model = drawn.locator(f'[data-kind="{kind}"]')
        expect(model.locator(".prediction")).to_have_text("3")
        expect(model.locator(".confidence")).to_contain_text("%")
    expect(drawn.locator("#seen")).to_have_attribute("src", re.compile("^data:image/png"))
    identity = str(answer["id"]).replace("-", "")
    ((prediction, source, strokes),) = server.rows(
        f"SELECT prediction, source, strokes FROM predictor_submission WHERE id = '{identity}'"
    )
    assert (prediction, source) == (3, "page")
    assert '"size": [280, 280]' in strokes


def test_the_drawing_is_in_the_admin_and_is_labelled_there(drawn: Page, server: Server) -> None:
    identity = recognised(drawn)["id"]
    log_in(drawn)
    drawn.goto(f"/admin/predictor/submission/?q={identity}")
    expect(drawn.locator("img.pixels")).to_have_count(1)
    expect(drawn.locator(".opinion")).to_have_count(3)
    drawn.locator("#id_form-0-label").fill("3")
    drawn.get_by_role("button", name="Save").click()
    expect(drawn.locator(".messagelist .success")).to_be_visible()
    assert server.rows("SELECT label FROM predictor_submission WHERE label IS NOT NULL") == [(3,)]


def test_someone_logged_in_can_draw(page: Page) -> None:
    log_in(page)
    page.goto("/")
    draw(page, SEVEN)
    assert recognised(page)["prediction"] == 7
    expect(page.locator("#problem")).to_be_hidden()


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
    with page.expect_response(re.compile("/api/predict/")) as waiting:
        page.locator("#recognise").tap()
    assert waiting.value.json()["prediction"] == 3
    context.close()


def test_enter_recognises_and_escape_clears(drawn: Page) -> None:
    drawn.keyboard.press("Enter")
    expect(drawn.locator("#consensus")).to_contain_text("3")
    drawn.keyboard.press("Escape")
    expect(drawn.locator("#consensus")).not_to_contain_text("3")
    expect(drawn.locator("#recognise")).to_be_disabled()


def test_clear_wipes_the_paper(drawn: Page) -> None:
    until_ink(drawn, "> 1000")
    drawn.locator("#clear").click()
    until_ink(drawn, "=== 0")


def test_a_second_drawing_gets_its_own_answer(drawn: Page) -> None:
    recognised(drawn)
    drawn.locator("#clear").click()
    draw(drawn, ONE)
    assert recognised(drawn)["prediction"] == 1
    expect(drawn.locator("#consensus")).to_contain_text("1")


def test_a_server_out_of_reach_is_said_and_the_drawing_stays(drawn: Page) -> None:
    drawn.route("**/api/predict/", lambda route: route.abort())
    drawn.locator("#recognise").click()
    expect(drawn.locator("#problem")).to_be_visible()
    until_ink(drawn, "> 1000")
    drawn.unroute("**/api/predict/")
    assert recognised(drawn)["prediction"] == 3
    expect(drawn.locator("#problem")).to_be_hidden()


def test_a_refusal_is_said_in_the_servers_words(drawn: Page) -> None:
    body = '{"code": "x", "detail": "The paper caught fire.", "request_id": "r-1"}'
    drawn.route("**/api/predict/", lambda route: route.fulfill(status=422, content_type="application/json", body=body))
    drawn.locator("#recognise").click()
    expect(drawn.locator("#problem")).to_contain_text("The paper caught fire.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_axe_violation_before_and_after_an_answer(drawn: Page, scheme: str) -> None:
    drawn.emulate_media(color_scheme=scheme)
    assert Axe().run(drawn).response["violations"] == []
    recognised(drawn)
    expect(drawn.locator("#consensus")).to_contain_text("3")
    assert Axe().run(drawn).response["violations"] == []


def test_the_page_logs_no_error_and_asks_no_other_site(page: Page, base_url: str) -> None:
    errors, asked = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")
    draw(page, THREE)
    recognised(page)
    assert errors == []
    assert all(url.startswith((base_url, "data:")) for url in asked)


def log_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("reviewer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Site administration").first).to_be_visible()


DARK_PIXELS = """() => {
    const canvas = document.querySelector("#pad");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let dark = 0;
    for (let i = 0; i < data.length; i += 4) dark += data[i + 3] > 128 && data[i] < 128;
    return dark;
}"""


def until_ink(page: Page, condition: str) -> None:
    """Wait for so much ink on the paper: it is painted with the next frame."""
    page.wait_for_function(f"({DARK_PIXELS})() {condition}", timeout=5000)
