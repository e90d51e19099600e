"""What an export holds: which drawings, in which order, as of one moment, and in how much memory."""

import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from predictor.ml import images
from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels
from predictor.models import Submission
from predictor.services.datasets import idx, imagefolder, layouts, npz
from predictor.services.datasets.exports import export_dataset, stream
from predictor.services.datasets.rows import Row
from predictor.services.datasets.tables import writer
from predictor.services.learning.reviewed import reviewed
from predictor.training.errors import DatasetError
from tests.datasets import FILES, LAYOUTS, drawn, entries, export, files, keep, keep_all, metadata, read
from tests.drawings import A_SEVEN, BLANK

pytestmark = pytest.mark.django_db
STREAMED = list(layouts.MEDIA_TYPES)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_is_that_of_the_digests(layout, tmp_path):
    keep_all(20)
    export(tmp_path / FILES[layout])
    found = [images.digest(pixels) for pixels in read(tmp_path / FILES[layout]).pixels]
    assert found == sorted(found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_drawings_give_the_same_bytes(layout, tmp_path):
    keep_all(5)
    export(tmp_path / FILES[layout])
    before = files(tmp_path)
    export(tmp_path / FILES[layout], overwrite=True)
    assert files(tmp_path) == before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_said_in_the_shadow_is_not_exported(layout, tmp_path):
    keep_all(5)
    export(tmp_path / FILES[layout])
    before = files(tmp_path)
    for row in Submission.objects.all():
        row.shadow_answers.create(
            kind="cnn", version=3, prediction=1, confidence=1, champion_version=4, champion_prediction=1
        )
    export(tmp_path / FILES[layout], overwrite=True)
    assert files(tmp_path) == before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_takes_one_query_whatever_the_number_of_rows(layout, tmp_path, django_assert_num_queries):
    keep_all(20)
    with django_assert_num_queries(1):
        export_dataset(tmp_path / FILES[layout], layout=layout)


# Contents.


@pytest.mark.parametrize(
    "fields",
    [
        {"prediction": 3, "verdict": "digit"},
        {"claim": "3", "prompt": 3},
        {"review": "unsure"},
        {"review": "disputed"},
        {"review": "none"},
    ],
    ids=lambda fields: next(iter(fields.values())),
)
def test_only_drawings_labelled_a_digit_are_exported(fields, tmp_path):
    (first, label), (other, _) = drawn(2)
    keep(first, label)
    keep(other, **fields)
    assert export(tmp_path / "data.zip") == 1


def test_drawings_that_are_not_a_digit_are_included_if_asked_for(tmp_path):
    (first, label), (other, _) = drawn(2)
    keep(first, label)
    row = keep(other, review="none")
    export(tmp_path / "data.zip", not_a_digit=True)
    assert f"x/{row.id}.png" in entries(tmp_path / "data.zip")
    assert {each["label"] for each in metadata(tmp_path / "data.zip")} == {str(label), "x"}


def test_rows_of_an_older_preprocessing_are_normalised_again(tmp_path, django_assert_num_queries):
    for pixels, label in drawn(3):
        keep(pixels, label)
    Submission.objects.filter(digest=images.digest(drawn(1)[0][0])).update(
        image=A_SEVEN, preprocessing=0, pixels=bytes(784)
    )
    with django_assert_num_queries(1):
        export(tmp_path / "data.npz")
    assert read(tmp_path / "data.npz").digest == reviewed().digest


def test_a_row_that_can_no_longer_be_normalised_is_named_and_nothing_is_written(tmp_path):
    (pixels, label), *_ = drawn(1)
    row = keep(pixels, label, image=BLANK, preprocessing=0)
    with pytest.raises(ImageError, match=f"Submission {row.id}: Nothing is drawn on the image"):
        export(tmp_path / "data.npz")
    assert files(tmp_path) == {}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="one connection reads and writes at once")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("layout", STREAMED)
def test_rows_written_meanwhile_are_not_included(layout, monkeypatch, tmp_path):
    monkeypatch.setattr("predictor.services.datasets.exports.CHUNK", 5)
    keep_all(20)
    expected = reviewed().digest
    blocks = stream(layout, rows=Submission.objects.all())
    Submission.objects.filter(label__gt=4).delete()
    for pixels, label in drawn(60):
        Submission.objects.get_or_create(
            digest=images.digest(pixels),
            defaults={"pixels": pixels.tobytes(), "label": label, "review": "digit", "preprocessing": 1, "image": b""},
        )
    (tmp_path / FILES[layout]).write_bytes(b"".join(blocks))
    assert read(tmp_path / FILES[layout]).digest == expected


# As a response.


@pytest.mark.parametrize("layout", STREAMED)
def test_a_stream_gives_the_bytes_of_the_file_in_blocks(layout, tmp_path):
    keep_all(300)
    export(tmp_path / FILES[layout])
    *blocks, last = stream(layout, rows=Submission.objects.all())
    assert b"".join([*blocks, last]) == (tmp_path / FILES[layout]).read_bytes()
    assert all(len(block) >= 65_536 for block in blocks)


def test_an_empty_stream_is_refused_before_the_response_begins():
    with pytest.raises(DatasetError, match="No drawing is labelled a digit"):
        stream("csv", rows=Submission.objects.all())


# Large exports.


def rows(n: int) -> Iterator[Row]:
    random = np.random.default_rng(0)
    for i in range(n):
        pixels: Pixels = random.integers(0, 255, (28, 28), np.uint8)
        yield Row(f"{i:036}", str(i % 10), pixels, {"digest": images.digest(pixels)})


def write(layout: str, n: int) -> None:
    with Path(os.devnull).open("wb") as nothing:
        match layout:
            case "imagefolder":
                nothing.writelines(imagefolder.chunks(rows(n)))
            case "npz":
                nothing.writelines(npz.chunks(n, rows(n)))
            case "idx":
                idx.write([nothing] * 3, n, rows(n))
            case "csv":
                nothing.writelines(writer.chunks(rows(n)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_does_not_grow_with_the_rows(layout):
    write(layout, 1)
    tracemalloc.start()
    try:
        write(layout, 4000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000, "the pixels alone have three million bytes"
    finally:
        tracemalloc.stop()
