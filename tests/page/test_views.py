"""The page at /."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from predictor.ml import artifacts, images, pictures
from predictor.ml.champions import CHAMPIONS, read_champions
from predictor.ml.kinds import KINDS, PIXEL_KINDS, STROKE_KINDS
from predictor.models import Submission
from predictor.page import table
from predictor.services.answering import cache
from predictor.services.answering.champions import champions
from tests import drawings
from tests.conftest import SHIPPED


@pytest.fixture
def html(client):
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_has_a_canvas_and_a_place_for_every_model(html):
    assert '<canvas id="pad"' in html
    for kind in ("svm", "cnn", "mlp"):
        assert f'data-kind="{kind}"' in html


def test_it_has_no_inline_script_or_style(html):
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert "<style" not in html
    assert not re.search(r"\s(style|on\w+)=", html)


def test_it_asks_no_other_site(html):
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", html)


def test_every_static_file_that_it_names_exists(html):
    names = re.findall(r"(?:src|href)=\"/static/([^\"]+)\"", html)
    assert names
    assert all(finders.find(name) for name in names)


# Without JavaScript: forms.


def send(client, content=drawings.BLACK_ON_WHITE, **fields):
    return client.post("/", {"image": SimpleUploadedFile("three.png", content, "image/png")} | fields)


def seen(response):
    return [column for column in response.context["columns"] if not column.get("is_hidden")]


def damage(settings, kind):
    shutil.copytree(SHIPPED, settings.MODELS_DIR, dirs_exist_ok=True)
    version = read_champions(settings.MODELS_DIR)[kind]
    (artifacts.version_directory(settings.MODELS_DIR, kind, version) / artifacts.ARTIFACT).write_bytes(b"damaged")


def test_as_it_opens_nothing_is_answered_and_the_box_is_ticked(client):
    context = client.get("/").context
    assert [column["state"] for column in context["columns"]] == ["empty"] * len(KINDS)
    assert (context["answer"], context["problem"], context["notice"]) == (None, None, None)
    assert context["store"] is True


@pytest.mark.django_db
def test_a_picture_is_answered_and_kept_when_the_box_is_ticked(client):
    response = send(client, store="on")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    answer = response.context["answer"]
    row = Submission.objects.get()
    assert row.source == "page"
    assert row.request_id == response["X-Request-ID"]
    assert response.context["own"]["id"] == str(row.id)
    assert response.context["own"]["token"]
    assert (answer["state"], answer["sign"], answer["prediction"]) == ("digit", "3", 3)
    assert answer["summary"] == "All three say 3."
    assert answer["pixels"].startswith("data:image/png;base64,")
    columns = response.context["columns"]
    assert [column["kind"] for column in seen(response)] == ["cnn", "mlp", "svm"]
    for model in seen(response):
        assert (model["state"], model["prediction"]) == ("agrees", 3)
        assert model["version"] == row.answers[model["kind"]]["version"]
        assert [bar["top"] for bar in model["bars"]] == [digit == 3 for digit in range(10)]
        top = model["bars"][3]
        assert top["percent"] == model["confidence"]
        assert top["width"] == pytest.approx(100 * row.answers[model["kind"]]["probabilities"][3], abs=0.06)
    digit, cells = response.context["rows"][3]
    assert (digit, cells) == (3, [(column, column["bars"][3]) for column in columns])
    assert response.context["store"] is True


@pytest.mark.django_db
def test_without_strokes_there_is_no_column_for_what_reads_them(client):
    html = send(client).content.decode()
    for kind, is_hidden in {**dict.fromkeys(PIXEL_KINDS, False), **dict.fromkeys(STROKE_KINDS, True)}.items():
        cells = re.findall(rf'<t[hd][^>]* data-kind="{kind}"[^>]*>', html)
        assert len(cells) == 1 + 1 + 10 + 1  # name, digit, bars, map
        assert {" hidden" in cell for cell in cells} == {is_hidden}


def test_as_it_opens_what_reads_strokes_has_a_column_for_scripts_if_it_should_answer(client, models_dir):
    def cells():
        html = client.get("/").content.decode()
        return re.findall(r'<t[hd][^>]* data-kind="pen"[^>]*>', html[: html.index('<tbody class="maps')])

    assert all(" hidden" in cell for cell in cells())
    (models_dir / CHAMPIONS).write_text('{"pen": 1}')  # a version that is missing: the answers will say so
    assert not any(" hidden" in cell for cell in cells())
    assert all('class="scripted"' in cell for cell in cells())


def test_an_answer_of_what_reads_strokes_is_shown_without_scripts_too():
    said = {"version": 1, "prediction": 4, "confidence": 0.7, "probabilities": [0.0] * 4 + [0.7] + [0.06] * 5}
    *_, pen = table.columns({"models": dict.fromkeys(KINDS, said), "prediction": 4})
    assert (pen["title"], pen["state"], pen["prediction"]) == ("Pen", "agrees", 4)
    assert not pen.get("is_hidden")
    assert not pen.get("is_scripted")


@pytest.mark.django_db
def test_a_picture_is_answered_and_not_kept_when_the_box_is_not_ticked(client):
    response = send(client)
    assert response.context["answer"]["summary"] == "All three say 3."
    assert response.context["own"] is None
    assert response.context["notice"] == "Not kept, as you asked."
    assert response.context["store"] is False
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_stranger_who_sends_the_same_picture_gets_no_token(client):
    assert send(client, store="on").context["own"]["token"]
    again = send(client, store="on")
    assert again.context["own"] is None
    assert "sent before" in again.context["notice"]


@pytest.mark.django_db
def test_a_model_that_differs_and_one_that_is_silent_are_told(client, settings, models_dir):
    damage(settings, "mlp")
    digest = images.digest(images.normalise(pictures.decode(drawings.A_SEVEN)))
    torn = np.full(10, 0.05, np.float32)
    torn[[1, 7]] = 0.35, 0.25
    cache.set_answers({digest: {"svm": torn}}, [champions().classifiers["svm"].sidecar])
    response = send(client, drawings.A_SEVEN)
    cnn, mlp, svm = seen(response)
    assert response.context["answer"]["summary"].endswith("CNN says 7, SVM says 1. MLP is not available.")
    assert (cnn["state"], mlp["state"], svm["state"]) == ("agrees", "silent", "differs")
    assert mlp["version"] == read_champions(settings.MODELS_DIR)["mlp"]
    assert (mlp["prediction"], mlp["confidence"]) == (None, None)
    assert {bar["percent"] for bar in mlp["bars"]} == {""}
    assert b"not available" in response.content
    assert svm["confidence"] == "35"
    assert svm["bars"][1] == {"width": 35.0, "percent": "35", "top": True}


@pytest.mark.django_db
def test_with_no_model_it_is_503_and_the_drawing_is_kept(client, models_dir):
    response = send(client, store="on")
    assert response.status_code == 503
    assert "No version of cnn" in response.context["problem"]
    assert response.context["answer"] is None
    assert Submission.objects.count() == 1


REFUSALS = {
    "a blank picture": (drawings.BLANK, 422),
    "a truncated picture": (drawings.BLACK_ON_WHITE[:300], 422),
    "a GIF": (drawings.GIF, 415),
    "too wide a picture": (drawings.TOO_WIDE, 413),
    "too many pixels": (drawings.TOO_MANY, 413),
    "an empty file": (b"", 400),
    "a PNG over 1 MiB": (drawings.OVER_1_MIB, 413),
    "over 20 MiB": (b"x" * (20 * 1024 * 1024), 413),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", REFUSALS)
def test_it_refuses_with_a_sentence(client, name):
    content, status = REFUSALS[name]
    response = send(client, content, store="on")
    assert response.status_code == status
    assert response.templates[0].name == "page.html"
    assert response.context["problem"]
    assert response.context["answer"] is None
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_a_picture_that_is_refused_unread_leaves_the_box_unticked(client):
    """It may not have been ticked: nothing is to be kept that was not meant to be."""
    assert send(client, b"x" * (20 * 1024 * 1024), store="on").context["store"] is False


@pytest.mark.django_db
def test_a_form_without_a_picture_asks_for_one(client):
    response = client.post("/", {"store": "on"})
    assert response.status_code == 400
    assert response.context["problem"] == "Choose a picture first."


@pytest.mark.django_db
@pytest.mark.parametrize("ticked", [{"store": "on"}, {}])
def test_a_refusal_leaves_the_box_as_it_was(client, ticked):
    assert send(client, drawings.BLANK, **ticked).context["store"] is bool(ticked)


FORM = "multipart/form-data; boundary=x"
ODD = {
    "no part at all": (b"--x--\r\n", FORM, 400),
    "nothing": (b"", FORM, 400),
    "another part": (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n', FORM, 400),
    "no file chosen": (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n--x--\r\n',
        FORM,
        400,
    ),
    "text in place of the file": (
        b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nthree\r\n--x--\r\n',
        FORM,
        400,
    ),
    "a box that is neither ticked nor not": (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
        + drawings.A_ONE
        + b'\r\n--x\r\nContent-Disposition: form-data; name="store"\r\n\r\nperhaps\r\n--x--\r\n',
        FORM,
        400,
    ),
    "broken multipart": (b'--x\r\nContent-Disposition: form-data; name="image"; file', FORM, 400),
    "no boundary": (b"x", "multipart/form-data", 400),
    "a boundary of no letters": (b"x", "multipart/form-data; boundary=\xff", 400),
    "a thousand fields and more": (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 1100 + b"--x--\r\n",
        FORM,
        400,
    ),
    "a plain form": (b"image=x", "application/x-www-form-urlencoded", 415),
    "JSON": (b"{}", "application/json", 415),
    "no type": (b"x", "", 415),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ODD)
def test_what_is_no_form_of_ours_is_refused_with_a_sentence(client, name):
    body, kind, status = ODD[name]
    response = client.generic("POST", "/", body, content_type=kind)
    assert response.status_code == status
    assert response.templates[0].name == "page.html"
    assert response.context["problem"]
    assert not Submission.objects.exists()


@pytest.mark.django_db
@hypothesis_settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_body_breaks_it(client, body):
    assert client.generic("POST", "/", body, content_type=FORM).status_code == 400
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + body + b"\r\n--x--\r\n"
    assert client.generic("POST", "/", part, content_type=FORM).status_code in {400, 413, 415, 422}


@pytest.mark.django_db
def test_of_two_pictures_the_last_is_answered(client):
    files = [SimpleUploadedFile("a.png", content) for content in (drawings.A_ONE, drawings.A_SEVEN)]
    assert client.post("/", {"image": files}).context["answer"]["prediction"] == 7


def test_it_refuses_a_body_of_unknown_length(client):
    response = client.generic("POST", "/", b"", content_type=FORM, HTTP_TRANSFER_ENCODING="chunked")
    assert response.status_code == 411
    assert response.context["problem"]


@pytest.mark.django_db
def test_it_refuses_who_sends_too_much_but_shows_the_page_on(client, settings):
    settings.PREDICT_RATE = "2/hour"
    assert client.post("/api/predict/?store=0", drawings.A_ONE, content_type="image/png").status_code == 200
    assert send(client).status_code == 200
    response = send(client)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert response.context["problem"]
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_it_refuses_another_method(client, method):
    response = getattr(client, method)("/")
    assert response.status_code == 405
    assert response.context["problem"]


def test_head_is_answered_as_get(client):
    response = client.head("/")
    assert response.status_code == 200
    assert response.content == b""


@pytest.mark.parametrize("accept", ["application/json", "text/plain", "nonsense", "*/*", ""])
def test_it_is_html_whatever_is_asked_for(client, accept):
    response = client.get("/?format=json", headers={"Accept": accept})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.django_db
def test_it_needs_no_csrf_token_and_sets_no_cookie():
    client = Client(enforce_csrf_checks=True, headers={"Origin": "https://elsewhere.example"})
    kept = send(client, store="on").context["own"]
    assert change(client, kept, do="delete").status_code == 200
    client.get("/")
    assert not client.cookies


def change(client, kept, **fields):
    return client.post(f"/drawings/{kept['id']}/", {"token": kept["token"]} | fields)


@pytest.fixture
def kept(client, db):
    return send(client, store="on").context["own"]


@pytest.mark.parametrize(
    ("claim", "stored", "notice"),
    [("3", "3", "Noted: it is 3."), ("0", "0", "Noted: it is 0."), ("not_a_digit", "x", "Noted: it is not a digit.")],
)
def test_a_claim_is_noted(client, kept, claim, stored, notice):
    response = change(client, kept, do="claim", claim=claim)
    assert response.status_code == 200
    assert response.context["notice"] == notice
    assert response.context["store"] is True
    assert Submission.objects.get().claim == stored


def test_a_claim_leaves_the_answer_on_the_page(client, kept):
    response = change(client, kept, claim="3")
    assert response.context["answer"]["sign"] == "3"
    assert [column["prediction"] for column in seen(response)] == [3, 3, 3]
    Submission.objects.update(answers={})
    assert change(client, kept, claim="3").context["answer"] is None


def test_a_model_that_did_not_answer_is_shown_to_be_silent(client, kept):
    row = Submission.objects.get()
    del row.answers["mlp"]
    row.save()
    states = {column["kind"]: column["state"] for column in seen(change(client, kept, claim="3"))}
    assert states == {"cnn": "agrees", "mlp": "silent", "svm": "agrees"}


def test_a_claim_needs_no_other_word(client, kept):
    assert change(client, kept, claim="3").context["notice"] == "Noted: it is 3."


def test_a_claim_is_taken_back(client, kept):
    change(client, kept, do="claim", claim="3")
    assert change(client, kept, do="claim", claim="").context["notice"] == "Your answer has been withdrawn."
    assert Submission.objects.get().claim is None


def test_a_drawing_is_deleted_once(client, kept):
    response = change(client, kept, do="delete")
    assert response.status_code == 200
    assert response.context["notice"] == "Your drawing has been deleted."
    assert not Submission.objects.exists()
    for again in (change(client, kept, do="delete"), change(client, kept, do="claim", claim="3")):
        assert again.status_code == 404
        assert again.templates[0].name == "page.html"
        assert again.context["problem"] == "This drawing is gone."


@pytest.mark.parametrize("token", ["", "abc", "ä", "a:b"])
@pytest.mark.parametrize("fields", [{"do": "delete"}, {"do": "claim", "claim": "3"}], ids=str)
def test_without_its_token_a_drawing_is_left_alone(client, kept, token, fields):
    response = change(client, kept | {"token": token}, **fields)
    assert response.status_code == 403
    assert response.context["problem"] == "The token is not this drawing's."
    assert Submission.objects.get().claim is None


@pytest.mark.parametrize("fields", [{"do": "burn"}, {"do": "claim"}, {"do": "claim", "claim": "10"}, {}], ids=str)
def test_what_cannot_be_done_is_refused(client, kept, fields):
    response = change(client, kept, **fields)
    assert response.status_code == 400
    assert response.context["problem"]
    assert Submission.objects.get().claim is None


def test_files_in_place_of_words_are_refused(client, kept):
    fields = {name: SimpleUploadedFile(name, b"delete") for name in ("token", "do", "claim")}
    assert client.post(f"/drawings/{kept['id']}/", fields).status_code == 400


def test_a_claim_counts_as_a_picture_does(client, kept, settings):
    settings.PREDICT_RATE = "1/hour"
    assert change(client, kept, do="claim", claim="3").status_code == 200
    response = change(client, kept, do="delete")
    assert response.status_code == 429
    assert response["Retry-After"]
    assert Submission.objects.exists()


def test_too_long_a_claim_is_refused(client, kept):
    assert change(client, kept, do="claim", claim="3" * 1024 * 1024).status_code == 413


def test_what_was_claimed_can_be_changed_and_deleted_from_there(client, kept):
    assert change(client, kept, claim="3").context["own"] == kept
    assert change(client, kept, do="delete").context["own"] is None


def test_a_drawings_address_leads_to_the_page(client, kept):
    response = client.get(f"/drawings/{kept['id']}/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.post("/drawings/7/").status_code == 404


def test_the_answer_stands_in_the_page_itself(client, kept):
    html = send(client).content.decode()
    assert '<p class="consensus" id="consensus">3</p>' in html
    assert html.count('class="top"') == 3
    assert not re.search(r"\s(style|on\w+)=", html)


def test_the_pens_are_those_of_the_script(html):
    widths = re.findall(r'name="pen" value="(\d+)"', html)
    assert f"export const PENS = [{', '.join(widths)}];" in Path(finders.find("js/strokes.js")).read_text()


def test_every_module_is_asked_for_at_once(html):
    preloaded = set(re.findall(r'rel="modulepreload" href="/static/js/(\w+\.js)"', html))
    assert preloaded == {path.name for path in Path(finders.find("js/main.js")).parent.glob("*.js")}
