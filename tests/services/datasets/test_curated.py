"""Datasets that people and systems have changed since they were written."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from predictor.models import Submission
from predictor.services.datasets.imports import Outcome, import_dataset
from predictor.services.learning.reviewed import reviewed
from tests.datasets import export, keep, keep_all
from tests.drawings import A_ONE, A_SEVEN, BLACK_ON_WHITE
from tests.services.datasets.files import THREE, attempt, lines, read, unpacked, zipped

pytestmark = pytest.mark.django_db

LEFT_BEHIND = [
    "3/Thumbs.db",
    "3/thumbs.db",
    "3/Thumbs.db:encryptable",
    "3/ehthumbs.db",
    "3/ehthumbs_vista.db",
    "3/desktop.ini",
    "3/Desktop.ini",
    "3/.DS_Store",
    "3/._a.png",
    "3/.git/a.png",
    "3/Icon\r",
    "3/a.png:Zone.Identifier",
    "3/a.png\uf03aZone.Identifier",
    "3/Icon\uf00d",
    "3/Picasa.ini",
    "#snapshot/3/a.png",
    "3/~$notes.docx",
    "__MACOSX/3/._a.png",
    "__MACOSX/3/a.png",
    "@eaDir/3/a.png",
    "$RECYCLE.BIN/3/a.png",
    "System Volume Information/3/a.png",
    "lost+found/3/a.png",
    ".Trash-1000/3/a.png",
    ".ipynb_checkpoints/3/a-checkpoint.png",
    "desktop.ini",
]


def exported(path: Path, **options: bool) -> Path:
    """Our export, unpacked; the database is empty then."""
    export(path.with_suffix(".zip"), **options)
    with zipfile.ZipFile(path.with_suffix(".zip")) as archive:
        archive.extractall(path)
    Submission.objects.all().delete()
    return path


def test_deleted_pictures_are_named_and_the_others_are_imported(tmp_path):
    keep_all(10)
    path = exported(tmp_path / "data")
    gone = sorted(path.rglob("*.png"))[2::3]
    for picture in gone:
        picture.unlink()
    outcome, refusals = attempt(path)
    assert outcome == Outcome(imported=7, known=0, labelled=0, refused=3)
    named = sorted(f"{picture.relative_to(path)}: metadata.jsonl names it, but it is not there" for picture in gone)
    assert sorted(refusals) == named


def test_all_but_one_may_be_deleted(tmp_path):
    keep_all(30)
    path = exported(tmp_path / "data")
    for picture in sorted(path.rglob("*.png"))[1:]:
        picture.unlink()
    outcome, refusals = attempt(path)
    assert (outcome.imported, len(refusals)) == (1, 29)


def test_pictures_may_be_deleted_from_an_archive(tmp_path):
    keep_all(30)
    path = exported(tmp_path / "data")
    (one, *_) = sorted(path.rglob("*.png"))
    content = {str(file.relative_to(path)): file.read_bytes() for file in (one, path / "metadata.jsonl")}
    outcome, refusals = attempt(zipped(tmp_path / "fewer.zip", content))
    assert (outcome.imported, len(refusals)) == (1, 29)


def test_a_picture_that_was_moved_to_another_digit_is_imported_as_that(tmp_path):
    keep(THREE, 3)
    path = exported(tmp_path / "data")
    (picture,) = path.rglob("*.png")
    (path / "8").mkdir()
    picture.rename(path / "8" / picture.name)
    outcome, refusals = attempt(path)
    assert (outcome.imported, len(refusals)) == (1, 1)
    assert Submission.objects.get().label == 8


@pytest.mark.parametrize("name", LEFT_BEHIND)
@pytest.mark.parametrize("packed", [zipped, unpacked])
def test_files_that_systems_leave_behind_are_ignored(packed, name, tmp_path):
    path = packed(tmp_path / "data", {"3/a.png": BLACK_ON_WHITE, name: b"\0\0\0\1Bud1"})
    outcome = import_dataset(path, layout="imagefolder", all_or_nothing=True, report=pytest.fail)
    assert outcome == Outcome(imported=1, known=0, labelled=0, refused=0)


@pytest.mark.parametrize("name", ["3/thumbs.png", "3/desktop.png", "3/__MACOSX.png", "3/a.b.png"])
def test_a_picture_with_a_similar_name_is_read(name, tmp_path):
    assert read(unpacked(tmp_path / "data", {"3/a.png": BLACK_ON_WHITE, name: BLACK_ON_WHITE})).known == 1


def test_a_dataset_in_a_hidden_directory_is_read(tmp_path):
    assert read(unpacked(tmp_path / ".cache" / "data", {"3/a.png": BLACK_ON_WHITE})).imported == 1


@pytest.mark.parametrize("label", [3, 3.0, "3", "3.0", " 3 ", "3.", "3\n", "3.000e+00"])
def test_a_label_in_the_metadata_may_have_gone_through_a_spreadsheet(label, tmp_path):
    content = {"all/a.png": BLACK_ON_WHITE, "3/b.png": A_ONE}
    content["metadata.jsonl"] = lines(*({"file_name": name, "label": label} for name in content))
    assert read(zipped(tmp_path / "data.zip", content)).imported == 2
    assert set(Submission.objects.values_list("label", flat=True)) == {3}


@pytest.mark.parametrize("label", [7.5, float("nan"), "", "nan", "07", "7,0", True, [7], "Ⅶ", "７"])
def test_an_invalid_label_in_the_metadata_is_refused_by_name(label, tmp_path):
    content = {"all/a.png": A_SEVEN, "3/b.png": BLACK_ON_WHITE}
    content["metadata.jsonl"] = lines({"file_name": "all/a.png", "label": label})
    outcome, refusals = attempt(zipped(tmp_path / "data.zip", content))
    assert refusals == [f"all/a.png: its label {str(label)!r} is not 0 to 9"]
    assert outcome.imported == 1


def test_contradictory_labels_in_the_metadata_are_no_label(tmp_path):
    content = {"all/a.png": A_SEVEN, "all/b.png": BLACK_ON_WHITE}
    said = [("all/a.png", 7), ("all/b.png", 3), ("all/a.png", 1), ("all/b.png", "3.0")]
    content["metadata.jsonl"] = lines(*({"file_name": name, "label": label} for name, label in said))
    outcome, refusals = attempt(zipped(tmp_path / "data.zip", content))
    assert refusals == ["all/a.png: its label '7 and 1' is not 0 to 9"]
    assert outcome.imported == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r\n\r\n"])
def test_metadata_may_have_gone_through_windows(encoding, ends, tmp_path):
    rows = ({"file_name": f"all\\{name}.png", "label": label} for name, label in (("a", 7), ("b", 3)))
    metadata = ends.join([*map(json.dumps, rows), "", ""]).encode(encoding)
    path = unpacked(tmp_path, {"all/a.png": A_SEVEN, "all/b.png": BLACK_ON_WHITE, "metadata.jsonl": metadata})
    assert read(path).imported == 2
    assert sorted(Submission.objects.values_list("label", flat=True)) == [3, 7]


def test_pixels_of_a_table_of_ours_that_went_through_pandas_stay_as_they_are(tmp_path):
    noise = np.random.default_rng(1).integers(0, 255, (28, 28), np.uint8)
    keep(noise, 3)
    before = reviewed().digest
    export(tmp_path / "data.csv")
    Submission.objects.all().delete()
    head, row = (tmp_path / "data.csv").read_text().splitlines()
    *levels, name, preprocessing = row.split(",")
    cells = [*(f"{level}.0" for level in levels), name, f"{preprocessing}.0"]
    (tmp_path / "data.csv").write_text(f",{head}\n0,{','.join(cells)}\n")
    read(tmp_path / "data.csv")
    assert reviewed().digest == before


def test_each_directory_may_have_metadata_of_its_own(tmp_path):
    content = {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN}
    content["3/metadata.jsonl"] = lines({"file_name": "a.png", "label": 3})
    content["7/metadata.jsonl"] = lines({"file_name": "b.png", "label": 7})
    assert read(unpacked(tmp_path / "data", content)).imported == 2
