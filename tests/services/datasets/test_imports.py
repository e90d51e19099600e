"""What becomes of the drawings of a file: new rows, labels of known ones, and in how many queries."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from predictor.ml import images
from predictor.models import Submission
from predictor.services.datasets import validation
from predictor.services.datasets.imports import Outcome
from predictor.services.learning.reviewed import reviewed
from predictor.services.reviewing import labels
from tests.datasets import drawn, export, keep, keep_all
from tests.drawings import BLACK_ON_WHITE
from tests.ml.handmade import chunk
from tests.services.datasets.files import THREE, read, unpacked

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(django_user_model) -> User:
    return django_user_model.objects.create_superuser("reviewer")


def test_a_row_has_the_source_import_and_no_answers(tmp_path):
    read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE}))
    found = Submission.objects.get()
    assert (found.source, found.review, found.label, found.labelled_by) == ("import", "digit", 3, None)
    assert (found.answers, found.prediction, found.verdict) == ({}, None, None)
    assert found.preprocessing == images.PREPROCESSING
    assert found.labelled_at
    said = found.labels.get()
    assert (said.value, said.source, said.by) == ("3", "import", None)


def test_side_data_is_not_imported(tmp_path):
    read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE[:33] + chunk(b"prVt", bytes(1000)) + BLACK_ON_WHITE[33:]}))
    assert bytes(Submission.objects.get().image) == BLACK_ON_WHITE


# Known drawings.


def test_a_waiting_drawing_gets_its_label(tmp_path):
    waiting = keep(THREE, prediction=8)
    outcome = read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE}))
    assert outcome == Outcome(imported=0, known=0, labelled=1, refused=0)
    waiting.refresh_from_db()
    assert (waiting.label, waiting.review, waiting.source, waiting.prediction) == (3, "digit", "api", 8)


def test_a_reviewers_label_is_not_overruled_and_the_history_has_both(reviewer, tmp_path):
    known = keep(THREE)
    labels.record(submission=known, value="8", by=reviewer)
    assert read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE})).labelled == 1
    assert read(tmp_path).known == 1
    known.refresh_from_db()
    assert (known.label, known.labelled_by) == (8, reviewer)
    assert list(known.labels.order_by("id").values_list("value", "source")) == [("8", "reviewer"), ("3", "import")]


def test_a_label_that_is_known_adds_nothing(reviewer, tmp_path):
    known = keep(THREE)
    labels.record(submission=known, value="3", by=reviewer)
    assert read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE})).known == 1
    assert known.labels.count() == 1


def test_a_later_import_corrects_an_earlier_one(tmp_path):
    read(unpacked(tmp_path / "first", {"8/a.png": BLACK_ON_WHITE}))
    assert read(unpacked(tmp_path / "second", {"3/a.png": BLACK_ON_WHITE})).labelled == 1
    assert Submission.objects.get().label == 3


# Large imports.


def test_drawings_are_imported_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "BATCH", 7)
    before = keep_all(30)
    export(tmp_path / "data")
    Submission.objects.all().delete()
    assert read(tmp_path / "data").imported == 30
    assert reviewed().digest == before


def test_large_pictures_make_small_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "BATCH_SIZE", 3000)
    before = keep_all(30)
    export(tmp_path / "data")
    Submission.objects.all().delete()
    with CaptureQueriesContext(connection) as few:
        read(tmp_path / "data")
    assert sum('INSERT INTO "predictor_label"' in query["sql"] for query in few) > 2
    assert reviewed().digest == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes fifty rows at once")
@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_the_queries_do_not_grow_with_the_rows(known, tmp_path):
    counts = []
    for n in (30, 300):
        for pixels, label in drawn(n):
            keep(pixels, label)
        export(tmp_path / "data.npz", overwrite=True)
        if known:
            Submission.objects.update(review="waiting", label=None)
        else:
            Submission.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            read(tmp_path / "data.npz")
        counts.append(len(queries))
        Submission.objects.all().delete()
    assert counts[0] == counts[1] < (80 if known else 10)
