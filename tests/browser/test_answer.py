"""What a visitor learns, is asked, and can take back."""

import json
import re

import pytest
from playwright.sync_api import Page, Request, expect

from predictor.services.answering.wording import summary
from tests.browser.hand import draw, draw_and_wait, held_back, hexadecimal, is_final, recognise, until
from tests.drawings import ONE, SEVEN
from tests.server import Server

SCRIBBLE = [(40 + 200 * (i % 2), 40 + 8 * i) for i in range(26)]


def count(server: Server) -> int:
    ((number,),) = server.rows("SELECT count(*) FROM predictor_submission")
    return int(number)


def claim_of(server: Server, identity: object) -> str | None:
    ((claim,),) = server.rows(f"SELECT claim FROM predictor_submission WHERE id = '{hexadecimal(identity)}'")
    return claim


def a_seven(shift: float) -> list[tuple[float, float]]:
    """One that nobody sent before."""
    return [(x, y + shift * (x > 150)) for x, y in SEVEN]


def test_each_stroke_is_answered_and_nothing_is_kept(page: Page, server: Server) -> None:
    page.goto("/")
    before = count(server)
    assert draw_and_wait(page, [(80, 60), (200, 60)])["id"] is None
    answer = draw_and_wait(page, [(200, 60), (130, 230)])
    assert answer["id"] is None
    expect(page.locator("#consensus")).to_have_text("7")
    expect(page.locator("#live")).to_have_text(answer["summary"])
    assert count(server) == before


def test_an_older_question_is_given_up_for_a_newer_one(page: Page) -> None:
    page.goto("/")
    failed: list[Request] = []
    page.on("requestfailed", lambda request: failed.insert(0, request))
    held = held_back(page, lambda _: not held)
    draw(page, [(80, 60), (200, 60)])
    until(page, lambda: len(held) == 1)
    draw(page, [(200, 60), (130, 230)])
    expect(page.locator("#consensus")).to_have_text("7")
    assert [request.failure for request in failed] == ["net::ERR_ABORTED"]
    expect(page.locator("#problem")).to_be_hidden()


def test_an_answer_fades_while_the_next_stroke_is_drawn(drawn: Page) -> None:
    drawn.mouse.down()
    expect(drawn.locator("#answer")).to_have_attribute("data-state", "old")
    drawn.mouse.up()
    expect(drawn.locator("#answer")).not_to_have_attribute("data-state", "old")


@pytest.mark.parametrize(("key", "claim"), [("y", "7"), ("1", "1"), ("0", "0")], ids=["yes", "another digit", "zero"])
def test_a_key_says_what_it_was(page: Page, server: Server, key: str, claim: str) -> None:
    page.goto("/")
    draw_and_wait(page, a_seven(ord(key) / 4))
    identity = recognise(page)["id"]
    expect(page.locator("#question-words")).to_have_text("Was it right?")
    page.keyboard.press(key)
    expect(page.locator("#question-words")).to_contain_text("Thank you")
    expect(page.locator(f'#claim [data-claim="{claim}"]')).to_have_attribute("aria-pressed", "true")
    assert claim_of(server, identity) == claim
    page.locator(f'#claim [data-claim="{claim}"]').click()
    expect(page.locator("#question-words")).to_contain_text("Answer withdrawn")
    assert claim_of(server, identity) is None


def test_keys_can_be_switched_off(page: Page, server: Server) -> None:
    page.goto("/")
    page.locator("#keys").uncheck()
    draw_and_wait(page, a_seven(3))
    identity = recognise(page)["id"]
    expect(page.locator("#question-words")).to_have_text("Was it right?")
    page.keyboard.press("4")
    page.get_by_role("button", name="It is 9").click()
    expect(page.locator("#question-words")).to_contain_text("Thank you")
    assert claim_of(server, identity) == "9"
    page.reload()
    expect(page.locator("#keys")).not_to_be_checked()


