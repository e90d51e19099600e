"""manage.py import_dataset: what is kept and how, what is refused and why, and the way there and back."""

import contextlib
import gzip
import io
import json
import math
import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from predictor.ml import images, pictures
from predictor.models import Label, Submission
from predictor.services import labels
from predictor.services.datasets import drawings
from predictor.services.retrain import reviewed
from predictor.training.dataset import Mnist
from tests.datasets import FILES, LAYOUTS, drawn, keep, keep_all, run
from tests.drawings import A_ONE, A_SEVEN, BLACK_ON_WHITE, BLANK, GIF, TOO_WIDE, TRANSPARENT, draw, encode

pytestmark = pytest.mark.django_db

THREE = images.normalise(pictures.decode(BLACK_ON_WHITE))
IDX = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def read(*arguments: object) -> str:
    """What it says where nothing is refused."""
    said, refused = run("import_dataset", *arguments)
    assert refused == ""
    return said


def refused(*arguments: object) -> list[str]:
    """What it refuses, in the words that it has for it."""
    return run("import_dataset", *arguments)[1].splitlines()


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path, entries: dict[str, bytes]) -> Path:
    for name, content in entries.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def spoilt(path: Path, name: str, place: int) -> Path:
    """An archive with one byte altered, that far behind the name of an entry."""
    content = bytearray(path.read_bytes())
    content[content.index(name.encode()) + place] ^= 255
    path.write_bytes(content)
    return path


def lines(*rows: dict[str, object]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def saved(path: Path, **members: object) -> Path:
    np.savez(path, **members)
    return path


def idx(path: Path, levels: np.ndarray, digits: np.ndarray, *, name: str = "train") -> Path:
    path.mkdir(exist_ok=True)
    for array, file in zip((levels, digits), IDX, strict=True):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4) for side in array.shape)
        (path / f"{file.replace('train', name)}.gz").write_bytes(gzip.compress(head + array.tobytes()))
    return path


def table(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


def row(pixels: np.ndarray, label: object) -> str:
    return ",".join(map(str, [label, *pixels.ravel()]))


@pytest.fixture
def reviewer(django_user_model) -> User:
    return django_user_model.objects.create_superuser("reviewer")


# The way there and back.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_exported_is_imported_as_the_same_dataset(layout, tmp_path):
    before = keep_all(30)
    run("export_dataset", tmp_path / FILES[layout])
    Submission.objects.all().delete()
    assert read(tmp_path / FILES[layout]) == "30 imported, 0 already there, 0 labelled anew, 0 refused\n"
    assert reviewed().digest == before


@pytest.mark.parametrize("layout", LAYOUTS)
@hypothesis(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given=st.dictionaries(
        arrays.arrays(np.uint8, (28, 28)).filter(np.any).map(np.ndarray.tobytes), st.integers(0, 9), min_size=1
    )
)
def test_any_pixels_come_back_as_they_were(layout, given, tmp_path):
    Submission.objects.all().delete()
    for pixels, label in given.items():
        keep(np.frombuffer(pixels, np.uint8).reshape(28, 28), label)
    before = reviewed().digest
    run("export_dataset", tmp_path / FILES[layout], "--force")
    Submission.objects.all().delete()
    read(tmp_path / FILES[layout])
    assert reviewed().digest == before


def test_what_is_not_a_digit_comes_back_too(tmp_path):
    keep(THREE, review="none")
    keep_all(1)
    run("export_dataset", tmp_path / "data.zip", "--with-not-a-digit")
    Submission.objects.all().delete()
    read(tmp_path / "data.zip")
    back = Submission.objects.get(digest=images.digest(THREE))
    assert (back.review, back.label) == ("none", None)


def test_an_exported_archive_may_be_unpacked_first(tmp_path):
    before = keep_all(10)
    run("export_dataset", tmp_path / "data.zip")
    Submission.objects.all().delete()
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        archive.extractall(tmp_path / "data")
    read(tmp_path / "data")
    assert reviewed().digest == before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_imported_again_everything_is_there_already(layout, tmp_path):
    keep_all(3)
    run("export_dataset", tmp_path / FILES[layout])
    Submission.objects.all().delete()
    read(tmp_path / FILES[layout])
    assert read(tmp_path / FILES[layout]) == "0 imported, 3 already there, 0 labelled anew, 0 refused\n"
    assert Label.objects.count() == 3


# Files of others.


@pytest.mark.parametrize("packed", [zipped, unpacked])
def test_pictures_in_directories_are_normalised_and_kept_as_they_are(packed, tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "train/7/b.jpg": encode(draw([(60, 60), (200, 60), (130, 230)]), "JPEG")}
    path = packed(tmp_path / "data.zip", content | {"1/c.webp": encode(draw([(140, 50), (140, 230)]), "WEBP")})
    assert read(path, "--format", "imagefolder").startswith("3 imported")
    found = Submission.objects.get(label=3)
    assert bytes(found.image) == BLACK_ON_WHITE
    assert bytes(found.pixels) == THREE.tobytes()
    assert found.digest == images.digest(THREE)
    assert sorted(Submission.objects.values_list("label", flat=True)) == [1, 3, 7]


def test_a_row_says_where_it_is_from_and_has_no_answers(tmp_path):
    read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE}))
    found = Submission.objects.get()
    assert (found.source, found.review, found.label, found.labelled_by) == ("import", "digit", 3, None)
    assert (found.answers, found.prediction, found.verdict) == ({}, None, None)
    assert found.preprocessing == images.PREPROCESSING
    assert found.labelled_at
    said = found.labels.get()
    assert (said.value, said.source, said.by) == ("3", "import", None)


