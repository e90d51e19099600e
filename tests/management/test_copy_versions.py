"""manage.py copy_versions"""

import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from predictor.ml import artifacts, files
from predictor.ml.champions import promote, read_champions
from tests.conftest import SHIPPED


def copy(source: Path) -> str:
    out = io.StringIO()
    call_command("copy_versions", str(source), stdout=out)
    return out.getvalue()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for version in (1, 2):
        shutil.copytree(SHIPPED / f"svm/v{version}", tmp_path / f"image/svm/v{version}")
    promote(tmp_path / "image", {"svm": 1})
    return tmp_path / "image"


def test_an_empty_directory_gets_all_versions_and_the_champions(models_dir, source):
    assert copy(source) == "Versions copied: svm v1, svm v2\n"
    assert artifacts.published_versions(models_dir, "svm") == [1, 2]
    assert read_champions(models_dir) == {"svm": 1}
    assert copy(source) == "Versions copied: none\n"


def test_what_is_there_stays_and_what_was_deleted_does_not_come_back(models_dir, source):
    copy(source)
    promote(models_dir, {"svm": 2})
    artifacts.delete(models_dir, "svm", 1)
    card = models_dir / "svm/v2/card.md"
    card.write_text("ours")
    shutil.copytree(SHIPPED / "svm/v3", source / "svm/v3")
    assert copy(source) == "Versions copied: svm v3\n"
    assert artifacts.published_versions(models_dir, "svm") == [2, 3]
    assert card.read_text() == "ours"
    assert read_champions(models_dir) == {"svm": 2}


@pytest.mark.parametrize("is_same", [True, False])
def test_a_version_gets_its_weights_only_if_it_is_the_same(models_dir, source, is_same):
    for place in (source, models_dir):
        shutil.copytree(SHIPPED / "mlp/v3", place / "mlp/v3")
    (models_dir / "mlp/v3" / artifacts.WEIGHTS).unlink()
    if not is_same:
        (source / "mlp/v3" / artifacts.SIDECAR).write_text("{}")
    copy(source)
    assert (models_dir / "mlp/v3" / artifacts.WEIGHTS).exists() == is_same


def test_a_copy_that_fails_leaves_nothing_half_done(models_dir, source, monkeypatch):
    def fail(path: Path, content: bytes) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(files, "write", fail)
    with pytest.raises(CommandError, match="No space left"):
        copy(source)
    assert artifacts.published_versions(models_dir, "svm") == []
    assert not list(models_dir.glob("svm/.new-*"))


def test_a_directory_that_does_not_exist_is_named(models_dir, tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        copy(tmp_path / "nowhere")
