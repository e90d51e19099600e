"""Pictures in directories, packed or not: which are imported, and which are refused by name."""

import os

import pytest

from predictor.ml import images
from predictor.models import Submission
from predictor.services.datasets.imports import Outcome
from tests.drawings import A_ONE, A_SEVEN, BLACK_ON_WHITE, BLANK, GIF, TOO_WIDE, draw, encode
from tests.services.datasets.files import RARE, THREE, attempt, read, refused, spoilt, unpacked, zipped

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("packed", [zipped, unpacked])
def test_pictures_in_directories_are_normalised_and_kept_as_they_are(packed, tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "train/7/b.jpg": encode(draw([(60, 60), (200, 60), (130, 230)]), "JPEG")}
    path = packed(tmp_path / "data.zip", content | {"1/c.webp": encode(draw([(140, 50), (140, 230)]), "WEBP")})
    assert read(path, "imagefolder").imported == 3
    found = Submission.objects.get(label=3)
    assert bytes(found.image) == BLACK_ON_WHITE
    assert bytes(found.pixels) == THREE.tobytes()
    assert found.digest == images.digest(THREE)
    assert sorted(Submission.objects.values_list("label", flat=True)) == [1, 3, 7]


def test_hidden_files_and_files_that_are_not_pictures_are_ignored(tmp_path):
    content = {
        "3/a.png": BLACK_ON_WHITE,
        "README.md": b"hello",
        ".git/3/a.png": b"",
        "3/.DS_Store": b"",
        "__MACOSX/3/a.png": b"",
    }
    assert read(zipped(tmp_path / "data.zip", content)) == Outcome(imported=1, known=0, labelled=0, refused=0)


def test_links_to_files_are_followed_and_links_to_directories_are_not(tmp_path):
    others = unpacked(tmp_path / "others", {"a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN})
    path = unpacked(tmp_path / "data", {"3/README": BLACK_ON_WHITE})
    (path / "3" / "a.png").symlink_to(others / "a.png")
    (path / "7").symlink_to(others / "7")
    assert read(path) == Outcome(imported=1, known=1, labelled=0, refused=0)


# One picture is refused.


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("8/b.png", b"", "not a PNG, JPEG or WebP"),
        ("8/b.png", BLACK_ON_WHITE[:-100], "damaged"),
        ("8/b.png", BLANK, "Nothing is drawn"),
        ("8/b.gif", GIF, "GIF is not supported"),
        ("8/b.png", TOO_WIDE, "4097×8 pixels; the limits are"),
        ("8/b.png", BLACK_ON_WHITE + bytes(1024 * 1024), "bytes; the limit is 1,048,576"),
        ("ten/b.png", A_ONE, "its label 'ten' is not 0 to 9"),
        ("b.png", A_ONE, "its label '' is not 0 to 9"),
        ("10/b.png", A_ONE, "its label '10' is not 0 to 9"),
        ("٣/b.png", A_ONE, "its label '٣' is not 0 to 9"),
    ],
    ids=["empty", "cut off", "blank", "GIF", "wide", "large", "word", "root", "ten", "Arabic"],
)
@pytest.mark.parametrize("packed", [zipped, unpacked])
def test_a_bad_picture_is_named_and_the_others_are_imported(packed, name, content, reason, tmp_path):
    path = packed(tmp_path / "data", {"3/a.png": BLACK_ON_WHITE, name: content, "7/c.png": A_SEVEN})
    outcome, refusals = attempt(path, "imagefolder")
    assert outcome == Outcome(imported=2, known=0, labelled=0, refused=1)
    (line,) = refusals
    assert line.startswith(f"{name}: ")
    assert reason in line
    assert sorted(Submission.objects.values_list("label", flat=True)) == [3, 7]


@pytest.mark.parametrize("name", ["../3/b.png", "/3/b.png", "3/../../3/b.png", "..\\3\\b.png"])
def test_a_path_that_leads_out_of_the_archive_is_refused(name, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, name: A_SEVEN})
    assert refused(path) == [f"{name.replace(chr(92), '/')}: its path leads out of the dataset"]
    assert Submission.objects.count() == 1
    assert sorted(tmp_path.rglob("*")) == [path]


def test_what_is_not_a_file_is_refused_and_never_opened(tmp_path):
    path = unpacked(tmp_path / "data", {"3/a.png": BLACK_ON_WHITE})
    for name in ("3/b.png", "metadata.jsonl"):
        os.mkfifo(path / name)
    for name, target in (("3/c.png", "nowhere"), ("3/d", "/dev/zero"), ("train.png", "train.png")):
        (path / name).symlink_to(target)
    assert refused(path) == [
        f"{name}: it cannot be read: it is not a file"
        for name in ("metadata.jsonl", "3/b.png", "3/c.png", "3/d", "train.png")
    ]
    assert Submission.objects.get().label == 3


METHODS = {"stored": 0, "deflate": 8}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_damaged_entry_is_refused_and_the_others_are_imported(method, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN}, method)
    (line,) = refused(spoilt(path, "7/b.png", 100))
    assert line.startswith("7/b.png: it cannot be read: ")
    assert Submission.objects.get().label == 3


@pytest.mark.parametrize("method", RARE.values(), ids=RARE)
def test_rare_compression_methods_are_refused(method, tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": b"{}"}, method)
    assert refused(path) == [
        f"{name}: it cannot be read: its compression method is not deflate" for name in ("metadata.jsonl", "3/a.png")
    ]


def test_an_entry_without_a_name_does_no_harm(tmp_path):
    path = zipped(tmp_path / "data.zip", {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN})
    path.write_bytes(path.read_bytes().replace(b"7/b.png", b"\0/b.png"))  # `zipfile` cuts names at a NUL
    assert read(path).imported == 1
    assert Submission.objects.get().label == 3