def test_mnists_own_files_are_read_as_training_reads_them(tmp_path, settings):
    mnist = Mnist.read(settings.MNIST_DIR)
    first, last = np.arange(50), np.arange(60_000, 60_050)
    idx(tmp_path, mnist.levels[first], mnist.labels[first])
    idx(tmp_path, mnist.levels[last], mnist.labels[last], name="t10k")
    assert read(tmp_path).startswith("100 imported")
    assert reviewed().digest == mnist.dataset(np.concatenate((first, last))).digest


def test_arrays_of_any_size_are_normalised(tmp_path):
    levels = np.asarray(draw())
    read(saved(tmp_path / "data.npz", pixels=levels[None], labels=np.uint8([3])))
    found = Submission.objects.get()
    assert bytes(found.pixels) == THREE.tobytes()
    assert np.array_equal(pictures.decode(bytes(found.image)), levels), "what was sent can be normalised anew later"


@pytest.mark.parametrize(
    "head",
    [
        "",
        "label," + ",".join(f"{i}x{j}" for i in range(28) for j in range(28)) + "\r\n",
        "\ufefflabel," + ",".join(map(str, range(784))) + "\n",
    ],
    ids=["none", "another", "Excel's"],
)
def test_a_table_may_have_another_first_line_or_none(head, tmp_path, settings):
    mnist = Mnist.read(settings.MNIST_DIR)
    first = np.arange(5)
    rows = [row(levels, label) for levels, label in zip(mnist.levels[first], mnist.labels[first], strict=True)]
    (tmp_path / "data.csv").write_text(head + "\n".join(rows), newline="")
    assert read(tmp_path / "data.csv").startswith("5 imported")
    assert reviewed().digest == mnist.dataset(first).digest


def test_idx_files_need_not_be_gzipped(tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]))
    for file in list(tmp_path.iterdir()):
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    assert read(tmp_path).startswith("1 imported")


def test_labels_may_stand_in_the_metadata_alone(tmp_path):
    content = {"train/a.png": BLACK_ON_WHITE, "train/b.png": A_SEVEN}
    content["train/metadata.jsonl"] = lines({"file_name": "a.png", "label": 3}, {"file_name": "b.png", "label": "7"})
    assert read(zipped(tmp_path / "data.zip", content)).startswith("2 imported")
    assert sorted(Submission.objects.values_list("label", flat=True)) == [3, 7]


def test_what_is_hidden_or_no_picture_is_passed_over(tmp_path):
    content = {
        "3/a.png": BLACK_ON_WHITE,
        "README.md": b"hello",
        ".git/3/a.png": b"",
        "3/.DS_Store": b"",
        "__MACOSX/3/a.png": b"",
    }
    assert read(zipped(tmp_path / "data.zip", content)) == "1 imported, 0 already there, 0 labelled anew, 0 refused\n"


