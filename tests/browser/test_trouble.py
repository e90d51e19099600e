"""Networks that drop, servers that are slow, hosts without TLS."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hand import answered, draw, draw_and_wait, held_back, ink, is_final, recognise, until
from tests.drawings import SEVEN
from tests.server import Server, running


def test_a_server_out_of_reach_is_said_and_the_drawing_stays(drawn: Page) -> None:
    drawn.route("**/api/predict/", lambda route: route.abort())
    drawn.locator("#recognise").click()
    expect(drawn.locator("#problem")).to_contain_text("cannot be reached")
    until(drawn, lambda: ink(drawn) > 1000)
    drawn.unroute("**/api/predict/")
    assert recognise(drawn)["prediction"] == 3
    expect(drawn.locator("#problem")).to_be_hidden()


def test_an_answer_that_was_lost_on_the_way_leaves_the_drawing_in_its_drawers_hands(page: Page) -> None:
    page.goto("/")
    draw_and_wait(page, [(70, 50), (210, 66), (120, 240)])

    def lose(route: Route) -> None:
        route.fetch()  # the server keeps it
        route.abort()

    page.route("**/api/predict/", lose, times=1)
    page.locator("#recognise").click()
    expect(page.locator("#problem")).to_be_visible()
    assert recognise(page)["token"]
    expect(page.locator("#kept li")).to_have_count(1)


def test_a_drawing_that_cannot_be_kept_is_answered_and_may_be_sent_again(page: Page) -> None:
    page.goto("/")
    draw_and_wait(page, [(66, 50), (210, 62), (124, 240)])
    sentence = "The database is unavailable, so the drawing was answered but not kept."

    def fail_to_keep(route: Route) -> None:
        response = route.fetch()
        reason = {"code": "storage_unavailable", "detail": sentence}
        route.fulfill(response=response, json=response.json() | {"id": None, "token": None, "not_kept": reason})

    page.route("**/api/predict/", fail_to_keep, times=1)
    page.locator("#recognise").click()
    expect(page.get_by_text(sentence).first).to_be_visible()
    expect(page.locator("#consensus")).to_have_text("7")
    assert recognise(page)["token"]
    expect(page.locator("#kept li")).to_have_count(1)


def test_a_stroke_without_a_network_is_answered_when_it_is_back(drawn: Page) -> None:
    drawn.context.set_offline(True)
    drawn.keyboard.press("Escape")
    draw(drawn, SEVEN)
    expect(drawn.locator("#problem")).to_contain_text("cannot be reached")
    expect(drawn.locator("#consensus")).to_have_text("–")
    drawn.context.set_offline(False)
    expect(drawn.locator("#consensus")).to_have_text("7")
    expect(drawn.locator("#problem")).to_be_hidden()


def test_a_slow_server_is_waited_for_and_shown_to_be_slow(drawn: Page) -> None:
    held = held_back(drawn, is_final)
    drawn.locator("#recognise").click()
    expect(drawn.locator("#drawing")).to_have_attribute("data-busy", "")
    expect(drawn.locator("#recognise")).to_have_attribute("aria-disabled", "true")
    until(drawn, lambda: len(held) == 1)
    drawn.wait_for_timeout(500)
    held[0].continue_()
    expect(drawn.locator("#question")).to_contain_text("Was it right?")
    expect(drawn.locator("#drawing")).not_to_have_attribute("data-busy", "")


def test_too_many_drawings_are_told_when_to_come_back(drawn: Page) -> None:
    refusal = {"status": 429, "headers": {"Retry-After": "12"}, "json": {"code": "throttled", "detail": "Throttled."}}
    drawn.route("**/api/predict/", lambda route: route.fulfill(**refusal))
    drawn.locator("#recognise").click()
    expect(drawn.locator("#problem")).to_contain_text("Try again in 12 seconds.")
    until(drawn, lambda: ink(drawn) > 1000)


def test_a_refusal_is_said_in_the_servers_words(drawn: Page) -> None:
    body = '{"code": "x", "detail": "The paper caught fire.", "request_id": "r-1"}'
    drawn.route("**/api/predict/", lambda route: route.fulfill(status=422, content_type="application/json", body=body))
    drawn.locator("#recognise").click()
    expect(drawn.locator("#problem")).to_have_text("The paper caught fire.")


@pytest.fixture
def strict_server(tmp_path_factory: pytest.TempPathFactory):
    """It answers to a name that browsers do not trust without TLS, and refuses the fourth picture of an hour."""
    hosts = "127.0.0.1,digits.example"
    place = tmp_path_factory.mktemp("strict")
    with running(place, ALLOWED_HOSTS=hosts, PREDICT_RATE="3/hour", WEB_CONCURRENCY="1") as server:
        yield server


def test_a_plain_http_host_works_and_its_limit_is_said(
    browser_type, browser_type_launch_args, strict_server: Server
) -> None:
    arguments = [*browser_type_launch_args["args"], "--host-resolver-rules=MAP digits.example 127.0.0.1"]
    browser = browser_type.launch(**browser_type_launch_args | {"args": arguments})
    page = browser.new_page()
    page.goto(f"http://digits.example:{strict_server.port}/")
    assert page.evaluate("isSecureContext") is False
    assert page.evaluate("'getCoalescedEvents' in PointerEvent.prototype") is False
    assert draw_and_wait(page)["prediction"] == 3
    answer = recognise(page)
    assert answer["id"]
    assert answer["token"]
    expect(page.locator("#kept li")).to_have_count(1)
    draw_and_wait(page, SEVEN)
    with answered(page, is_final) as waiting:
        page.locator("#recognise").click()
    assert waiting.value.response().status == 429
    expect(page.locator("#problem")).to_have_text(re.compile(r"a lot\. Try again in \d+ (minutes|seconds)\."))
    browser.close()
