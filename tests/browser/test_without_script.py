"""The page where no script runs: a form, and an answer made by the server."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import drawings
from tests.server import Server

PICTURE = {"name": "7.png", "mimeType": "image/png", "buffer": drawings.A_SEVEN}


@pytest.fixture
def plain(browser, base_url: str) -> Iterator[Page]:
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    yield page
    context.close()


def send(page: Page, picture: dict[str, object] = PICTURE) -> None:
    page.locator("#file").set_input_files(picture)
    page.get_by_role("button", name="Recognise").click()


def count(server: Server) -> int:
    ((number,),) = server.rows("SELECT count(*) FROM predictor_submission")
    return int(number)


def test_only_what_works_is_offered(plain: Page) -> None:
    expect(plain.locator("noscript p")).to_be_visible()
    expect(plain.locator("#pad")).to_be_hidden()
    expect(plain.locator("#undo")).to_be_hidden()
    expect(plain.locator("#file")).to_be_visible()


def test_a_picture_is_answered_by_all_three_with_bars(plain: Page) -> None:
    plain.locator("#keep").uncheck()
    send(plain)
    expect(plain.locator("#consensus")).to_have_text("7")
    expect(plain.locator("#verdict")).to_have_text("All three say 7.")
    expect(plain.locator("#seen")).to_be_visible()
    expect(plain.locator(".digit td.top")).to_have_count(3)
    for kind in ("cnn", "mlp", "svm"):
        box = plain.locator(f'.digit td.top[data-kind="{kind}"] rect').bounding_box()
        assert box is not None
        assert box["width"] > 50


def test_it_is_kept_claimed_and_deleted(plain: Page, server: Server) -> None:
    before = count(server)
    send(plain, PICTURE | {"buffer": drawings.encode(drawings.draw(drawings.SEVEN, pen=23))})
    assert count(server) == before + 1
    plain.get_by_role("button", name="It is 7").click()
    expect(plain.locator("#question-words")).to_contain_text("7")
    assert server.rows("SELECT claim FROM predictor_submission ORDER BY created_at DESC LIMIT 1") == [("7",)]
    plain.go_back()
    plain.get_by_role("button", name="Delete it").click()
    expect(plain.locator("#question-words")).to_contain_text("deleted")
    assert count(server) == before


def test_nothing_is_kept_when_the_box_is_not_ticked(plain: Page, server: Server) -> None:
    before = count(server)
    plain.locator("#keep").uncheck()
    send(plain)
    expect(plain.locator("#consensus")).to_have_text("7")
    expect(plain.locator("#keep")).not_to_be_checked()
    assert count(server) == before


def test_what_is_wrong_is_said_on_the_page(plain: Page) -> None:
    send(plain, PICTURE | {"buffer": drawings.BLANK})
    expect(plain.locator("#problem")).to_contain_text("Nothing is drawn")


def test_a_form_without_a_picture_is_said_to_lack_one(plain: Page) -> None:
    plain.get_by_role("button", name="Recognise").click()
    expect(plain.locator("#problem")).to_be_visible()


def test_it_has_no_axe_violation(browser, base_url: str, plain: Page) -> None:
    """Axe is a script itself: it looks at the page that the server made, in a browser that runs no other."""
    send(plain, PICTURE | {"buffer": drawings.encode(drawings.draw(drawings.SEVEN, pen=25))})
    made = plain.content()
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    page.route("**/*.js", lambda route: route.abort())
    page.route("**/made/", lambda route: route.fulfill(content_type="text/html", body=made))
    page.goto("/made/")
    assert Axe().run(page).response["violations"] == []
    context.close()
