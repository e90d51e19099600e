"""POST /api/predict/ and /api/explain/: photographs of a camera's size, and pictures beside much side data."""

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from predictor.ml.keeping import LARGEST
from predictor.models import Submission
from tests import drawings
from tests.api.predicting import post_png

pytestmark = pytest.mark.django_db
FORM = "multipart/form-data; boundary=x"


def photograph(width: int = 4000, height: int = 3000) -> bytes:
    """A three with a camera's grain, of more than a megabyte."""
    levels = np.asarray(drawings.draw(side=500).resize((width, height))) // 4 * 3
    grain = np.random.default_rng(1).integers(0, 8, (height, width)).astype(np.uint8)
    content = drawings.encode(Image.fromarray(levels + grain).convert("RGB"), "JPEG", quality=92)
    assert len(content) > 1024 * 1024
    return content


PHOTOGRAPH = photograph()


def form(name: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="image"' + name + b"\r\n\r\n"
    return head + PHOTOGRAPH + b'\r\n--x\r\nContent-Disposition: form-data; name="store"\r\n\r\n1\r\n--x--\r\n'


def test_a_photograph_of_12_megapixels_is_read_and_little_of_it_is_kept(api):
    assert post_png(api, PHOTOGRAPH, "image/jpeg").json()["prediction"] == 3
    assert len(bytes(Submission.objects.get().image)) <= LARGEST


def test_it_is_explained_too(api):
    assert post_png(api, PHOTOGRAPH, "image/jpeg", "/api/explain/").json()["prediction"] == 3


@pytest.mark.parametrize("name", [b'; filename="a.jpg"', b""], ids=["a file name", "no file name"])
def test_it_is_taken_as_a_part_of_a_form(api, client, name):
    assert post_png(api, form(name), FORM).json()["prediction"] == 3
    assert client.generic("POST", "/", form(name), content_type=FORM).context["answer"]["prediction"] == 3
    assert Submission.objects.count() == 1


def test_what_is_no_jpeg_may_not_be_as_large_in_a_form_either(api):
    body = form(b'; filename="a.jpg"').replace(PHOTOGRAPH, drawings.OVER_1_MIB)
    assert post_png(api, body, FORM).json()["code"] == "image_too_large"


def test_a_part_without_a_file_name_may_not_fill_the_memory(api, client):
    body = form(b"").replace(PHOTOGRAPH, PHOTOGRAPH.ljust(3_000_000, b"\0"))
    response = post_png(api, body, FORM)
    assert response.status_code == 413
    assert response.json()["code"] == "body_too_large"
    assert client.generic("POST", "/", body, content_type=FORM).status_code == 413


@pytest.mark.parametrize("level", [0, 120, 255], ids=["black", "grey", "white"])
def test_ink_on_a_clear_canvas_is_read(api, level):
    assert post_png(api, drawings.on_clear_canvas(level, 1900)).json()["prediction"] == 3


def test_a_png_beside_megabytes_of_packed_text_is_read_and_kept_without_it(api):
    texts = PngInfo()
    for number in range(8):
        texts.add_text(f"a{number}", "text " * 1_000_000, zip=True)
    texts.add_text("plain", "text " * 100_000)
    content = drawings.encode(drawings.draw(), pnginfo=texts)
    assert len(content) > 500_000
    assert post_png(api, content).json()["prediction"] == 3
    assert bytes(Submission.objects.get().image) == drawings.BLACK_ON_WHITE


def on_the_right(side: int = 1) -> Image.Image:
    """A three at (390, 55) to (513, 248) of 600×300 pixels, times `side`."""
    picture = Image.new("L", (600 * side, 300 * side), 255)
    picture.paste(drawings.draw(side=280 * side), (310 * side, 10 * side))
    return picture


def turned(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


@pytest.mark.parametrize(
    ("content", "kind", "scale"),
    [
        (drawings.encode(on_the_right()), "png", 1),
        (drawings.encode(on_the_right().rotate(90, expand=True), "JPEG", exif=turned(6)), "jpeg", 1),
        (drawings.encode(on_the_right(8), "JPEG"), "jpeg", 8),
    ],
    ids=["PNG", "turned JPEG", "JPEG of 11 megapixels"],
)
def test_the_box_is_where_the_digit_is_in_the_picture_as_it_is_shown(api, content, kind, scale):
    left, top, right, bottom = post_png(api, content, f"image/{kind}").json()["box"]
    assert [left / scale, top / scale, right / scale, bottom / scale] == pytest.approx([390, 53, 516, 256], abs=8)


def test_the_box_of_a_photograph_is_where_its_ink_is(api):
    left, top, right, bottom = post_png(api, PHOTOGRAPH, "image/jpeg").json()["box"]
    found = [left / 4000, top / 3000, right / 4000, bottom / 3000]
    assert found == pytest.approx([84 / 280, 43 / 280, 206 / 280, 246 / 280], abs=0.02)


def test_several_digits_are_said_to_be_several_and_are_none_for_sure(api):
    picture = on_the_right()
    picture.paste(drawings.draw(drawings.ONE, side=280), (60, 10))
    body = post_png(api, drawings.encode(picture)).json()
    assert body["verdict"] == "unsure"
    assert body["summary"].startswith("There seem to be several digits. Forced to choose, ")
