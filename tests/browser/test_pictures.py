"""A picture from elsewhere is laid on the paper: chosen, pasted or dropped."""

import base64

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests import drawings
from tests.browser.hand import answered, draw, ink, recognise, until
from tests.drawings import ONE, SEVEN


def lay(page: Page, content: bytes, kind: str = "png") -> None:
    page.locator("#file").set_input_files({"name": f"picture.{kind}", "mimeType": f"image/{kind}", "buffer": content})


def beside_paper() -> Image.Image:
    """A 3 on the right half of a picture of 600×300, at (380, 60) to (507, 240)."""
    picture = Image.new("L", (600, 300), 255)
    picture.paste(drawings.draw(side=280), (310, 10))
    return picture


def around(page: Page) -> list[float]:
    """The outline, in shares of the paper's side: left, top, right, bottom."""
    paper, found = page.locator("#pad").bounding_box(), page.locator("#found").bounding_box()
    assert paper
    assert found
    left, top = (found["x"] - paper["x"]) / paper["width"], (found["y"] - paper["y"]) / paper["width"]
    return [left, top, left + found["width"] / paper["width"], top + found["height"] / paper["width"]]


def test_a_file_is_recognised_and_lies_on_the_paper(open_page: Page) -> None:
    page = open_page
    page.locator("#file").set_input_files({"name": "7.png", "mimeType": "image/png", "buffer": drawings.A_SEVEN})
    expect(page.locator("#consensus")).to_have_text("7")
    until(page, lambda: ink(page) > 1000)
    assert recognise(page)["prediction"] == 7


def test_a_photograph_that_is_too_large_is_made_smaller(open_page: Page) -> None:
    page = open_page
    large = drawings.encode(drawings.draw(SEVEN, side=2500), "BMP")
    with answered(page) as waiting:
        page.locator("#file").set_input_files({"name": "7.bmp", "mimeType": "image/bmp", "buffer": large})
    assert waiting.value.response().status == 200
    assert waiting.value.response().json()["prediction"] == 7


@pytest.mark.parametrize("level", [0, 120, 255], ids=["black", "grey", "white"])
def test_ink_on_a_clear_canvas_too_large_for_the_server_is_read_as_a_small_one_is(open_page: Page, level: int) -> None:
    page = open_page
    answers = []
    for side in (1900, 2400):
        picture = drawings.on_clear_canvas(level, side)
        with page.expect_response("**/api/predict/**") as response:
            page.locator("#file").set_input_files({"name": "3.png", "mimeType": "image/png", "buffer": picture})
        answers.append(response.value.json()["prediction"])
    assert answers == [3, 3]


def test_a_file_that_is_no_picture_is_said_to_be_none_and_the_drawing_stays(drawn: Page) -> None:
    until(drawn, lambda: ink(drawn) > 1000)
    drawn.locator("#file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"hello"})
    expect(drawn.locator("#problem")).to_contain_text("cannot open")
    assert ink(drawn) > 1000


HAND_OVER = """async ([type, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], "7.png", {type: "image/png"}));
    const target = document.querySelector("#pad");
    if (type === "paste") {
        document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
    } else {
        for (const name of ["dragover", "drop"]) {
            target.dispatchEvent(new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true}));
        }
    }
}"""


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(drawn: Page, way: str) -> None:
    drawn.evaluate(HAND_OVER, [way, base64.b64encode(drawings.A_SEVEN).decode()])
    expect(drawn.locator("#consensus")).to_have_text("7")
    drawn.keyboard.press("Control+z")
    expect(drawn.locator("#consensus")).to_have_text("3")


def test_a_line_over_a_picture_begins_a_new_drawing(open_page: Page) -> None:
    page = open_page
    page.locator("#file").set_input_files({"name": "7.png", "mimeType": "image/png", "buffer": drawings.A_SEVEN})
    expect(page.locator("#consensus")).to_have_text("7")
    draw(page, ONE)
    expect(page.locator("#consensus")).to_have_text("1")


def test_an_outline_shows_where_in_a_picture_the_digit_was_found(open_page: Page) -> None:
    page = open_page
    with answered(page) as waiting:
        lay(page, drawings.encode(beside_paper()))
    left, top, right, bottom = waiting.value.response().json()["box"]
    assert (left, right) == pytest.approx((392, 516), abs=12)
    expect(page.locator("#found")).to_be_visible()
    expected = [left / 600, 0.25 + top / 600, right / 600, 0.25 + bottom / 600]
    assert around(page) == pytest.approx(expected, abs=0.005)
    draw(page, ONE)
    expect(page.locator("#found")).to_be_hidden()
    expect(page.locator("#consensus")).to_have_text("1")
    expect(page.locator("#found")).to_be_hidden()


def test_a_turned_photograph_has_its_outline_where_it_is_seen(open_page: Page) -> None:
    page = open_page
    tags = Image.Exif()
    tags[0x0112] = 6
    lay(page, drawings.encode(beside_paper().rotate(90, expand=True), "JPEG", exif=tags), "jpeg")
    expect(page.locator("#consensus")).to_have_text("3")
    left, top, right, bottom = around(page)
    assert (left, right) == pytest.approx((0.65, 0.86), abs=0.03)
    assert (top, bottom) == pytest.approx((0.36, 0.67), abs=0.03)


def test_a_photograph_that_was_made_smaller_has_its_outline_too(open_page: Page) -> None:
    page = open_page
    lay(page, drawings.encode(beside_paper().resize((4800, 2400))))
    expect(page.locator("#consensus")).to_have_text("3")
    assert around(page)[0] == pytest.approx(0.65, abs=0.03)
