"""What the four layouts look like to other programs."""

import json

import numpy as np
import pytest

from predictor.ml import images
from predictor.services.datasets import layouts
from predictor.services.learning.reviewed import reviewed
from tests.datasets import FILES, LAYOUTS, drawn, entries, export, files, keep, keep_all, metadata, read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_programs_read_what_training_would_see(layout, tmp_path):
    keep_all(30)
    path = tmp_path / FILES[layout]
    assert export(path) == 30
    assert read(path).digest == reviewed().digest


def test_the_archive_has_a_directory_for_each_digit_and_metadata(tmp_path):
    (pixels, label), *_ = drawn(1)
    row = keep(pixels, label, prompt=4, claim="4", labelled_at="2025-05-05T12:00Z", strokes={"pen": 18})
    row.refresh_from_db()
    export(tmp_path / "data.zip")
    assert list(entries(tmp_path / "data.zip")) == [f"{label}/{row.id}.png", "metadata.jsonl"]
    assert metadata(tmp_path / "data.zip") == [
        {
            "file_name": f"{label}/{row.id}.png", "label": str(label), "id": str(row.id), "source": "api", "prompt": 4,
            "claim": "4", "created_at": row.created_at.isoformat(), "labelled_at": "2025-05-05T12:00:00+00:00",
            "preprocessing": images.PREPROCESSING, "digest": images.digest(pixels),
        }
    ]  # fmt: skip


def test_strokes_go_into_the_metadata_if_asked_for(tmp_path):
    (pixels, label), *_ = drawn(1)
    keep(pixels, label, strokes={"size": [280, 280], "pen": 18, "lines": [[[1, 2, 0]]]})
    export(tmp_path / "data.zip", strokes=True)
    assert metadata(tmp_path / "data.zip")[0]["strokes"] == {"size": [280, 280], "pen": 18, "lines": [[[1, 2, 0]]]}


def test_arrays_come_with_ids_and_how_they_were_normalised(tmp_path):
    (pixels, label), *_ = drawn(1)
    row = keep(pixels, label)
    export(tmp_path / "data.npz")
    arrays = np.load(tmp_path / "data.npz")
    assert {name: (array.dtype.str, array.shape) for name, array in arrays.items()} == {
        "pixels": ("|u1", (1, 28, 28)),
        "labels": ("|u1", (1,)),
        "ids": ("|S36", (1,)),
        "preprocessing": ("|u1", ()),
    }
    assert arrays["ids"].tolist() == [str(row.id).encode()]
    assert arrays["preprocessing"] == images.PREPROCESSING


def test_a_table_begins_with_the_label_and_ends_with_the_id_and_how_it_was_normalised(tmp_path):
    (pixels, label), *_ = drawn(1)
    row = keep(pixels, label)
    export(tmp_path / "data.csv")
    head, line = (each.split(",") for each in (tmp_path / "data.csv").read_text().splitlines())
    assert head == ["label", *(f"pixel{i}" for i in range(784)), "id", "preprocessing"]
    assert line == [str(label), *map(str, pixels.ravel()), str(row.id), str(images.PREPROCESSING)]


def test_the_idx_pair_has_mnists_names_and_says_how_it_was_normalised(tmp_path):
    keep_all(3)
    export(tmp_path / "some" / "data")
    assert sorted(files(tmp_path)) == [
        "some/data/dataset.json",
        "some/data/train-images-idx3-ubyte.gz",
        "some/data/train-labels-idx1-ubyte.gz",
    ]
    assert json.loads((tmp_path / "some/data/dataset.json").read_text()) == {
        "preprocessing": images.PREPROCESSING,
        "images": 3,
    }


def test_each_stream_has_a_media_type_and_an_ending():
    assert {layout for ending, layout in layouts.ENDINGS.items() if ending} == set(layouts.MEDIA_TYPES)
