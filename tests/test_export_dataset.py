"""manage.py export_dataset: what is in it and what is not, in four formats, whole or not at all."""

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError
from django.db import connection
from PIL import Image

from predictor.ml import images
from predictor.ml.images import Pixels
from predictor.models import Submission
from predictor.services.datasets import idx, imagefolder, layouts, npz, table, zips
from predictor.services.datasets.exports import export_dataset, stream
from predictor.services.datasets.rows import Row
from predictor.services.retrain import reviewed
from predictor.training.dataset import Dataset, read_idx
from predictor.training.errors import DatasetError
from tests import disk
from tests.datasets import FILES, LAYOUTS, drawn, keep, keep_all, run
from tests.drawings import A_SEVEN, BLANK

pytestmark = pytest.mark.django_db

STREAMED = list(layouts.MEDIA_TYPES)


def export(*arguments: object) -> str:
    return run("export_dataset", *arguments)[0]


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in entries(path)["metadata.jsonl"].splitlines()]


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def read(path: Path) -> Dataset:
    """As other programs would."""
    if path.is_dir():
        return Dataset(read_idx(path / "train-images-idx3-ubyte.gz"), read_idx(path / "train-labels-idx1-ubyte.gz"))
    if path.suffix == ".npz":
        arrays = np.load(path)
        return Dataset(arrays["pixels"], arrays["labels"])
    if path.suffix == ".csv":
        cells = np.genfromtxt(path, np.uint8, delimiter=",", skip_header=1, usecols=range(785))
        return Dataset(cells[:, 1:].reshape(-1, 28, 28), cells[:, 0])
    named = [(name[0], np.asarray(Image.open(io.BytesIO(png)))) for name, png in entries(path).items() if "/" in name]
    return Dataset(np.array([pixels for _, pixels in named]), np.array([int(label) for label, _ in named], np.uint8))


# It works.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_programs_read_what_training_would_see(layout, tmp_path):
    keep_all(30)
    path = tmp_path / FILES[layout]
    assert export(path) == f"{path}: 30 drawings\n"
    assert read(path).digest == reviewed().digest


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_is_that_of_the_digests(layout, tmp_path):
    keep_all(20)
    export(tmp_path / FILES[layout])
    found = [images.digest(pixels) for pixels in read(tmp_path / FILES[layout]).pixels]
    assert found == sorted(found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_drawings_make_the_same_bytes(layout, tmp_path):
    keep_all(5)
    export(tmp_path / FILES[layout])
    before = files(tmp_path)
    export(tmp_path / FILES[layout], "--force")
    assert files(tmp_path) == before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_asks_the_database_once_whatever_the_number_of_rows(layout, tmp_path, django_assert_num_queries):
    keep_all(20)
    with django_assert_num_queries(1):
        export_dataset(tmp_path / FILES[layout], layout=layout)


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
    export(tmp_path / "data.zip", "--with-strokes")
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


def test_a_format_can_be_named_whatever_the_ending(tmp_path):
    keep_all(2)
    export(tmp_path / "data.dat", "--format", "csv")
    assert (tmp_path / "data.dat").read_text().startswith("label,")
    export(tmp_path / "data.d", "--format", "idx")
    assert (tmp_path / "data.d").is_dir()


# What is in it.


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
def test_only_what_is_labelled_a_digit_is_exported(fields, tmp_path):
    (first, label), (other, _) = drawn(2)
    keep(first, label)
    keep(other, **fields)
    assert "1 drawings" in export(tmp_path / "data.zip")


def test_what_is_not_a_digit_comes_with_it_if_asked_for(tmp_path):
    (first, label), (other, _) = drawn(2)
    keep(first, label)
    row = keep(other, review="none")
    export(tmp_path / "data.zip", "--with-not-a-digit")
    assert f"x/{row.id}.png" in entries(tmp_path / "data.zip")
    assert {each["label"] for each in metadata(tmp_path / "data.zip")} == {str(label), "x"}


def test_rows_of_an_older_preprocessing_are_normalised_anew(tmp_path, django_assert_num_queries):
    for pixels, label in drawn(3):
        keep(pixels, label)
    Submission.objects.filter(digest=images.digest(drawn(1)[0][0])).update(
        image=A_SEVEN, preprocessing=0, pixels=bytes(784)
    )
    with django_assert_num_queries(1):
        export(tmp_path / "data.npz")
    assert read(tmp_path / "data.npz").digest == reviewed().digest


def test_a_row_that_cannot_be_normalised_anew_is_named_and_nothing_written(tmp_path):
    (pixels, label), *_ = drawn(1)
    row = keep(pixels, label, image=BLANK, preprocessing=0)
    with pytest.raises(CommandError, match=f"Submission {row.id}: Nothing is drawn on the image"):
        export(tmp_path / "data.npz")
    assert files(tmp_path) == {}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="one connection reads and writes at once")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("layout", STREAMED)