def test_what_is_no_digit_is_shown_as_none_and_yes_agrees(page: Page, server: Server) -> None:
    page.goto("/")
    draw_and_wait(page, SCRIBBLE)
    answer = recognise(page)
    assert answer["verdict"] == "not_a_digit"
    expect(page.locator("#consensus")).to_have_text("?")
    expect(page.locator("#verdict")).to_contain_text("does not look like a digit")
    page.locator("#yes").click()
    expect(page.locator("#question-words")).to_contain_text("Thank you")
    assert claim_of(server, answer["id"]) == "x"


def faked(page: Page, verdict: str, said: dict[str, int]) -> None:
    """Answer as the server does where models disagree; what they say is made up, how it looks is not."""
    models = {
        kind: {
            "version": 3,
            "prediction": digit,
            "confidence": 0.5,
            "probabilities": [0.5 * (i == digit) for i in range(10)],
        }
        for kind, digit in said.items()
    }
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
    reply = {"id": None, "token": None, "prediction": 7, "verdict": verdict, "models": models, "pixels": pixel}
    body = json.dumps(reply | {"summary": summary(said, prediction=7, verdict=verdict)})
    page.route("**/api/predict/", lambda route: route.fulfill(content_type="application/json", body=body))


def test_models_that_disagree_are_named(page: Page) -> None:
    page.goto("/")
    faked(page, "unsure", {"cnn": 7, "mlp": 7, "svm": 1})
    draw(page)
    expect(page.locator("#verdict")).to_have_text("Not sure. CNN and MLP say 7, SVM says 1.")
    expect(page.locator("#consensus")).to_have_text("7?")
    expect(page.locator('td[data-kind="svm"][data-state="differs"] .prediction')).to_have_text("1")


def test_the_drawings_of_a_visit_stay_over_a_reload_and_each_can_be_deleted(page: Page, server: Server) -> None:
    page.goto("/")
    identities = []
    for shift in (11, 14):
        draw_and_wait(page, a_seven(shift))
        identities.append(recognise(page)["id"])
        page.keyboard.press("Escape")
    expect(page.locator("#kept li")).to_have_count(2)
    page.reload()
    expect(page.locator("#kept li")).to_have_count(2)
    page.locator("#kept li").first.get_by_role("button", name="Delete").click()
    expect(page.locator("#kept li")).to_have_count(1)
    left = server.rows("SELECT id FROM predictor_submission")
    assert (hexadecimal(identities[1]),) not in left
    assert (hexadecimal(identities[0]),) in left


def test_twelve_are_shown(page: Page) -> None:
    page.goto("/")
    for number in range(13):
        draw_and_wait(page, [(140, 40), (140 + 8 * number, 240)])
        recognise(page)
        page.keyboard.press("Escape")
    expect(page.locator("#kept li")).to_have_count(12)


def test_a_drawing_that_cannot_be_deleted_stays_and_the_reason_is_said(drawn: Page) -> None:
    recognise(drawn)
    drawn.route("**/api/submissions/**", lambda route: route.abort())
    button = drawn.locator("#kept button").first
    button.click()
    expect(drawn.locator("#problem")).to_contain_text("cannot be reached")
    expect(button).to_be_enabled()


def test_with_keeping_switched_off_nothing_is_kept_and_nothing_asked(page: Page, server: Server) -> None:
    page.goto("/")
    page.locator("#keep").uncheck()
    before = count(server)
    draw_and_wait(page, a_seven(17))
    assert recognise(page)["id"] is None
    expect(page.locator("#question-words")).to_contain_text("Not kept")
    expect(page.locator("#claim")).to_be_hidden()
    expect(page.locator("#album")).to_be_hidden()
    assert count(server) == before
    page.reload()
    expect(page.locator("#keep")).not_to_be_checked()


