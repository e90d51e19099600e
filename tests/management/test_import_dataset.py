"""manage.py import_dataset"""

import io
import os

import pytest
from django.core.management import CommandError, call_command

from predictor.ml import images, pictures
from predictor.models import Label, Submission
from predictor.services.datasets import validation
from tests.datasets import FILES, LAYOUTS, keep, keep_all, run
from tests.drawings import A_ONE, A_SEVEN, BLACK_ON_WHITE, BLANK
from tests.services.datasets.files import THREE, row, table, unpacked

pytestmark = pytest.mark.django_db


def read(*arguments: object) -> str:
    """Its output, where nothing is refused."""
    said, refused = run("import_dataset", *arguments)
    assert refused == ""
    return said


@pytest.mark.parametrize("layout", LAYOUTS)
def test_everything_is_known_when_it_is_imported_again(layout, tmp_path):
    keep_all(3)
    run("export_dataset", tmp_path / FILES[layout])
    Submission.objects.all().delete()
    read(tmp_path / FILES[layout])
    assert read(tmp_path / FILES[layout]) == "0 imported, 3 already there, 0 newly labelled, 0 refused\n"
    assert Label.objects.count() == 3


def test_a_format_can_be_named_whatever_the_ending(tmp_path):
    assert read(table(tmp_path / "data.txt", row(THREE, 3)), "--format", "csv").startswith("1 imported")
    with pytest.raises(CommandError, match=r"data\.txt is not a directory: IDX files come in pairs"):
        read(tmp_path / "data.txt", "--format", "idx")
    with pytest.raises(CommandError, match=r"holds no images-idx3-ubyte, gzipped or not"):
        read(tmp_path, "--format", "idx")
    with pytest.raises(CommandError, match=r"cannot be read: .*Is a directory"):
        read(tmp_path, "--format", "csv")


@pytest.mark.parametrize("options", [(), *(("--format", layout) for layout in LAYOUTS)], ids=" ".join)
@pytest.mark.parametrize("name", FILES.values())
def test_a_pipe_or_a_device_is_refused(name, options, tmp_path):
    os.mkfifo(tmp_path / name)
    with pytest.raises(CommandError, match=f"^{tmp_path / name} is neither a file nor a directory"):
        read(tmp_path / name, *options)
    (tmp_path / f"link-{name}").symlink_to("/dev/zero")
    with pytest.raises(CommandError, match="is neither a file nor a directory"):
        read(tmp_path / f"link-{name}", *options)


def test_a_pipe_in_the_directory_of_idx_files_is_refused(tmp_path):
    keep_all(2)
    run("export_dataset", tmp_path / "data")
    (tmp_path / "data/dataset.json").unlink()
    os.mkfifo(tmp_path / "data/dataset.json")
    with pytest.raises(CommandError, match=r"dataset\.json is damaged: .*it is not a regular file"):
        read(tmp_path / "data")


def test_a_link_to_a_file_is_read(tmp_path):
    table(tmp_path / "data.csv", row(THREE, 3))
    (tmp_path / "link.csv").symlink_to("data.csv")
    assert read(tmp_path / "link.csv").startswith("1 imported")


def test_all_or_nothing_keeps_nothing_if_anything_is_refused_and_reports_it_all(tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "BATCH", 1)
    known = keep(images.normalise(pictures.decode(A_ONE)))
    content = {"1/known.png": A_ONE, "3/a.png": BLACK_ON_WHITE, "8/b.png": b"", "9/c.png": BLANK, "7/d.png": A_SEVEN}
    out = io.StringIO()
    path = unpacked(tmp_path, content)
    with pytest.raises(CommandError, match=r"^Nothing was imported: 2 refused\.$"):
        call_command("import_dataset", str(path), "--all-or-nothing", stderr=out)
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == ["8/b.png", "9/c.png"]
    assert Submission.objects.get() == known
    assert Label.objects.count() == 0


def test_all_or_nothing_keeps_all_if_nothing_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "BATCH", 1)
    assert read(unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN}), "--all-or-nothing").startswith(
        "2 "
    )
    assert Submission.objects.count() == 2


def test_it_fails_if_everything_was_refused_and_says_what_it_refused(tmp_path):
    out, err = io.StringIO(), io.StringIO()
    path = unpacked(tmp_path, {"8/b.png": b"", "9/c.png": BLANK})
    with pytest.raises(CommandError, match=r"^Nothing was imported: everything was refused\.$"):
        call_command("import_dataset", str(path), stdout=out, stderr=err)
    assert out.getvalue() == "0 imported, 0 already there, 0 newly labelled, 2 refused\n"
    assert [line.split(":")[0] for line in err.getvalue().splitlines()] == ["8/b.png", "9/c.png"]


def test_it_does_not_fail_if_what_was_not_refused_is_known(tmp_path):
    keep(THREE, 3)
    said, complaint = run("import_dataset", unpacked(tmp_path, {"3/a.png": BLACK_ON_WHITE, "9/c.png": BLANK}))
    assert said == "0 imported, 1 already there, 0 newly labelled, 1 refused\n"
    assert complaint.startswith("9/c.png: ")
