"""The review desk, as reviewers with Chromium press its keys."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.hand import hexadecimal, log_in, until, wait_for_a_drawing
from tests.drawings import base64_of, draw, encode
from tests.hands import write
from tests.server import PASSWORD, Server

QUEUE = "/admin/predictor/submission/queue/"
GRID = "/admin/predictor/submission/grid/"
SECOND = """
from django.contrib.auth.models import Group, User
user, new = User.objects.get_or_create(username="second", is_staff=True)
user.set_password("a password for tests only")
user.save()
user.groups.add(Group.objects.get(name="Reviewer"))
"""


@cache
def pictures(count: int) -> list[bytes]:
    hands = (write(number % 10, f"w{number}") for number in range(count))
    return [encode(picture_of([line * 280 for line in hand.lines])) for hand in hands]


def picture_of(lines):
    points = [tuple(point) for line in lines for point in line.tolist()]
    return draw(points)


@pytest.fixture
def drawn(page: Page, server: Server) -> int:
    """Drawings in the queue."""
    send(page, pictures(14))
    return len(server.rows("SELECT id FROM predictor_submission"))


def send(page: Page, drawings: list[bytes]) -> None:
    answers = [page.request.post("/api/predict/", data={"image": base64_of(content)}) for content in drawings]
    assert all(answer.json()["id"] for answer in answers)


def test_a_queue_that_is_empty_says_so_at_once(page: Page, cookies: list[Any]) -> None:
    page.context.add_cookies(cookies)
    page.goto(QUEUE)
    expect(page.get_by_role("heading", name="Nothing left to label")).to_be_visible()


@pytest.fixture
def desk(page: Page, cookies: list[Any], drawn: int) -> Page:
    page.context.add_cookies(cookies)
    return at_the_queue(page)


def at_the_queue(page: Page) -> Page:
    page.goto(QUEUE)
    wait_for_a_drawing(page)
    return page


def shown(page: Page) -> str:
    return page.locator('#labelling [name="id"]').input_value()


def press(page: Page, key: str) -> str:
    """A key that goes on; returns the drawing that it was about."""
    wait_for_a_drawing(page)
    identity = shown(page)
    page.keyboard.press(key)
    return identity


def saved(server: Server) -> dict[str, tuple[str, int | None]]:
    return {row[0]: row[1:] for row in server.rows("SELECT id, review, label FROM predictor_submission")}


def state(server: Server, identity: str) -> tuple[str, int | None]:
    return saved(server)[identity.replace("-", "")]


def is_saved(page: Page, server: Server, said: dict[str, tuple[str, int | None]]) -> None:
    until(page, lambda: all(state(server, identity) == what for identity, what in said.items()))


def test_keys_go_through_ten_drawings(desk: Page, server: Server) -> None:
    said = {press(desk, str(digit)): ("digit", digit) for digit in range(10)}
    assert len(said) == 10
    is_saved(desk, server, said)
    expect(desk.locator("#count")).to_have_text("10")
    expect(desk.locator("#pace")).not_to_have_text("–")
    expect(desk.locator("#live")).to_contain_text("Labelled 9. Next:")


def test_the_pen_has_a_row_for_those_drawings_that_it_answered(
    page: Page, server: Server, cookies: list[Any], drawn: int
) -> None:
    said = json.dumps({"version": 1, "probabilities": [0.0] * 4 + [0.7] + [0.06] * 5})
    server.change("UPDATE predictor_submission SET answers = json_set(answers, '$.pen', json(?)) WHERE rowid % 2", said)
    having = {row[0] for row in server.rows("SELECT id FROM predictor_submission WHERE answers LIKE '%\"pen\"%'")}
    page.context.add_cookies(cookies)
    at_the_queue(page)
    seen = set()
    for digit in range(8):  # more than half of them
        wait_for_a_drawing(page)
        is_answered = hexadecimal(shown(page)) in having
        seen.add(is_answered)
        row = page.get_by_role("row", name="Pen 4 70 %")
        expect(row).to_have_count(int(is_answered))
        expect(page.get_by_role("row", name=re.compile("CNN|MLP|SVM"))).to_have_count(3)
        press(page, str(digit))
    assert seen == {True, False}


def test_a_key_shows_the_next_drawing_in_the_same_frame(desk: Page) -> None:
    picture = "document.querySelector('#image img')"
    seen = desk.evaluate(f"""() => {{
        const before = {picture};
        document.body.dispatchEvent(new KeyboardEvent("keydown", {{key: "7", bubbles: true}}));
        return [{picture} !== before, {picture}.complete, {picture}.naturalWidth];
    }}""")
    assert seen == [True, True, 168]


def test_no_digit_and_unsure_have_their_keys(desk: Page, server: Server) -> None:
    is_saved(desk, server, {press(desk, "x"): ("none", None), press(desk, "U"): ("unsure", None)})


def test_buttons_do_the_same_and_keep_the_focus(desk: Page, server: Server) -> None:
    identity = shown(desk)
    seven = desk.get_by_role("button", name="7", exact=True)
    seven.click()
    is_saved(desk, server, {identity: ("digit", 7)})
    expect(seven).to_be_focused()
    assert shown(desk) != identity
    box = seven.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 40


def test_undo_goes_back_and_takes_the_label_back(desk: Page, server: Server) -> None:
    first = press(desk, "3")
    second = press(desk, "4")
    is_saved(desk, server, {first: ("digit", 3), second: ("digit", 4)})
    desk.keyboard.press("z")
    assert shown(desk) == second
    expect(desk.locator("#live")).to_contain_text("Taken back: 4.")
    is_saved(desk, server, {first: ("digit", 3), second: ("waiting", None)})
    desk.keyboard.press("5")
    is_saved(desk, server, {second: ("digit", 5)})


def test_undo_works_behind_a_reload_too(desk: Page, server: Server) -> None:
    identity = press(desk, "3")
    is_saved(desk, server, {identity: ("digit", 3)})
    at_the_queue(desk)
    desk.keyboard.press("z")
    expect(desk.get_by_text("Your last label was withdrawn.")).to_be_visible()
    assert shown(desk) == identity
    assert state(server, identity) == ("waiting", None)
    expect(desk.locator("#count")).to_have_text("0")


def test_what_is_skipped_comes_again_when_nothing_else_is_left(desk: Page, drawn: int) -> None:
    skipped = press(desk, "s")
    desk.reload(wait_until="networkidle")
    for _ in range(drawn - 1):
        assert press(desk, "1") != skipped
    expect(desk.locator("[data-mark=skipped]")).to_be_visible()
    assert shown(desk) == skipped
    press(desk, "2")
    expect(desk.locator("#empty")).to_be_visible()


def test_the_end_says_so_and_undo_leads_back(desk: Page, drawn: int) -> None:
    for _ in range(drawn):
        last = press(desk, "1")
    expect(desk.locator("#empty")).to_contain_text("Nothing left to label")
    desk.get_by_role("button", name="Undo the last").click()
    expect(desk.locator("#desk")).to_be_visible()
    assert shown(desk) == last


def test_opinions_are_hidden_and_stay_hidden(desk: Page) -> None:
    said = desk.locator('[data-fact="said"]')
    expect(said).to_be_visible()
    desk.keyboard.press("h")
    expect(said).to_be_hidden()
    expect(desk.get_by_role("button", name="Hide opinions")).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("1")
    expect(desk.locator("#live")).to_have_text("Labelled 1. Next drawing.")
    at_the_queue(desk)
    expect(said).to_be_hidden()
    desk.keyboard.press("h")
    expect(said).to_be_visible()


def test_help_opens_and_closes_and_takes_the_keys_meanwhile(desk: Page) -> None:
    identity = shown(desk)
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("It is not a digit")
    desk.keyboard.press("7")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_be_hidden()
    assert shown(desk) == identity


def test_a_label_without_a_network_is_said_and_saved_when_it_is_back(desk: Page, server: Server) -> None:
    desk.context.set_offline(True)
    first = press(desk, "3")
    expect(desk.locator("#trouble")).to_contain_text("One label is not saved")
    second = press(desk, "4")
    expect(desk.locator("#trouble")).to_contain_text("2 labels are not saved")
    expect(desk.locator("#meant")).to_contain_text("Not saved yet: 3")
    assert state(server, first) == ("waiting", None)
    desk.context.set_offline(False)
    is_saved(desk, server, {first: ("digit", 3), second: ("digit", 4)})
    expect(desk.locator("#trouble")).to_be_hidden()


def test_a_server_that_fails_is_asked_again_on_demand(desk: Page, server: Server) -> None:
    desk.route("**/queue/save/", lambda route: route.fulfill(status=500, body="<h1>"), times=1)
    identity = press(desk, "3")
    expect(desk.locator("#trouble")).to_contain_text("The server answered 500. One label is not saved.")
    desk.get_by_role("button", name="Save again").click()
    is_saved(desk, server, {identity: ("digit", 3)})
    expect(desk.locator("#trouble")).to_be_hidden()


def test_a_lost_session_says_to_log_in_again_and_nothing_is_lost(desk: Page, server: Server) -> None:
    desk.context.clear_cookies()
    identity = press(desk, "3")
    expect(desk.locator("#trouble")).to_contain_text("Log in again")
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name="Log in again").click()
    log_in(opened.value)
    desk.keyboard.press("r")
    is_saved(desk, server, {identity: ("digit", 3)})


def test_leaving_with_an_unsaved_label_warns(desk: Page) -> None:
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.context.set_offline(True)
    desk.locator("#image").click()
    desk.keyboard.press("3")
    expect(desk.locator("#trouble")).to_be_visible()
    desk.close(run_before_unload=True)
    until_closed(desk)
    assert asked == ["beforeunload"]


def until_closed(page: Page) -> None:
    if not page.is_closed():
        page.wait_for_event("close")


def test_a_label_that_somebody_else_was_faster_with_is_refused_and_said(desk: Page, server: Server) -> None:
    identity = shown(desk)
    with closing(sqlite3.connect(server.directory / "db.sqlite3", timeout=20)) as connection, connection:
        connection.execute("DELETE FROM predictor_submission WHERE id = ?", [identity.replace("-", "")])
    desk.keyboard.press("3")
    expect(desk.locator("#trouble")).to_contain_text("Not saved: This drawing is gone.")
    desk.get_by_role("button", name="Close this message").click()
    expect(desk.locator("#trouble")).to_be_hidden()


def test_two_reviewers_at_once_never_see_the_same(desk: Page, browser: Browser, base_url: str, server: Server) -> None:
    send(desk, pictures(40)[14:])  # enough, whoever of the two reserves more in advance
    server.manage("shell", "--command", SECOND)
    context = browser.new_context(base_url=base_url)
    other = context.new_page()
    other.goto(f"/admin/login/?next={QUEUE}")
    other.get_by_label("Username").fill("second")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Log in").click()
    expect(other.locator("#image img")).to_be_visible()
    seen: dict[Page, set[str]] = {desk: set(), other: set()}
    for _ in range(6):
        for page in (desk, other):
            seen[page].add(press(page, "1"))
    assert [len(one) for one in seen.values()] == [6, 6]
    assert not seen[desk] & seen[other]
    context.close()


def test_the_grid_labels_all_but_what_is_taken_out(desk: Page, server: Server) -> None:
    with closing(sqlite3.connect(server.directory / "db.sqlite3", timeout=20)) as connection, connection:
        connection.execute("UPDATE predictor_submission SET prediction = 7, reserved_by_id = NULL")
    desk.goto(f"{GRID}?digit=7")
    boxes = desk.locator(".tile input")
    count = boxes.count()
    wrong = [boxes.nth(place).input_value() for place in (0, 1)]
    desk.locator(".tile").first.click()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Space")
    expect(desk.locator("#taken")).to_have_text("2 taken out")
    desk.get_by_role("button", name=f"Label {count - 2} as 7").click()
    expect(desk.locator(".messagelist")).to_contain_text(f"{count - 2} labelled 7.")
    labelled = {identity for identity, what in saved(server).items() if what == ("digit", 7)}
    assert len(labelled) == count - 2
    assert not labelled & {identity.replace("-", "") for identity in wrong}


def test_the_grid_has_keys_for_all_and_none(desk: Page) -> None:
    desk.goto(f"{GRID}?digit=1")
    count = desk.locator(".tile").count()
    desk.keyboard.press("n")
    expect(desk.locator("#label-rest")).to_be_disabled()
    desk.keyboard.press("a")
    expect(desk.locator("#label-rest")).to_have_text(f"Label {count} as 1")


@pytest.fixture
def plain(desk: Page, browser: Browser, base_url: str) -> Iterator[Page]:
    """Logged in, in a browser that runs no scripts."""
    context = browser.new_context(
        base_url=base_url, java_script_enabled=False, storage_state=desk.context.storage_state()
    )
    yield context.new_page()
    context.close()


def test_without_scripts_a_drawing_is_labelled_skipped_and_undone(plain: Page, server: Server) -> None:
    plain.goto(QUEUE)
    expect(plain.locator("#hide")).to_be_hidden()
    first = shown(plain)
    plain.get_by_role("button", name="4", exact=True).click()
    assert state(server, first) == ("digit", 4)
    second = shown(plain)
    plain.get_by_role("button", name="Skip").click()
    assert shown(plain) not in {first, second}
    plain.get_by_role("button", name="Undo").click()
    assert shown(plain) == first
    assert state(server, first) == ("waiting", None)


def test_without_scripts_a_grid_is_labelled(plain: Page, server: Server) -> None:
    plain.goto(f"{GRID}?digit=1")
    count = plain.locator(".tile").count()
    assert count > 1
    plain.locator(".tile").first.click()
    plain.get_by_role("button", name="Label the rest as 1").click()
    assert sum(what == ("digit", 1) for what in saved(server).values()) == count - 1


def queue(page: Page) -> None:
    at_the_queue(page)


def hidden(page: Page) -> None:
    at_the_queue(page).keyboard.press("h")


def helped(page: Page) -> None:
    at_the_queue(page).keyboard.press("?")


def failed(page: Page) -> None:
    at_the_queue(page)
    page.route("**/queue/save/", lambda route: route.abort())
    page.keyboard.press("1")
    expect(page.locator("#retry")).to_be_visible()


def emptied(page: Page) -> None:
    at_the_queue(page)
    nothing = json.dumps({"refused": [], "lost": [], "items": [], "waiting": 0, "dry": True})
    page.route("**/queue/save/", lambda route: route.fulfill(content_type="application/json", body=nothing))
    empty = page.locator("#empty")
    for _ in range(100):  # a key that comes before the next card is not meant for it
        if empty.is_visible():
            break
        page.keyboard.press("1")
        page.wait_for_timeout(100)
    expect(empty).to_be_visible()


def grid(page: Page) -> None:
    page.goto(f"{GRID}?digit=1")
    page.locator(".tile").first.click()


def empty_grid(page: Page) -> None:
    page.goto(f"{GRID}?digit=1&after=ffffffff-ffff-ffff-ffff-ffffffffffff")
    page.locator("#none").click()


def index(page: Page) -> None:
    page.goto("/admin/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", [queue, hidden, helped, failed, emptied, grid, empty_grid, index])
def test_it_has_no_axe_violation(desk: Page, look: Callable[[Page], None], scheme: str) -> None:
    desk.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    look(desk)
    found = Axe().run(desk).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("path", [QUEUE, f"{GRID}?digit=1"])
def test_it_fits_a_phone(desk: Page, path: str) -> None:
    desk.set_viewport_size({"width": 320, "height": 640})
    desk.goto(path)
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(desk).response["violations"] == []


def test_the_drawing_is_large(desk: Page) -> None:
    box = desk.locator("#image img").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 320


def test_nothing_breaks_the_policy_and_every_module_is_loaded_at_once(desk: Page) -> None:
    errors = []
    desk.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    desk.on("pageerror", lambda error: errors.append(str(error)))
    at_the_queue(desk)
    desk.keyboard.press("1")
    desk.keyboard.press("z")
    desk.goto(f"{GRID}?digit=1", wait_until="networkidle")
    assert errors == []
    at_the_queue(desk)
    loaded = desk.evaluate("performance.getEntriesByType('resource').map(({name}) => name)")
    preloaded = desk.locator('link[rel="modulepreload"]').evaluate_all("all => all.map(({href}) => href)")
    modules = {url for url in loaded if re.search(r"/static/(review|js)/(?!queue\.)[a-z]+\.[0-9a-f]{12}\.js$", url)}
    assert modules == set(preloaded)
