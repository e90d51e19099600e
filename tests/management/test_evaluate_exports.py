"""manage.py evaluate, on what manage.py export_dataset wrote."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from predictor.ml import images, pictures
from tests.datasets import keep, run
from tests.drawings import A_ONE, A_SEVEN, BLACK_ON_WHITE, ONE, SEVEN, THREE

pytestmark = pytest.mark.django_db


def strokes(points: list[tuple[int, int]]) -> dict[str, Any]:
    return {"size": [280, 280], "pen": 18, "lines": [[[x, y, 0] for x, y in points]]}


@pytest.fixture(params=["packed", "unpacked"])
def exported(request, tmp_path: Path) -> Path:
    """Three digits with their strokes, one without, and what is not a digit."""
    for content, label, points in ((A_ONE, 1, ONE), (BLACK_ON_WHITE, 3, THREE), (A_SEVEN, 7, SEVEN)):
        keep(images.normalise(pictures.decode(content)), label, strokes=strokes(points))
    noise = np.random.default_rng(1).integers(0, 255, (2, 28, 28), np.uint8)
    keep(noise[0], 5)
    keep(noise[1], review="none", strokes=strokes(ONE))
    path = tmp_path / "data.zip"
    run("export_dataset", path, "--with-strokes", "--with-not-a-digit")
    if request.param == "packed":
        return path
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "data")
    return tmp_path / "data"


def evaluate(*arguments: object) -> Any:
    out = io.StringIO()
    call_command("evaluate", "--json", *map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


def test_its_pictures_are_scored_and_what_is_not_a_digit_is_left_out(exported, caplog):
    scores = evaluate("--images", exported)
    assert scores["consensus"]["n"] == 4
    assert scores["consensus"]["misses"] <= 1, "noise is no digit"
    assert "1 pictures are left out, as they are not digits." in caplog.text


def test_its_strokes_are_scored_and_what_has_none_is_left_out(exported, caplog):
    scores = evaluate("--strokes", exported, "--pens", 18)
    assert scores["pen 18"]["consensus"]["n"] == 3
    assert scores["pen 18"]["consensus"]["misses"] == 0
    assert "1 drawings are left out, as they are not digits." in caplog.text
    assert "1 drawings are left out, as they have no strokes." in caplog.text


@pytest.mark.parametrize("exported", ["unpacked"], indirect=True)
def test_its_idx_files_are_scored(exported, tmp_path):
    run("export_dataset", tmp_path / "idx")
    pair = sorted((tmp_path / "idx").glob("*ubyte.gz"))
    assert evaluate("--idx", *pair)["consensus"]["n"] == 4
