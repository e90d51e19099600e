"""The API with strokes: what the pen says, and what becomes of strokes that are of no use."""

import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictor.models import Submission
from predictor.services.collecting.submissions import stored_answer
from tests.api.predicting import URL
from tests.drawings import base64_of
from tests.strokes import DOT, SEVEN, THREE, picture, strokes

pytestmark = pytest.mark.django_db
EXPLAIN, BATCH, LEGACY = "/api/explain/", "/api/predict/batch/", "/predict/"
PIXELS = {"cnn", "mlp", "svm"}
USELESS = {
    "a dot": strokes(DOT),
    "no lines": strokes([]),
    "strokes of another digit": strokes(THREE),
    "strokes elsewhere in the picture": strokes([[(x / 4, y / 4) for x, y in SEVEN[0]], [(260, 260), (270, 270)]]),
    "one place ten thousand times": {"size": [280, 280], "pen": 18, "lines": [[[140, 140]] * 10_000]},
}


def ask(api, url=URL, given=None, **fields):
    """A seven, with its own strokes or others."""
    sent = strokes(SEVEN) if given is None else given
    return api.post(url, {"image": base64_of(picture(SEVEN)), "strokes": sent} | fields)


def test_the_pen_answers_beside_the_others(api):
    reply = ask(api).json()
    assert set(reply["models"]) == PIXELS | {"pen"}
    assert reply["models"]["pen"]["prediction"] == reply["prediction"] == 7
    assert sum(reply["models"]["pen"]["probabilities"]) == pytest.approx(1, abs=1e-3)
    assert (reply["summary"], reply["agreement"], reply["degraded"]) == ("All four say 7.", "all", False)


def test_the_page_sends_strokes_in_a_form(api):
    image = SimpleUploadedFile("drawing.png", picture(SEVEN))
    reply = api.post(URL, {"image": image, "strokes": json.dumps(strokes(SEVEN))}, format="multipart").json()
    assert reply["models"]["pen"]["prediction"] == 7


def test_without_strokes_the_answer_has_no_pen(api):
    reply = api.post(URL, {"image": base64_of(picture(SEVEN)), "strokes": None}).json()
    assert set(reply["models"]) == PIXELS
    assert reply["summary"] == "All three say 7."


@pytest.mark.parametrize("given", USELESS.values(), ids=USELESS)
def test_strokes_of_no_use_have_no_voice_and_the_others_answer_as_without(api, given):
    reply = ask(api, given=given, store=False).json()
    without = api.post(URL, {"image": base64_of(picture(SEVEN)), "store": False}).json()
    said = reply["models"].pop("pen")
    assert said["error"]["code"] == "strokes_error"
    assert said["error"]["detail"].endswith(".")
    assert reply == without


def test_times_that_run_backwards_do_no_harm(api):
    given = strokes(SEVEN)
    given["lines"] = [[[x, y, 1000 - t] for x, y, t in line] for line in given["lines"]]
    assert ask(api, given=given).json()["models"]["pen"] == ask(api).json()["models"]["pen"]


@pytest.mark.parametrize("size", [28, 1000, 10_000])
def test_the_size_of_the_canvas_changes_nothing(api, size):
    given = strokes(SEVEN)
    scale = size / 280
    lines = [[[x * scale, y * scale, t] for x, y, t in line] for line in given["lines"]]
    found = ask(api, given={"size": [size, size], "pen": 18 * scale, "lines": lines}).json()
    assert found["models"]["pen"] == ask(api).json()["models"]["pen"]


def test_the_pen_can_be_asked_alone(api):
    reply = ask(api, model="pen").json()
    assert set(reply["models"]) == {"pen"}
    assert (reply["prediction"], reply["summary"], reply["agreement"]) == (7, "The pen says 7.", None)


@pytest.mark.parametrize("url", [URL, EXPLAIN])
def test_the_pen_alone_is_refused_without_strokes(api, url):
    answer = api.post(url, {"image": base64_of(picture(SEVEN)), "model": "pen"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "strokes_needed"
    assert answer.json()["field"] == "strokes"


@pytest.mark.parametrize("url", [URL, EXPLAIN])
def test_the_pen_alone_refuses_strokes_of_no_use_and_nothing_is_kept(api, url):
    answer = ask(api, url, given=strokes(DOT), model="pen")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "strokes_error", "strokes")
    assert not Submission.objects.exists()


def test_a_batch_has_no_strokes_and_no_pen(api):
    answer = api.post(BATCH, {"images": [base64_of(picture(SEVEN))], "model": "pen"})
    assert (answer.status_code, answer.json()["code"]) == (422, "strokes_needed")


def test_the_ancestors_route_knows_no_pen(api):
    answer = api.post(LEGACY, {"model": "pen", "image": base64_of(picture(SEVEN))})
    assert answer.status_code == 422
    assert "pen" not in answer.json()["error"]
    assert api.get("/models/").json() == {"models": sorted(PIXELS)}


# What is kept.


def test_the_row_holds_what_the_pen_said_and_the_consensus_of_all(api):
    reply = ask(api).json()
    row = Submission.objects.get()
    assert set(row.answers) == PIXELS | {"pen"}
    assert (row.prediction, row.agreement) == (reply["prediction"], "all")


def test_the_stored_answer_is_the_one_that_was_given(api):
    reply = ask(api).json()
    stored = stored_answer(submission_id=uuid.UUID(reply["id"]), token=reply["token"])
    assert stored.summary == reply["summary"]
    assert stored.models["pen"].confidence == pytest.approx(reply["models"]["pen"]["confidence"], abs=1e-3)


def test_sent_again_without_strokes_the_row_keeps_what_the_pen_said(api):
    ask(api)
    api.post(URL, {"image": base64_of(picture(SEVEN))})
    assert set(Submission.objects.get().answers) == PIXELS | {"pen"}


# What mattered.


def test_the_strokes_are_explained_in_their_own_units(api):
    found = ask(api, EXPLAIN).json()["models"]
    assert set(found) == PIXELS | {"pen"}
    assert "map" not in found["pen"]
    assert found["pen"]["digit"] == 7
    (line,) = found["pen"]["lines"]
    assert line[0][:2] == pytest.approx(SEVEN[0][0])
    assert line[-1][:2] == pytest.approx(SEVEN[0][-1])
    assert max(weight for *_, weight in line) > 0


def test_without_strokes_only_the_ink_is_explained(api):
    assert set(api.post(EXPLAIN, {"image": base64_of(picture(SEVEN))}).json()["models"]) == PIXELS
