"""POST /api/predict/ and the ancestor's /predict/: pictures are taken by their content, however they are wrapped."""

import base64
import codecs
import json
from urllib.parse import quote

import pytest

from predictor.models import Submission
from tests import drawings
from tests.api.predicting import URL, post, post_png
from tests.drawings import base64_of

pytestmark = pytest.mark.django_db
PNG = drawings.BLACK_ON_WHITE
JPEG = drawings.encode(drawings.draw(), "JPEG")
WEBP = drawings.encode(drawings.draw(), "WEBP")
UNPADDED = next(PNG + bytes(size) for size in range(3) if base64_of(PNG + bytes(size)).endswith("=="))
TEXTS = {
    "a data: URL of mere bytes": "data:application/octet-stream;base64," + base64_of(PNG),
    "a data: URL without a type": "data:;base64," + base64_of(PNG),
    "a data: URL of any picture": "data:image/*;base64," + base64_of(PNG),
    "a data: URL with PNG's old name": "data:image/x-png;base64," + base64_of(PNG),
    "a data: URL with JPEG's old name": "data:image/pjpeg;base64," + base64_of(JPEG),
    "a data: URL with a parameter": "data:image/png;name=a.png;base64," + base64_of(PNG),
    "a data: URL in capitals": "DATA:IMAGE/PNG;BASE64," + base64_of(PNG),
    "a data: URL with escapes": "data:image/png," + quote(PNG),
    "a data: URL with all bytes escaped": "data:image/png," + "".join(f"%{byte:02x}" for byte in PNG),
    "a data: URL with as few escapes as can be": "data:image/png," + quote(PNG, safe="=+;,?#'() !\"&"),
    "a data: URL with escapes and no type": "data:," + quote(PNG),
    "a data: URL whose base64 has escapes": "data:image/png;base64," + quote(base64_of(UNPADDED), safe=""),
    "base64 without padding": base64_of(UNPADDED).rstrip("="),
    "base64 in the alphabet for URLs": base64.urlsafe_b64encode(PNG).decode(),
    "base64 in that alphabet without padding": base64.urlsafe_b64encode(UNPADDED).decode().rstrip("="),
}
RUBBISH = {
    "a data: URL of text": ("data:text/plain,three", 415),
    "a data: URL with escaped text": ("data:,three%20", 422),
    "a data: URL with broken escapes": ("data:image/png,%8%zz%", 422),
    "a data: URL of nothing": ("data:,", 400),
    "a data: URL with half a character": ("data:,\ud800", 400),
    "a data: URL without a comma": ("data:image/png;base64", 400),
    "base64 of one letter too many": ("aGVsbG8hA", 400),
    "padding alone": ("====", 400),
    "base64 with characters of neither alphabet": ("aGVs*G8h", 400),
}
BODIES = {
    "mere bytes": (PNG, "application/octet-stream"),
    "mere bytes with a parameter": (WEBP, "application/octet-stream; charset=binary"),
    "no type": (JPEG, ""),
    "PNG's old name": (PNG, "image/x-png"),
    "JPEG's old name": (JPEG, "image/pjpeg"),
    "any picture": (WEBP, "image/*"),
    "the wrong name": (WEBP, "image/png"),
}


def part(content, header=b""):
    return (
        b'--x\r\nContent-Disposition: form-data; name="image"'
        + header
        + b"\r\n\r\n"
        + content
        + b'\r\n--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nsvm\r\n--x--\r\n'
    )


def post_form(api, content, url=URL):
    return api.generic("POST", url, content, content_type="multipart/form-data; boundary=x")


# Text in JSON.


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_taken(api, name):
    response = post(api, image=TEXTS[name])
    assert response.status_code == 200, response.content
    assert response.json()["prediction"] == 3


@pytest.mark.parametrize("name", TEXTS)
def test_the_ancestors_route_takes_the_same_text(api, name):
    assert api.post("/predict/", {"model": "cnn", "image": TEXTS[name]}).json() == {"prediction": 3}


@pytest.mark.parametrize("name", RUBBISH)
def test_other_text_is_refused(api, name):
    text, status = RUBBISH[name]
    body = json.dumps({"image": text})
    response = api.generic("POST", URL, body, content_type="application/json")
    assert response.status_code == status, response.content
    assert response.json()["field"] == "image"
    assert api.generic("POST", "/predict/", body, content_type="application/json").status_code == 422
    assert not Submission.objects.exists()


@pytest.mark.parametrize("path", [URL, "/predict/"])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")],
)
def test_json_may_begin_with_a_byte_order_mark(api, path, mark, encoding):
    body = mark + json.dumps({"image": base64_of(PNG)}).encode(encoding)
    assert api.generic("POST", path, body, content_type="application/json").json()["prediction"] == 3


def test_a_byte_order_mark_before_rubbish_is_refused(api):
    response = api.generic("POST", URL, codecs.BOM_UTF16_LE + b"{\xd8", content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "parse_error"


# Fields that are null.


@pytest.mark.parametrize("field", ["model", "store", "prompt", "strokes"])
def test_null_is_as_good_as_absent(api, field):
    body = post(api, **{field: None}).json()
    assert set(body["models"]) == {"svm", "cnn", "mlp"}
    row = Submission.objects.get()
    assert str(row.id) == body["id"]
    assert row.prompt is None
    assert row.strokes is None


def test_in_the_ancestors_route_a_model_may_be_null_too(api):
    assert set(api.post("/predict/", {"image": base64_of(PNG), "model": None}).json()) == {"prediction", "predictions"}


# Raw bodies.


@pytest.mark.parametrize("name", BODIES)
def test_a_raw_body_is_taken(api, name):
    content, kind = BODIES[name]
    response = post_png(api, content, kind, url=f"{URL}?model=svm")
    assert response.status_code == 200, response.content
    assert response.json()["prediction"] == 3
    assert set(response.json()["models"]) == {"svm"}


@pytest.mark.parametrize("kind", ["application/octet-stream", "", "image/*"])
@pytest.mark.parametrize(("content", "status"), [(drawings.GIF, 415), (b"three", 422), (b"", 400)])
def test_mere_bytes_that_are_no_picture_are_refused(api, kind, content, status):
    response = post_png(api, content, kind)
    assert response.status_code == status, response.content
    assert response.json()["field"] == "image"


# Parts without a file name.


@pytest.mark.parametrize(
    "header", [b"", b"\r\nContent-Type: image/png", b'; filename=""'], ids=["none", "type", "empty"]
)
@pytest.mark.parametrize("content", [PNG, JPEG, WEBP], ids=["PNG", "JPEG", "WebP"])
def test_a_part_without_a_file_name_is_taken(api, header, content):
    response = post_form(api, part(content, header))
    assert response.status_code == 200, response.content
    assert response.json()["prediction"] == 3
    assert set(response.json()["models"]) == {"svm"}
    assert bytes(Submission.objects.get().image) == content


def test_a_part_may_be_text(api):
    assert post_form(api, part(TEXTS["base64 without padding"].encode())).json()["prediction"] == 3


def test_a_part_without_a_file_name_that_is_no_picture_is_refused(api):
    assert post_form(api, part(drawings.GIF)).status_code == 415
    assert post_form(api, part("drei, français".encode())).status_code == 422
    assert not Submission.objects.exists()


def test_the_pages_form_takes_a_part_without_a_file_name(client):
    response = post_form(client, part(PNG), "/")
    assert response.status_code == 200
    assert response.context["answer"]["prediction"] == 3