def test_links_to_files_are_followed_and_links_to_directories_are_not(tmp_path):
    others = unpacked(tmp_path / "others", {"a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN})
    path = unpacked(tmp_path / "data", {"3/README": BLACK_ON_WHITE})
    (path / "3" / "a.png").symlink_to(others / "a.png")
    (path / "7").symlink_to(others / "7")
    assert read(path) == "1 imported, 1 already there, 0 labelled anew, 0 refused\n"


# How pixels were normalised.


def altered_by_normalise() -> np.ndarray:
    noise = np.random.default_rng(1).integers(0, 255, (28, 28), np.uint8)
    assert not np.array_equal(images.normalise(noise), noise)
    return noise


def member(preprocessing: int | None) -> dict[str, object]:
    return {} if preprocessing is None else {"preprocessing": np.uint8(preprocessing)}


@pytest.mark.parametrize(("said", "kept"), [(images.PREPROCESSING, True), (0, False), (None, False)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_pixels_are_kept_as_they_are_only_if_they_went_through_todays_preprocessing(layout, said, kept, tmp_path):
    noise, path = altered_by_normalise(), tmp_path / FILES[layout]
    match layout:
        case "imagefolder":
            facts = {"file_name": "3/a.png", "preprocessing": said}
            zipped(path, {"3/a.png": images.to_png(noise), "metadata.jsonl": lines(facts)})
        case "npz":
            saved(path, pixels=noise[None], labels=np.uint8([3]), **member(said))
        case "idx":
            idx(path, noise[None], np.uint8([3]))
            if said is not None:
                (path / "dataset.json").write_bytes(lines({"preprocessing": said}))
        case "csv":
            head = ",".join(["label", *map(str, range(784)), "preprocessing"])
            table(path, *([] if said is None else [head]), row(noise, 3) + ("" if said is None else f",{said}"))
    read(path)
    expected = noise if kept else images.normalise(noise)
    assert bytes(Submission.objects.get().pixels) == expected.tobytes()


def test_a_picture_that_was_touched_since_it_was_exported_is_normalised_anew(tmp_path):
    keep(THREE, 3)
    run("export_dataset", tmp_path / "data.zip")
    noise = altered_by_normalise()
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content = {name: images.to_png(noise) if name.endswith(".png") else each for name, each in content.items()}
    Submission.objects.all().delete()
    read(zipped(tmp_path / "data.zip", content))
    assert bytes(Submission.objects.get().pixels) == images.normalise(noise).tobytes()


# What is known.


def test_a_drawing_that_waits_gets_its_label(tmp_path):
    waiting = keep(THREE, prediction=8)
    said = read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE}))
    assert said == "0 imported, 0 already there, 1 labelled anew, 0 refused\n"
    waiting.refresh_from_db()
    assert (waiting.label, waiting.review, waiting.source, waiting.prediction) == (3, "digit", "api", 8)


def test_a_reviewers_label_is_not_overruled_and_history_knows_both(reviewer, tmp_path):
    known = keep(THREE)
    labels.record(submission=known, value="8", by=reviewer)
    for expected in ("1 labelled anew", "1 already there"):
        assert expected in read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE}))
    known.refresh_from_db()
    assert (known.label, known.labelled_by) == (8, reviewer)
    assert list(known.labels.order_by("id").values_list("value", "source")) == [("8", "reviewer"), ("3", "import")]


def test_a_label_that_says_what_is_known_adds_nothing(reviewer, tmp_path):
    known = keep(THREE)
    labels.record(submission=known, value="3", by=reviewer)
    assert "1 already there" in read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE}))
    assert known.labels.count() == 1


def test_a_later_import_corrects_an_earlier_one(tmp_path):
    read(unpacked(tmp_path / "first", {"8/a.png": BLACK_ON_WHITE}))
    assert "1 labelled anew" in read(unpacked(tmp_path / "second", {"3/a.png": BLACK_ON_WHITE}))
    assert Submission.objects.get().label == 3


def test_the_same_drawing_twice_in_a_file_is_kept_once(tmp_path):
    said = read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "3/b.png": TRANSPARENT}))
    assert said == "1 imported, 1 already there, 0 labelled anew, 0 refused\n"
    assert Label.objects.count() == 1


