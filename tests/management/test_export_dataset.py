"""manage.py export_dataset: it writes a whole dataset or none."""

import os
from pathlib import Path

import pytest
from django.core.management import CommandError

from predictor.ml.files import replacing
from tests import disk
from tests.datasets import FILES, LAYOUTS, drawn, files, keep, keep_all, read, run

pytestmark = pytest.mark.django_db


def export(*arguments: object) -> str:
    return run("export_dataset", *arguments)[0]


def test_it_says_where_it_wrote_how_many_drawings(tmp_path):
    keep_all(3)
    assert export(tmp_path / "data.zip") == f"{tmp_path}/data.zip: 3 drawings\n"


def test_a_format_can_be_named_whatever_the_ending(tmp_path):
    keep_all(2)
    export(tmp_path / "data.dat", "--format", "csv")
    assert (tmp_path / "data.dat").read_text().startswith("label,")
    export(tmp_path / "data.d", "--format", "idx")
    assert (tmp_path / "data.d").is_dir()


# Refusals.


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_labelled_drawings_it_fails_and_writes_nothing(layout, tmp_path):
    with pytest.raises(CommandError, match=r"^No drawing is labelled a digit\.$"):
        export(tmp_path / FILES[layout])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_existing_file_is_replaced_only_with_force(layout, tmp_path):
    keep_all(2)
    path = tmp_path / FILES[layout]
    export(path)
    before = files(tmp_path)
    keep_all_others()
    with pytest.raises(CommandError, match=f"^{path}.* already exists"):
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
def test_on_a_full_disk_only_the_existing_files_stay(layout, tmp_path):
    keep_all(40)
    path = tmp_path / FILES[layout]
    export(path)
    before = files(tmp_path)
    with disk.full(after=1000), pytest.raises(CommandError, match=f"^{path} cannot be written: .*File too large"):
        export(path, "--force")
    assert files(tmp_path) == before


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("force", [(), ("--force",)], ids=["", "forced"])
@pytest.mark.parametrize("target", ["a file", "a directory", "nothing"])
def test_a_link_is_refused_and_neither_it_nor_its_target_changes(layout, force, target, tmp_path):
    keep_all(2)
    elsewhere = tmp_path / "elsewhere"
    if target == "a directory":
        elsewhere.mkdir()
    elif target == "a file":
        elsewhere.write_text("mine")
    path = tmp_path / FILES[layout]
    path.symlink_to(elsewhere)
    before = files(tmp_path)
    with pytest.raises(CommandError, match=f"^{path} is a symbolic link: name the (file|directory) itself"):
        export(path, *force)
    assert path.is_symlink()
    assert files(tmp_path) == before


def test_a_link_in_the_directory_of_the_idx_files_is_refused_too(tmp_path):
    keep_all(2)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train-labels-idx1-ubyte.gz").symlink_to(tmp_path / "notes.txt")
    with pytest.raises(CommandError, match=r"labels-idx1-ubyte\.gz is a symbolic link: name the file itself"):
        export(tmp_path / "data", "--force")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(list((tmp_path / "data").iterdir())) == 1


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["", "forced"])
@pytest.mark.parametrize("layout", ["imagefolder", "npz", "csv"])
def test_a_pipe_is_refused_and_stays(layout, force, tmp_path):
    keep_all(2)
    path = tmp_path / FILES[layout]
    os.mkfifo(path)
    with pytest.raises(CommandError, match=f"^{path} is not a regular file"):
        export(path, *force)
    assert list(tmp_path.iterdir()) == [path]
    assert path.is_fifo()


def test_a_device_is_refused(tmp_path):
    keep_all(2)
    with pytest.raises(CommandError, match=r"^/dev/null is not a regular file"):
        export("/dev/null", "--force", "--format", "csv")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_an_export_that_was_killed_has_left_is_swept(layout, tmp_path):
    keep_all(2)
    path = tmp_path / FILES[layout]
    export(path)
    before = files(tmp_path)
    written = path / "dataset.json" if layout == "idx" else path
    written.with_name(f".{written.name}.0a1b2c3d.new").write_text("half")
    export(path, "--force")
    assert files(tmp_path) == before


def test_what_another_export_is_writing_is_not_swept(tmp_path):
    keep_all(2)
    path = tmp_path / "data.csv"
    with replacing([path]) as (other,):
        export(path)
        other.write(b"theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("option", ["--with-not-a-digit", "--with-strokes"])
@pytest.mark.parametrize("layout", ["npz", "idx", "csv"])
def test_what_a_format_cannot_hold_is_refused(layout, option, tmp_path):
    keep_all(2)
    with pytest.raises(CommandError, match="Only an imagefolder can hold"):
        export(tmp_path / FILES[layout], option)


def test_an_unknown_ending_is_refused(tmp_path):
    keep_all(2)
    with pytest.raises(CommandError, match=r"data\.parquet does not end in \.zip, \.npz or \.csv: name its format"):
        export(tmp_path / "data.parquet")


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    keep_all(2)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match=r"data\.zip cannot be written: .*file'"):
        export(tmp_path / "file" / "data.zip")
    (tmp_path / "directory.zip").mkdir()
    with pytest.raises(CommandError, match=r"directory\.zip cannot be written: .*Is a directory"):
        export(tmp_path / "directory.zip", "--force")
