"""How much of the disk a drawing takes: little, whatever is sent."""

import json

import numpy as np
import pytest
from PIL import Image

from predictor.ml import images, pictures
from predictor.models import Submission
from predictor.services.collecting.room import ALWAYS, MAX_STROKES, picture_room
from tests import drawings
from tests.drawings import base64_of, encode
from tests.ml.handmade import chunk

pytestmark = pytest.mark.django_db
URL = "/api/predict/"
FULL = 200_000  # bytes


def noise(side: int) -> bytes:
    return encode(Image.fromarray(np.random.default_rng(1).integers(0, 256, (side, side)).astype(np.uint8)))


def strokes(points: int, point: list[float]) -> dict[str, object]:
    return {"size": [280, 280], "pen": 18, "lines": [[point] * points]}


def size(row: Submission) -> int:
    return len(bytes(row.image)) + len(json.dumps(row.strokes, separators=(",", ":")))


def test_a_private_megabyte_is_not_stored(api):
    plain = drawings.BLACK_ON_WHITE
    data = plain[:33] + chunk(b"prVt", np.random.default_rng(1).bytes(1_000_000)) + plain[33:]
    assert api.generic("POST", URL, data, content_type="image/png").status_code == 200
    assert bytes(Submission.objects.get().image) == plain


def test_a_large_picture_is_stored_smaller_and_can_be_normalised_again(api):
    data = noise(950)
    assert len(data) > 900_000
    assert api.generic("POST", URL, data, content_type="image/png").status_code == 200
    row = Submission.objects.get()
    assert size(row) < FULL
    assert images.normalise(pictures.decode(bytes(row.image))).shape == (28, 28)
    assert bytes(row.pixels) == images.normalise(pictures.decode(data)).tobytes()


@pytest.mark.parametrize("points", [10, 1_000, 3_000])
def test_picture_and_strokes_are_small_together(api, points):
    sent = strokes(points, [1.2345678901234567, 2.2345678901234567, 3.5])
    reply = api.post(URL, {"image": base64_of(noise(700)), "strokes": sent})
    assert reply.status_code == 200
    assert size(Submission.objects.get()) < FULL


def test_strokes_that_come_later_leave_the_picture_less_room(api):
    body = {"image": base64_of(noise(700))}
    api.post(URL, body)
    before = len(bytes(Submission.objects.get().image))
    api.post(URL, body | {"strokes": strokes(3_000, [1.2345678901234567, 2.2345678901234567, 3.5])})
    row = Submission.objects.get()
    assert row.strokes
    assert len(bytes(row.image)) < before
    assert size(row) < FULL


def test_the_pages_longest_strokes_are_accepted_and_its_picture_stays_as_it_is(api):
    sent = strokes(10_000, [279.9, 279.9, 24 * 3600 * 1000])
    assert api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE), "strokes": sent}).status_code == 200
    row = Submission.objects.get()
    assert row.strokes == sent
    assert bytes(row.image) == drawings.BLACK_ON_WHITE


def test_longer_strokes_are_refused(api):
    sent = strokes(9_000, [1.2345678901234567, 1.2345678901234567e-300, 1.2345678901234567])
    reply = api.post(URL, {"image": base64_of(drawings.BLACK_ON_WHITE), "strokes": sent})
    assert reply.status_code == 400
    assert reply.json()["field"] == "strokes"
    assert f"{MAX_STROKES:,} bytes" in reply.json()["detail"]
    assert not Submission.objects.exists()


def test_a_picture_of_the_pages_size_fits_beside_any_strokes():
    assert picture_room(strokes(10_000, [279.9, 279.9, 24 * 3600 * 1000])) == ALWAYS
    side = 168
    assert len(noise(side)) < ALWAYS