def test_a_visitor_draws_what_is_asked_for_and_is_asked_for_another(page: Page, server: Server) -> None:
    page.goto("/")
    page.get_by_role("button", name="Ask me for a digit").click()
    words = page.locator("#prompt-words")
    expect(words).to_have_text(re.compile("^Draw a [0-9] for us$"))
    asked = words.text_content() or ""
    draw_and_wait(page, a_seven(20))
    identity = recognise(page)["id"]
    digit = int(asked[len("Draw a ")])
    where = f"WHERE id = '{hexadecimal(identity)}'"
    assert server.rows(f"SELECT prompt FROM predictor_submission {where}") == [(digit,)]
    expect(page.locator("#question-words")).to_have_text(f"Kept as your {digit}. Thank you.")
    expect(page.locator("#recognise")).to_contain_text("Next digit")
    page.keyboard.press("Enter")
    expect(words).not_to_have_text(asked)
    expect(page.locator("#consensus")).to_have_text("–")
    expect(page.locator("#recognise")).to_contain_text("Recognise")
    page.get_by_role("button", name="Stop").click()
    expect(words).to_have_text("Any digit, 0–9")


def test_nothing_is_asked_for_that_would_not_be_kept(page: Page) -> None:
    page.goto("/")
    page.locator("#keep").uncheck()
    page.get_by_role("button", name="Ask me for a digit").click()
    expect(page.locator("#problem")).to_contain_text("Turn keeping on")


def test_what_mattered_is_shown_for_all_three_and_follows_the_drawing(drawn: Page) -> None:
    drawn.locator("#explain").click()
    expect(drawn.locator("#maps")).to_be_visible()
    for kind in ("CNN", "MLP", "SVM"):
        expect(drawn.get_by_role("img", name=f"What made {kind} say 3")).to_be_visible()
    colours = drawn.locator(".map.pixels").evaluate_all("""all => all.map((canvas) => {
        const {data} = canvas.getContext("2d").getImageData(0, 0, 28, 28);
        let [ink, coloured] = [0, 0];
        for (let i = 0; i < data.length; i += 4) {
            ink += data[i] + data[i + 1] + data[i + 2] > 60;
            coloured += Math.abs(data[i] - data[i + 2]) > 30;
        }
        return [ink, coloured];
    })""")
    assert all(ink > 50 and coloured > 10 for ink, coloured in colours), colours
    drawn.keyboard.press("Escape")
    expect(drawn.locator("#maps")).to_be_hidden()
    draw_and_wait(drawn, ONE)
    expect(drawn.get_by_role("img", name="What made CNN say 1")).to_be_visible()
    drawn.locator("#explain").click()
    expect(drawn.locator("#maps")).to_be_hidden()


def test_the_same_drawing_again_is_still_this_visitors(page: Page) -> None:
    page.goto("/")
    draw_and_wait(page, a_seven(23))
    first = recognise(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    again = recognise(page)
    assert (first["id"], again["token"]) == (again["id"], None)
    expect(page.locator("#question-words")).to_have_text("Was it right?")
    page.keyboard.press("7")
    expect(page.locator("#question-words")).to_contain_text("Thank you")


def test_somebody_elses_identical_drawing_cannot_be_claimed(drawn: Page, browser, base_url: str) -> None:
    recognise(drawn)
    context = browser.new_context(base_url=base_url)
    stranger = context.new_page()
    stranger.goto("/")
    draw_and_wait(stranger)
    recognise(stranger)
    expect(stranger.locator("#question-words")).to_contain_text("sent before")
    expect(stranger.locator("#claim")).to_be_hidden()
    expect(stranger.locator("#album")).to_be_hidden()
    context.close()


def test_a_drawing_that_went_on_meanwhile_is_kept_and_the_answer_is_not_shown_for_it(
    drawn: Page, server: Server
) -> None:
    held = held_back(drawn, is_final)
    before = count(server)
    draw_and_wait(drawn, [(20, 270), (30, 270)])
    drawn.keyboard.press("Enter")
    until(drawn, lambda: len(held) == 1)
    draw_and_wait(drawn, [(200, 20), (230, 270)])
    held[0].continue_()
    expect(drawn.locator("#kept li")).to_have_count(1)
    assert count(server) == before + 1
    expect(drawn.locator("#claim")).to_be_hidden()