def test_what_is_written_meanwhile_is_not_in_it(layout, monkeypatch, tmp_path):
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


def test_a_stream_of_nothing_is_refused_before_there_is_a_response():
    with pytest.raises(DatasetError, match="There is no drawing that is labelled a digit"):
        stream("csv", rows=Submission.objects.all())


def test_each_stream_has_a_media_type_and_an_ending():
    assert {layout for ending, layout in layouts.ENDINGS.items() if ending} == set(layouts.MEDIA_TYPES)


# However many.


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
                nothing.writelines(table.chunks(rows(n)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_does_not_grow_with_the_rows(layout):
    write(layout, 1)
    tracemalloc.start()
    try:
        write(layout, 4000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000, "the pixels alone have three million bytes"
    finally:
        tracemalloc.stop()


def test_more_pictures_than_a_plain_archive_can_count_are_no_limit(tmp_path):
    with zips.Archive() as archive:
        content = [archive.picture(f"{i}.png", b"x") for i in range(65_536)]
        (tmp_path / "many.zip").write_bytes(b"".join([*content, *archive.end()]))
    with zipfile.ZipFile(tmp_path / "many.zip") as found:
        assert len(found.namelist()) == 65_536
        assert found.read("65535.png") == b"x"


def test_an_archive_may_be_larger_than_4_gigabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(zips, "FAR", 100)  # what is far and large begins here already
    with zips.Archive() as archive, io.BytesIO() as aside:
        text = zips.Deflated(aside)
        text.write(b"text" * 1000)
        content = [archive.picture(name, bytes(60)) for name in "abc"]
        content += [*archive.text("d", text), archive.picture("e", b"e"), *archive.end()]
    (tmp_path / "large.zip").write_bytes(b"".join(content))
    assert entries(tmp_path / "large.zip") == {
        "a": bytes(60),
        "b": bytes(60),
        "c": bytes(60),
        "d": b"text" * 1000,
        "e": b"e",
    }


# Refusals.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_labelled_is_said_and_nothing_written(layout, tmp_path):
    with pytest.raises(CommandError, match=r"^There is no drawing that is labelled a digit\.$"):
        export(tmp_path / FILES[layout])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_there_is_replaced_only_by_force(layout, tmp_path):
    keep_all(2)
    path = tmp_path / FILES[layout]
    export(path)
    before = files(tmp_path)
    keep_all_others()
    with pytest.raises(CommandError, match=f"^{path}.* is there already"):
        export(path)
    assert files(tmp_path) == before
    assert "4 drawings" in export(path, "--force")
    assert len(read(path)) == 4


def keep_all_others() -> None:
    for pixels, label in drawn(4)[2:]:
        keep(pixels, label)


def test_other_files_of_the_directory_stay(tmp_path):
    keep_all(2)
    (tmp_path / "notes.txt").write_text("mine")
    export(tmp_path, "--force")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(read(tmp_path)) == 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_on_a_full_disk_what_was_there_stays_and_nothing_else(layout, tmp_path):
    keep_all(40)
    path = tmp_path / FILES[layout]
    export(path)
    before = files(tmp_path)
    with disk.full(after=1000), pytest.raises(CommandError, match=f"^{path} cannot be written: .*File too large"):
        export(path, "--force")
    assert files(tmp_path) == before


@pytest.mark.parametrize("option", ["--with-not-a-digit", "--with-strokes"])
@pytest.mark.parametrize("layout", ["npz", "idx", "csv"])
def test_what_a_format_has_no_place_for_is_refused(layout, option, tmp_path):
    keep_all(2)
    with pytest.raises(CommandError, match="Only an imagefolder has a place for"):
        export(tmp_path / FILES[layout], option)


def test_an_ending_that_says_nothing_is_refused(tmp_path):
    keep_all(2)
    with pytest.raises(CommandError, match=r"data\.parquet ends neither in \.zip, \.npz nor \.csv: say with --format"):
        export(tmp_path / "data.parquet")


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    keep_all(2)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=r"data\.zip cannot be written: .*file'"):
        export(tmp_path / "file" / "data.zip")
    (tmp_path / "directory.zip").mkdir()
    with pytest.raises(CommandError, match=r"directory\.zip cannot be written: .*Is a directory"):
        export(tmp_path / "directory.zip", "--force")
