"""Strokes and pictures of our own exports, as `evaluate` reads them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.training.data.folders import read_folder
from predictor.training.data.strokes import draw, read_strokes
from predictor.training.errors import DatasetError
from tests import drawings

LINE = [[140, 50, 0], [140, 230, 17]]


def row(name: str, label: object, strokes: object) -> dict[str, Any]:
    return {"file_name": name, "label": label, "id": "6f0c", "source": "page", "strokes": strokes}


def sketch(*lines: object, size: tuple[float, float] = (280, 280)) -> dict[str, object]:
    return {"size": size, "pen": 18, "lines": lines}


ROWS = [
    row("1/a.png", "1", sketch(LINE, [])),
    row("3/b.png", "3.0", sketch([[x, y] for x, y in drawings.THREE])),
    row("7/c.png", "7", None),
    row("7/d.png", "7", sketch([], [])),
    row("7/e.png", "7", sketch([[400, 400]])),
    row("x/f.png", "x", sketch(LINE)),
]


def export(path: Path, rows: list[dict[str, Any]] = ROWS, *, form: str = "zip") -> Path:
    files = {each["file_name"]: drawings.A_ONE for each in rows}
    files["metadata.jsonl"] = "".join(f"{json.dumps(each)}\n" for each in rows).encode()
    with zipfile.ZipFile(path.with_suffix(".zip"), "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        if form == "zip":
            return path.with_suffix(".zip")
        archive.extractall(path)
    return path if form == "folder" else path / "metadata.jsonl"


@pytest.mark.parametrize("form", ["zip", "folder", "metadata"])
def test_strokes_of_an_export_are_read_and_what_is_left_out_is_counted(form, tmp_path):
    said: list[str] = []
    path = export(tmp_path / "data", form=form)
    found = read_strokes(path, said.append)
    assert [(drawing.label, drawing.writer, len(drawing.lines)) for drawing in found] == [(1, "", 1), (3, "", 1)]
    assert found[0].lines[0] == pytest.approx(np.array([[0.5, 5 / 28], [0.5, 23 / 28]]))
    assert said == [
        f"{path}: 3 drawings are left out, as they have no strokes.",
        f"{path}: 1 drawings are left out, as they are not digits.",
    ]
    assert draw(found).labels.tolist() == [1, 3]


@pytest.mark.parametrize(
    ("size", "expected"), [((100, 50), (0.5, 0.5)), ((50, 100), (0.5, 0.5)), ((50, 50), (0.5, 0.5))]
)
def test_a_canvas_that_is_not_square_lies_in_the_middle_of_one(size, expected, tmp_path):
    middle = [[size[0] / 2, size[1] / 2]]
    (found,) = read_strokes(export(tmp_path / "data", [row("1/a.png", "1", sketch(middle, size=size))]))
    assert found.lines[0].tolist() == [list(expected)]


def test_drawings_whose_pictures_were_deleted_are_left_out(tmp_path):
    path = export(tmp_path / "data", form="folder")
    (path / "1" / "a.png").unlink()
    said: list[str] = []
    assert [drawing.label for drawing in read_strokes(path, said.append)] == [3]
    assert f"{path}: 1 drawings are left out, as they have no picture there any more." in said


@pytest.mark.parametrize(
    "strokes",
    [[], "lines", {"size": [280], "lines": [LINE]}, {"lines": [LINE]}, sketch(LINE, size=(0, 0)), sketch([[None, 2]])],
    ids=str,
)
def test_strokes_of_another_form_are_named_by_their_line(strokes, tmp_path):
    path = export(tmp_path / "data", [ROWS[0], row("1/b.png", "1", strokes)])
    if not strokes:
        assert len(read_strokes(path)) == 1
    else:
        with pytest.raises(DatasetError, match=r"data\.zip, line 2: "):
            read_strokes(path)


def test_an_export_without_strokes_holds_none(tmp_path):
    with pytest.raises(DatasetError, match="holds no drawing of a digit with strokes"):
        read_strokes(export(tmp_path / "data", [{"file_name": "1/a.png", "label": "1"}]))


def test_an_archive_or_a_folder_without_metadata_is_no_export(tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        archive.writestr("1/a.png", b"")
    with pytest.raises(DatasetError, match=r"data\.zip holds no metadata\.jsonl"):
        read_strokes(tmp_path / "data.zip")
    with pytest.raises(DatasetError, match=r"metadata\.jsonl is missing"):
        read_strokes(tmp_path)


# Pictures.


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_pictures_of_an_export_are_read_and_what_is_not_a_digit_is_left_out(form, tmp_path):
    said: list[str] = []
    found = read_folder(export(tmp_path / "data", form=form), said.append)
    assert found.labels.tolist() == [1, 3, 7, 7, 7]
    assert [line.split(":", 1)[1] for line in said] == [" 1 pictures are left out, as they are not digits."]


@pytest.mark.parametrize("form", ["zip", "folder"])
@pytest.mark.parametrize(
    "name",
    [
        "1/metadata.jsonl",
        "1/Thumbs.db",
        "1/desktop.ini",
        "1/._a.png",
        "__MACOSX/1/._a.png",
        "@eaDir/1/a.png",
        ".git/1/a.png",
    ],
)
def test_what_systems_leave_behind_is_passed_over(form, name, tmp_path):
    path = export(tmp_path / "data", [*ROWS[:1], row(name, "1", None)], form=form)
    assert read_folder(path).labels.tolist() == [1]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_picture_that_is_damaged_in_an_archive_is_named(method, tmp_path):
    with zipfile.ZipFile(tmp_path / "data.zip", "w", method) as archive:
        archive.writestr("1/a.png", drawings.A_ONE)
    content = bytearray((tmp_path / "data.zip").read_bytes())
    content[100] ^= 255
    (tmp_path / "data.zip").write_bytes(content)
    with pytest.raises(DatasetError, match=r"data\.zip/1/a\.png cannot be read: "):
        read_folder(tmp_path / "data.zip")


def test_a_file_that_is_no_archive_is_named(tmp_path):
    (tmp_path / "data.zip").write_bytes(io.BytesIO(b"PK").getvalue())
    with pytest.raises(DatasetError, match=r"data\.zip is not a folder, nor a ZIP archive that can be read"):
        read_folder(tmp_path / "data.zip")