def test_the_same_drawing_with_two_labels_in_a_file_is_refused_the_second_time(tmp_path):
    path = unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "8/b.png": TRANSPARENT})
    assert refused(path) == ["8/b.png: the same drawing is labelled 3 before"]
    assert Submission.objects.get().label == 3


# However many.


def test_there_are_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "BATCH", 7)
    before = keep_all(30)
    run("export_dataset", tmp_path / "data")
    Submission.objects.all().delete()
    assert read(tmp_path / "data").startswith("30 imported")
    assert reviewed().digest == before


def test_large_pictures_make_small_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "BATCH_SIZE", 3000)
    before = keep_all(30)
    run("export_dataset", tmp_path / "data")
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
        run("export_dataset", tmp_path / "data.npz", "--force")
        if known:
            Submission.objects.update(review="waiting", label=None)
        else:
            Submission.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            read(tmp_path / "data.npz")
        counts.append(len(queries))
        Submission.objects.all().delete()
    assert counts[0] == counts[1] < (80 if known else 10)


# Refusals of one.


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("8/b.png", b"", "not a PNG, JPEG or WebP"),
        ("8/b.png", BLACK_ON_WHITE[:-100], "damaged"),
        ("8/b.png", BLANK, "Nothing is drawn"),
        ("8/b.gif", GIF, "GIF is not taken"),
        ("8/b.png", TOO_WIDE, "4097×8 pixels; at most"),
        ("8/b.png", BLACK_ON_WHITE + bytes(1024 * 1024), "bytes; at most 1,048,576 are taken"),
        ("ten/b.png", A_ONE, "its label 'ten' is not 0 to 9"),
        ("b.png", A_ONE, "its label '' is not 0 to 9"),
        ("10/b.png", A_ONE, "its label '10' is not 0 to 9"),
        ("٣/b.png", A_ONE, "its label '٣' is not 0 to 9"),
    ],
    ids=["empty", "cut off", "blank", "GIF", "wide", "large", "word", "root", "ten", "Arabic"],
)
@pytest.mark.parametrize("packed", [zipped, unpacked])
def test_a_picture_that_cannot_be_used_is_named_and_the_others_kept(packed, name, content, reason, tmp_path):
    path = packed(tmp_path / "data", {"3/a.png": BLACK_ON_WHITE, name: content, "7/c.png": A_SEVEN})
    said, complaint = run("import_dataset", path, "--format", "imagefolder")
    assert said == "2 imported, 0 already there, 0 labelled anew, 1 refused\n"
    (line,) = complaint.splitlines()
    assert line.startswith(f"{name}: ")
    assert reason in line
    assert sorted(Submission.objects.values_list("label", flat=True)) == [3, 7]


@pytest.mark.parametrize("name", ["../3/b.png", "/3/b.png", "3/../../3/b.png", "..\\3\\b.png"])
def test_a_path_that_leads_out_of_the_archive_is_refused(name, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, name: A_SEVEN})
    assert refused(path) == [f"{name.replace(chr(92), '/')}: its path leads out of the dataset"]
    assert Submission.objects.count() == 1
    assert sorted(tmp_path.rglob("*")) == [path]


