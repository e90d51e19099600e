"""The column of the model that reads the strokes. What it says is made up here, how it looks is not."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from tests import drawings
from tests.browser.hand import answered, draw, draw_and_wait
from tests.browser.test_answer import faked
from tests.drawings import SEVEN, THREE

SAYS = {"version": 1, "prediction": 7, "confidence": 0.8, "probabilities": [0.02] * 7 + [0.8, 0.03, 0.03]}
UNHEARD = {"version": 1, "error": {"code": "strokes_error", "detail": "The strokes have no length."}}
LINES = [
    [[80.0 + 12 * i, 60.0, 2.0] for i in range(11)],
    [[200.0 - 7 * i, 60.0 + 17 * i, -1.0] for i in range(11)],
]
SIZES = [(1280, 900), (820, 1180), (390, 844), (320, 640), (844, 390)]


def heard(page: Page, says: dict[str, Any] = SAYS) -> None:
    """Answers with this model among them, where strokes came with the drawing."""

    def adding(said: dict[str, Any]) -> Callable[[Route], None]:
        def answer(route: Route) -> None:
            body = route.fetch().json()
            body["models"].pop("pen", None)
            if b'name="strokes"' in (route.request.post_data_buffer or b""):
                body["models"]["pen"] = said
            route.fulfill(content_type="application/json", body=json.dumps(body))

        return answer

    mattered = says if "error" in says else {"version": 1, "digit": 7, "lines": LINES}
    page.route("**/api/predict/", adding(says))
    page.route("**/api/explain/", adding(mattered))


@pytest.fixture
def pen(page: Page) -> Iterator[Page]:
    page.goto("/")
    heard(page)
    yield page
    page.unroute_all(behavior="ignoreErrors")


def lay_picture(page: Page) -> None:
    picture = {"name": "7.png", "mimeType": "image/png", "buffer": drawings.A_SEVEN}
    with answered(page):
        page.locator("#file").set_input_files(picture)


def column(page: Page) -> Locator:
    return page.locator('#opinions [data-kind="pen"]')


def explain(page: Page) -> None:
    page.locator("#explain").dispatch_event("click")
    expect(page.locator("#maps")).to_be_visible()


def test_strokes_have_a_column_and_a_picture_has_none(pen: Page) -> None:
    draw_and_wait(pen, SEVEN)
    expect(pen.get_by_role("columnheader", name="Pen v1")).to_be_visible()
    expect(pen.locator('.says [data-kind="pen"]')).to_have_text("7 80%")
    expect(pen.locator('.digit td.top[data-kind="pen"] .share')).to_have_text("80")
    pen.keyboard.press("Escape")
    expect(pen.locator("#consensus")).to_have_text("–")
    expect(pen.locator('thead th[data-kind="pen"]')).to_be_visible()
    lay_picture(pen)
    expect(pen.locator('thead th[data-kind="pen"]')).to_be_hidden()
    assert not any(part.is_visible() for part in column(pen).all())
    draw_and_wait(pen, SEVEN)
    expect(pen.locator('thead th[data-kind="pen"]')).to_be_visible()


def test_strokes_of_no_use_are_said_to_be(page: Page) -> None:
    page.goto("/")
    heard(page, UNHEARD)
    draw_and_wait(page, SEVEN)
    expect(page.locator('.says [data-kind="pen"]')).to_have_text("The strokes have no length.")
    explain(page)
    expect(page.locator('.map[aria-label^="What made"]')).to_have_count(3)
    expect(page.locator('#maps [data-kind="pen"] canvas')).to_be_hidden()
    page.unroute_all(behavior="ignoreErrors")


def test_what_mattered_in_the_strokes_is_shown_and_told(pen: Page) -> None:
    draw_and_wait(pen, SEVEN)
    explain(pen)
    expect(pen.get_by_role("img", name="What made the pen say 7: most by the stroke at the top centre")).to_be_visible()
    colours = pen.locator('#maps [data-kind="pen"] canvas').evaluate("""(canvas) => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const found = {};
        for (let i = 0; i < data.length; i += 4) {
            const colour = data[i + 3] === 255 ? `${data[i]} ${data[i + 1]} ${data[i + 2]}` : "none";
            found[colour] = (found[colour] ?? 0) + 1;
        }
        return Object.entries(found).sort(([, one], [, other]) => other - one).map(([colour]) => colour);
    }""")
    assert colours[:3] == ["none", "75 160 255", "255 122 0"], "the black ground, the longer stroke, the shorter one"
    lay_picture(pen)
    expect(pen.locator('#maps td[data-kind="pen"]')).to_be_hidden()
    expect(pen.locator('.map[aria-label^="What made SVM say 7"]')).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_four_columns_have_room_and_bars_of_one_length(pen: Page, size: tuple[int, int]) -> None:
    pen.set_viewport_size({"width": size[0], "height": size[1]})
    draw_and_wait(pen, THREE)
    explain(pen)
    assert pen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bars = [one.bounding_box() for one in pen.locator(".digit:first-child .bar").all()]
    assert len(bars) == 4
    assert min(bar["width"] for bar in bars) >= 25
    assert max(bar["width"] for bar in bars) - min(bar["width"] for bar in bars) < 1
    for row in (".says td[data-kind]", ".maps canvas"):
        boxes = [one.bounding_box() for one in pen.locator(row).all()]
        assert all(left["x"] + left["width"] <= right["x"] + 1 for left, right in pairwise(boxes))
    assert all(one.evaluate("cell => cell.scrollWidth <= cell.clientWidth") for one in pen.locator(".says td").all())


def test_the_table_stays_where_it_is_whether_the_strokes_are_of_use_or_not(pen: Page) -> None:
    draw_and_wait(pen, SEVEN)
    places = [one.bounding_box() for one in pen.locator(".digit .bar").all()]
    heard(pen, UNHEARD)
    draw_and_wait(pen, THREE)
    expect(pen.locator('.says [data-kind="pen"]')).to_have_text("The strokes have no length.")
    assert [one.bounding_box() for one in pen.locator(".digit .bar").all()] == places


@pytest.mark.parametrize("size", [(1280, 720), (820, 1180), (390, 700), (360, 740), (320, 568)])
def test_paper_and_table_stay_where_they_are_when_four_models_differ(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/")
    parts = [page.locator("#pad"), page.locator("#opinions")]
    faked(page, "digit", {"cnn": 7, "mlp": 7, "svm": 7, "pen": 7})
    draw(page)
    expect(page.locator("#verdict")).to_have_text("All four say 7.")
    places = [part.bounding_box() for part in parts]
    for said in ({"cnn": 7, "mlp": 1, "svm": 2, "pen": 4}, {"cnn": 7, "mlp": 1, "svm": 4, "pen": 4}):
        faked(page, "not_a_digit", said)
        draw(page)
        expect(page.locator("#verdict")).to_contain_text(", the pen says 4." if said["svm"] == 2 else "SVM and the pen")
        assert [part.bounding_box() for part in parts] == places


@pytest.mark.parametrize("says", [SAYS, UNHEARD], ids=["heard", "unheard"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_no_axe_violation(page: Page, says: dict[str, Any], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.goto("/")
    heard(page, says)
    draw_and_wait(page, SEVEN)
    explain(page)
    found = Axe().run(page).response["violations"]
    page.unroute_all(behavior="ignoreErrors")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
