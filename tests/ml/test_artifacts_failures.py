"""A publication that fails leaves nothing behind."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from predictor.ml import artifacts
from predictor.ml.artifacts import Sidecar
from predictor.ml.champions import promote

from . import tiny

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "/etc/a", "../a", "a\0b", "model.onnx", "sidecar.json"]
)
def test_a_document_with_a_bad_name_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a document"):
        artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), lambda _: {"card.md": b"", name: b"content"})
    assert tiny.files_below(tmp_path) == {}
    assert not list(tmp_path.glob("svm/*"))


def test_an_error_while_making_documents_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    before = tiny.files_below(tmp_path)

    def documents(_: Sidecar) -> dict[str, bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), documents)
    assert tiny.files_below(tmp_path) == before
    assert [path.name for path in (tmp_path / "svm").iterdir()] == ["v1"]
    assert tiny.publish(tmp_path).version == 2


def test_an_artifact_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    promote(tmp_path, {"svm": 1})
    before = tiny.files_below(tmp_path)
    with pytest.raises(TypeError):
        artifacts.publish(tmp_path, tiny.sidecar(), "not bytes")  # type: ignore[arg-type]
    assert tiny.files_below(tmp_path) == before
    assert [path.name for path in (tmp_path / "svm").iterdir()] == ["v1"]


def test_a_sidecar_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    before = tiny.files_below(tmp_path)
    with pytest.raises(TypeError):
        tiny.publish(tmp_path, metrics={"a set": {1}})
    assert tiny.files_below(tmp_path) == before
    assert [path.name for path in (tmp_path / "svm").iterdir()] == ["v1"]


def test_a_file_in_place_of_the_directory_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "svm").write_text("a file")
    with pytest.raises(OSError, match="svm"):
        tiny.publish(tmp_path)
    assert tiny.files_below(tmp_path) == {"svm": b"a file"}


def on_a_full_disk(statement: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a statement in a process that cannot write a file of more than ten bytes."""
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from predictor.ml import artifacts\n"
        "root = Path(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        f"try: {statement}\n"
        "except OSError as error: print('OSError', error.strerror)\n"
    )
    run = partial(subprocess.run, capture_output=True, text=True, check=True, cwd=PROJECT)
    return run([sys.executable, "-c", program, str(root)])


def test_publishing_on_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    promote(tmp_path, {"svm": 1})
    before = tiny.files_below(tmp_path)
    again = (
        "artifacts.publish(root, artifacts.read_sidecar(root / 'svm/v1'), (root / 'svm/v1/model.onnx').read_bytes())"
    )
    assert on_a_full_disk(again, tmp_path).stdout == "OSError File too large\n"
    assert tiny.files_below(tmp_path) == before
    assert tiny.publish(tmp_path).version == 2, "and the next one is published as usual"