@pytest.mark.parametrize(
    ("metadata", "complaint"),
    [
        (b"{", "metadata.jsonl, line 1: it is not JSON that names a file"),
        (b"[]", "metadata.jsonl, line 1: it is not JSON that names a file"),
        (b"{}", "metadata.jsonl, line 1: it is not JSON that names a file"),
        (b"[" * 100_000, "metadata.jsonl, line 1: it is not JSON that names a file"),
        (lines({"file_name": "3/b.png"}), "3/b.png: metadata.jsonl names it, but it is not there"),
        (lines({"file_name": "../3/a.png"}), "../3/a.png: metadata.jsonl names it, but it is not there"),
    ],
)
def test_metadata_that_make_no_sense_are_reported(metadata, complaint, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": metadata})
    said, refused = run("import_dataset", path)
    assert said == "1 imported, 0 already there, 0 labelled anew, 1 refused\n"
    assert refused == f"{complaint}\n"


def test_metadata_that_contradict_the_directory_are_refused(tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": lines({"file_name": "3/a.png", "label": 8})}
    assert refused(zipped(tmp_path / "data.zip", content)) == ["3/a.png: metadata.jsonl says that it is '8'"]


def test_metadata_of_any_length_do_not_stay_in_memory(tmp_path):
    content = {f"{name}.png": encode(draw()) for name in range(20)}
    long = {"label": "3" * 2**20, "digest": "d" * 2**20, "preprocessing": ["p" * 2**20]}
    content["metadata.jsonl"] = lines(*({"file_name": name} | long for name in content))
    path = zipped(tmp_path / "data.zip", content)
    tracemalloc.start()
    try:
        found = refused(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [f"{name}.png: its label '{'3' * 20}' is not 0 to 9" for name in range(20)]
    assert peak < 25 * 2**20, "a line of 3 MiB and what becomes of it; all of them would take 60"


def test_a_long_name_in_the_metadata_is_reported_in_short(tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": lines({"file_name": "b" * 10_000})}
    (line,) = refused(zipped(tmp_path / "data.zip", content))
    assert line == f"{'b' * 255}: metadata.jsonl names it, but it is not there"


METHODS = {"stored": 0, "deflate": 8}
RARE = {"bzip2": 12, "lzma": 14}  # they unpack to any size before they give a byte


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_damaged_entry_is_refused_and_the_others_kept(method, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN}, method)
    (line,) = refused(spoilt(path, "7/b.png", 100))
    assert line.startswith("7/b.png: it cannot be read: ")
    assert Submission.objects.get().label == 3


@pytest.mark.parametrize("method", RARE.values(), ids=RARE)
def test_what_is_packed_in_a_rare_way_is_refused_by_name(method, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": b"{}"}, method)
    assert refused(path) == [
        f"{name}: it cannot be read: it is packed by another method than deflate"
        for name in ("metadata.jsonl", "3/a.png")
    ]


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_damaged_metadata_are_refused_and_the_pictures_kept(method, tmp_path):
    facts = lines({"file_name": "3/a.png", "noise": np.random.default_rng(1).bytes(500).hex()})
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": facts}, method)
    (line,) = refused(spoilt(path, "metadata.jsonl", 100))
    assert line.startswith("metadata.jsonl: it cannot be read: ")
    assert Submission.objects.get().label == 3


def test_what_is_no_file_is_refused_and_never_opened(tmp_path):
    path = unpacked(tmp_path / "data", {"3/a.png": BLACK_ON_WHITE})
    for name in ("3/b.png", "metadata.jsonl"):
        os.mkfifo(path / name)
    for name, target in (("3/c.png", "nowhere"), ("3/d", "/dev/zero"), ("train.png", "train.png")):
        (path / name).symlink_to(target)
    assert refused(path) == [
        f"{name}: it cannot be read: it is no file"
        for name in ("metadata.jsonl", "3/b.png", "3/c.png", "3/d", "train.png")
    ]
    assert Submission.objects.get().label == 3


@pytest.mark.parametrize(
    ("number", "line", "reason"),
    [
        (2, row(THREE, 10), "its label '10' is not 0 to 9"),
        (2, row(THREE, -1), "its label '-1' is not 0 to 9"),
        (2, row(THREE, ""), "its label '' is not 0 to 9"),
        (2, row(THREE[:27], 3), "it has 757 columns, not 785"),
        (2, row(THREE, 3) + ",1", "it has 786 columns, not 785"),
        (2, row(THREE.astype(int) + 1, 3), "'256' is not a level from 0 to 255"),
        (2, row(THREE, 3)[:-1] + "x", "'x' is not a level from 0 to 255"),
        (2, row(np.zeros((28, 28), int), 3), "Nothing is drawn on the image."),
        (2, "1," * 100_000, "it has 8193 columns, not 785"),
        (2, "\0\xff", "it has 1 columns, not 785"),
    ],
    ids=["ten", "negative", "no label", "short", "long", "256", "x", "blank", "endless", "binary"],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_kept(number, line, reason, tmp_path):
    (first, label), (last, other) = drawn(2)
    path = table(tmp_path / "data.csv", row(first, label), line, row(last, other))
    assert refused(path) == [f"line {number}: {reason}"]
    assert Submission.objects.count() == 2


def test_an_image_of_an_array_that_cannot_be_used_is_named_and_the_others_kept(tmp_path):
    pixels = np.stack([THREE, np.zeros((28, 28), np.uint8), drawn(1)[0][0]])
    path = saved(tmp_path / "data.npz", pixels=pixels, labels=np.uint8([12, 1, drawn(1)[0][1]]))
    assert refused(path) == [
        "pixels.npy, image 0: its label '12' is not 0 to 9",
        "pixels.npy, image 1: Nothing is drawn on the image.",
    ]
    assert Submission.objects.count() == 1


def test_what_follows_where_a_file_breaks_off_is_refused_and_what_came_before_is_kept(tmp_path):
    pixels, digits = (np.array(each) for each in zip(*drawn(20), strict=True))
    idx(tmp_path, pixels, digits.astype(np.uint8))
    file = tmp_path / f"{IDX[0]}.gz"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    said, complaint = run("import_dataset", tmp_path)
    kept = Submission.objects.count()
    assert 5 < kept < 15
    assert said == f"{kept} imported, 0 already there, 0 labelled anew, {20 - kept} refused\n"
    (line,) = complaint.splitlines()
    assert line.startswith(f"{IDX[0]}.gz, images {kept} to 19: the file is damaged: ")


def shorten(path: Path, *missing: int) -> None:
    """Take that many bytes from the ends of the images and of the labels."""
    if path.is_dir():
        for name, n in zip(IDX, missing, strict=True):
            content = gzip.decompress((path / f"{name}.gz").read_bytes())
            (path / f"{name}.gz").write_bytes(gzip.compress(content[: len(content) - n]))
        return
    with zipfile.ZipFile(path) as archive:
        arrays = [(name, archive.read(name)) for name in ("pixels.npy", "labels.npy")]
    zipped(path, {name: array[: len(array) - n] for (name, array), n in zip(arrays, missing, strict=True)})


@pytest.mark.parametrize("layout", ["idx", "npz"])
@pytest.mark.parametrize(("missing", "kept"), [((1, 0), 19), ((3 * 784 + 1, 0), 16), ((0, 5), 15), ((1, 1), 19)])
def test_images_that_are_whole_and_have_a_label_are_kept_and_all_others_counted(layout, missing, kept, tmp_path):
    path = tmp_path / FILES[layout]
    keep_all(20)
    run("export_dataset", path)
    Submission.objects.all().delete()
    shorten(path, *missing)
    said, complaint = run("import_dataset", path)
    assert said == f"{kept} imported, 0 already there, 0 labelled anew, {20 - kept} refused\n"
    name = {"idx": f"{IDX[0]}.gz", "npz": "pixels.npy"}[layout]
    assert complaint == f"{name}, images {kept} to 19: the file is damaged: it breaks off\n"


@pytest.mark.parametrize("which", IDX)
def test_more_than_a_file_announces_is_reported(which, tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]))
    file = tmp_path / f"{which}.gz"
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()) + b"x"))
    assert refused(tmp_path) == [f"{which}.gz: it holds more than it announces"]
    assert Submission.objects.count() == 1


