"""Which strokes labelled drawings are varied from."""

import numpy as np
import pytest
from PIL import Image

from predictor.ml import images, pictures
from predictor.ml.strokes.drawing import render
from predictor.models import Submission
from predictor.services.learning.reviewed import reviewed, strokes_of, varied
from predictor.training.preparation import reviewed as preparation
from tests.drawings import A_ONE, ONE, SEVEN, encode
from tests.retraining import keep

pytestmark = pytest.mark.django_db
SIZE = [280, 280]
A_SEVEN = encode(Image.fromarray(render([np.array(SEVEN) / 280], pen=20)))


def stored(points, **changed):
    return {"size": SIZE, "pen": 18, "lines": [[[x, y, 0] for x, y in points]]} | changed


def test_strokes_that_draw_the_picture_are_found():
    row = keep(A_SEVEN, 7, strokes=stored(SEVEN))
    keep(A_ONE, 1)
    (found,) = strokes_of(reviewed()).items()
    digest, drawing = found
    assert digest == row.digest == images.digest(images.normalise(pictures.decode(A_SEVEN)))
    assert drawing.label == 7
    assert len(drawing.lines) == 1


@pytest.mark.parametrize(
    "strokes",
    [
        stored(ONE),
        stored([]),
        stored(SEVEN, lines=[]),
        stored([(-900, -900), (-800, -800)]),
        stored(SEVEN, size=[0, 280]),
        {"pen": 18},
        stored(SEVEN, pen="wide"),
        stored([(140, 140)]),
    ],
    ids=["of another digit", "no point", "no line", "off the canvas", "no size", "no lines", "no pen", "a dot"],
)
def test_others_are_not(strokes):
    keep(A_SEVEN, 7, strokes=strokes)
    assert strokes_of(reviewed()) == {}


def test_strokes_of_drawings_that_are_not_labelled_or_not_asked_for_are_not_read():
    keep(A_SEVEN, 7, strokes=stored(SEVEN))
    keep(A_ONE, None, strokes=stored(ONE))
    everything = reviewed()
    assert len(strokes_of(everything)) == 1
    assert strokes_of(everything[everything.labels == 1]) == {}
    Submission.objects.update(preprocessing=0)
    assert strokes_of(everything) == {}


def test_a_run_says_how_much_its_labels_count_and_how_many_are_varied_from_strokes(monkeypatch):
    monkeypatch.setattr(preparation, "COPIES", 3)
    keep(A_SEVEN, 7, strokes=stored(SEVEN))
    keep(A_ONE, 1)
    said: list[str] = []
    found = varied(reviewed(), 100_000, seed=1, report=said.append, progress=lambda *_: None)
    assert found.class_counts == [0, 3, 0, 0, 0, 0, 0, 3, 0, 0]
    assert said == ["The labelled drawings are 0.1% of what is seen: 3 varied copies of each, 1 of them from strokes."]


def test_where_labels_have_their_share_without_copies_nothing_is_varied_or_said():
    keep(A_ONE, 1)
    said: list[str] = []
    assert len(varied(reviewed(), 500, seed=1, report=said.append, progress=lambda *_: None)) == 0
    assert said == []