def test_a_file_whose_checksum_differs_is_reported(tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]))
    file = tmp_path / f"{IDX[0]}.gz"
    content = bytearray(file.read_bytes())
    content[-8] ^= 255
    file.write_bytes(content)
    (line,) = refused(tmp_path)
    assert line.startswith(f"{IDX[0]}.gz: the file is damaged: CRC check failed")


# Refusals of all.


def bomb(path: Path) -> Path:
    """Metadata without end, in a small file."""
    return zipped(
        path, {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": (lines({"file_name": "3/a.png"}) + b"\n") * 100_000}
    )


def pickled(path: Path) -> Path:
    np.savez(path, pixels=np.array([{}], object), labels=np.uint8([3]), allow_pickle=True)
    return path


def announcing(path: Path, *shape: int) -> Path:
    """An array whose head promises more than there is."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": shape})
    labels = io.BytesIO()
    np.lib.format.write_array_header_1_0(labels, {"descr": "|u1", "fortran_order": False, "shape": shape[:1]})
    return zipped(path, {"pixels.npy": head.getvalue(), "labels.npy": labels.getvalue()})


def headed(path: Path, head: str) -> Path:
    """An array with that for its head."""
    return zipped(path, {"pixels.npy": b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head.encode()})


def truncated(path: Path) -> Path:
    zipped(path, {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN})
    path.write_bytes(path.read_bytes()[:-30])
    return path


def narrow(path: Path) -> Path:
    return table(path, "label,pixel0,pixel1", "3,0,0")


def about(path: Path, content: bytes) -> Path:
    """An image with that as what is said of it."""
    return unpacked(idx(path, THREE[None], np.uint8([3])), {"dataset.json": content})


def repacked(path: Path) -> Path:
    """An archive of arrays that were packed with LZMA."""
    one(path)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    return zipped(path, content, RARE["lzma"])


def one(path: Path, **members: object) -> Path:
    return saved(path, **{"pixels": THREE[None], "labels": np.uint8([3])} | members)


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("data.zip", lambda path: path, "is missing"),
        ("data.parquet", lambda path: table(path, "PAR1"), r"ends neither in \.zip, \.npz nor \.csv"),
        ("data", lambda path: table(path, "hello"), r"ends neither in \.zip, \.npz nor \.csv"),
        ("data.zip", truncated, "is no ZIP archive, or was cut off"),
        ("data.zip", lambda path: table(path, "hello"), "is no ZIP archive, or was cut off"),
        ("data.zip", lambda path: zipped(path, {}), "holds no labelled picture"),
        ("data.zip", lambda path: zipped(path, {"README": b""}), "holds no labelled picture"),
        ("data.zip", bomb, r"metadata\.jsonl has more lines than there are files"),
        ("data", lambda path: unpacked(path, {"README": b""}), "holds no labelled picture"),
        ("data.csv", table, "holds no labelled picture"),
        ("data.csv", narrow, "has 3 columns, not a label and 28×28 levels"),
        ("data.npz", lambda path: table(path, "hello"), "is no ZIP archive, or was cut off"),
        ("data.npz", pickled, r"pixels\.npy is an array of object"),
        ("data.npz", lambda path: saved(path, x_train=THREE), r"holds x_train\.npy, no pixels\.npy"),
        ("data.npz", lambda path: one(path, pixels=np.float32([THREE])), r"pixels\.npy is an array of float32"),
        ("data.npz", lambda path: one(path, pixels=np.asfortranarray([THREE])), "not of uint8 row by row"),
        ("data.npz", lambda path: one(path, labels=np.array(["3"])), r"labels\.npy is an array of <U1"),
        ("data.npz", lambda path: one(path, pixels=THREE), r"have the shapes \(28, 28\) and \(1,\)"),
        ("data.npz", lambda path: one(path, labels=np.uint8([3, 4])), "holds 1 images, labels.npy 2 labels"),
        ("data.npz", lambda path: announcing(path, 1, 9999, 9999), "holds 1 images of 9999×9999 pixels"),
        ("data.npz", lambda path: announcing(path, 0, 28, 28), "holds 0 images"),
        ("data.npz", lambda path: announcing(path, -1, 28, 28), "holds -1 images"),
        ("data.npz", lambda path: zipped(path, {"pixels.npy": b"hello"}), r"pixels\.npy is damaged"),
        ("data.npz", repacked, r"pixels\.npy is damaged: it is packed"),
        ("data", lambda path: idx(path, THREE, np.uint8([3])), r"have the shapes \(28, 28\) and \(1,\)"),
        ("data", lambda path: idx(path, THREE[None], np.uint8([3, 4])), "holds 1 images, .* 2 labels"),
        ("data", lambda path: unpacked(path, {IDX[0]: b"\0\0\x0b\1\0\0\0\0"}), "is not an IDX file of bytes"),
        ("data", lambda path: unpacked(path, {IDX[0]: b""}), "is not an IDX file of bytes"),
        ("data", lambda path: unpacked(path, {IDX[0]: b"\x1f\x8bhello"}), "is damaged"),
        ("data", lambda path: unpacked(path, {IDX[0]: b"\0\0\x08\3" + bytes(12)}), "labels-idx1-ubyte is missing"),
        ("data", lambda path: about(path, b"["), r"dataset\.json is damaged"),
        ("data", lambda path: about(path, b"[]"), r"dataset\.json is damaged"),
        ("data", lambda path: about(path, b"[" * 100_000), r"dataset\.json is damaged"),
    ],
)
def test_a_file_that_is_no_dataset_is_refused(name, make, reason, tmp_path):
    with pytest.raises(CommandError, match=f"^{tmp_path / name}.*{reason}"):
        read(make(tmp_path / name))
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(
    "head",
    [
        "{'descr': (), 'fortran_order': False, 'shape': (1, 28, 28), }",
        "{'descr': ('|u1',), 'fortran_order': False, 'shape': (1, 28, 28), }",
        "{'descr': '|,1', 'fortran_order': False, 'shape': (1, 28, 28), }",
        "{[1]: 2}",
        "(" * 5000,
        "~" * 5000 + "1",
        "-" * 9000 + "1",
    ],
    ids=["no type", "half a type", "no name of a type", "unhashable", "open", "deep", "deeper"],
)
def test_an_array_whose_head_describes_none_is_refused(head, tmp_path):
    with pytest.raises(CommandError, match=r"data\.npz: pixels\.npy is damaged: its head describes no array"):
        read(headed(tmp_path / "data.npz", head))


def test_nothing_is_kept_of_a_pair_where_another_one_is_wrong(tmp_path):
    idx(tmp_path, THREE[None], np.uint8([3]), name="a")
    idx(tmp_path, THREE[None], np.uint8([3, 4]), name="b")
    with pytest.raises(CommandError, match=r"holds 1 images, b-labels-idx1-ubyte\.gz 2 labels"):
        read(tmp_path)
    assert Submission.objects.count() == 0


def test_what_a_terminal_would_take_for_a_command_is_not_printed(tmp_path):
    (line,) = refused(zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "8/\x1b[2J.png": b""}))
    assert line.startswith("8/�[2J.png: ")


share = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize("layout", LAYOUTS)
@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=share, places=st.lists(st.tuples(share, st.integers(0, 255)), max_size=4), rest=st.just(1) | share)
def test_a_file_that_is_damaged_anyhow_is_refused_or_read_and_nothing_breaks(layout, which, places, rest, tmp_path):
    Submission.objects.all().delete()
    for pixels, label in drawn(3):
        keep(pixels, label)
    path = tmp_path / FILES[layout]
    run("export_dataset", path, "--force")
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    file = files[int(which * len(files))]
    content = bytearray(file.read_bytes())
    for place, byte in places:
        content[int(place * len(content))] = byte
    file.write_bytes(content[: math.ceil(rest * len(content))])
    with contextlib.suppress(CommandError):
        run("import_dataset", path)
    assert 3 <= Submission.objects.count() <= 6


def test_an_array_that_promises_more_than_there_is_does_not_take_the_memory_for_it(tmp_path):
    (line,) = refused(announcing(tmp_path / "data.npz", 10**12, 28, 28))
    assert line == "pixels.npy, images 0 to 999999999999: the file is damaged: it breaks off"


def test_a_format_can_be_named_whatever_the_ending(tmp_path):
    assert read(table(tmp_path / "data.txt", row(THREE, 3)), "--format", "csv").startswith("1 imported")
    with pytest.raises(CommandError, match=r"data\.txt is not a directory: IDX files come in pairs"):
        read(tmp_path / "data.txt", "--format", "idx")
    with pytest.raises(CommandError, match=r"holds no images-idx3-ubyte, gzipped or not"):
        read(tmp_path, "--format", "idx")
    with pytest.raises(CommandError, match=r"cannot be read: .*Is a directory"):
        read(tmp_path, "--format", "csv")


# All or nothing.


def test_all_or_nothing_keeps_nothing_if_anything_is_refused_and_reports_it_all(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "BATCH", 1)
    known = keep(images.normalise(pictures.decode(A_ONE)))
    content = {"1/known.png": A_ONE, "3/a.png": BLACK_ON_WHITE, "8/b.png": b"", "9/c.png": BLANK, "7/d.png": A_SEVEN}
    out = io.StringIO()
    path = unpacked(tmp_path, content)
    with pytest.raises(CommandError, match=r"^Nothing was imported, as 2 were refused\.$"):
        call_command("import_dataset", str(path), "--all-or-nothing", stderr=out)
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == ["8/b.png", "9/c.png"]
    assert Submission.objects.get() == known
    assert Label.objects.count() == 0


def test_all_or_nothing_keeps_all_if_nothing_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "BATCH", 1)
    assert read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN}), "--all-or-nothing").startswith(
        "2 "
    )
    assert Submission.objects.count() == 2
