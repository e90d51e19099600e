"""Publishing and promoting: what a reader finds after success, refusal, a full disk and a race."""

import dataclasses
import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.ml import artifacts, runtime
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.errors import ArtifactError
from predictor.ml.registry import Registry

from . import tiny

PROJECT = Path(__file__).parents[2]


def written(root: Path) -> dict[str, bytes]:
    """Every file below `root` but the lock."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def edit_sidecar(directory: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    path = directory / artifacts.SIDECAR
    fields = json.loads(path.read_bytes())
    edit(fields)
    path.write_text(json.dumps(fields))


# It works.


def test_what_was_published_is_read_back_as_it_was(tmp_path: Path) -> None:
    published = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    found = artifacts.read_sidecar(directory)
    assert sorted(written(tmp_path)) == ["svm/v1/model.onnx", "svm/v1/sidecar.json"]
    assert artifacts.read_artifact(directory, found) == tiny.artifact()
    assert found.to_json() == published.to_json()
    assert np.array_equal(found.selftest.pixels, tiny.PIXELS)
    assert np.array_equal(found.selftest.probabilities, published.selftest.probabilities)


def test_every_field_of_a_sidecar_survives_json() -> None:
    sidecar = tiny.sidecar()
    found = Sidecar.from_json(json.loads(json.dumps(sidecar.to_json())))
    for field in dataclasses.fields(Sidecar):
        if field.name != "selftest":
            assert getattr(found, field.name) == getattr(sidecar, field.name)
    assert found.selftest.pixels.dtype == np.uint8
    assert found.selftest.probabilities.dtype == np.float32
    assert np.array_equal(found.selftest.probabilities, sidecar.selftest.probabilities)


def test_versions_are_numbered_in_the_order_of_publication_for_each_kind(tmp_path: Path) -> None:
    versions = [tiny.publish(tmp_path, kind, version=77).version for kind in ("svm", "svm", "cnn", "svm")]
    assert versions == [1, 2, 1, 3]
    assert artifacts.published_versions(tmp_path, "svm") == [1, 2, 3]
    assert artifacts.published_versions(tmp_path, "cnn") == [1]
    assert artifacts.published_versions(tmp_path, "mlp") == []


def test_the_version_after_9_is_10_and_after_10_is_11(tmp_path: Path) -> None:
    for version in (2, 9, 10):
        artifacts.version_directory(tmp_path, "svm", version).mkdir(parents=True)
    assert artifacts.published_versions(tmp_path, "svm") == [2, 9, 10]
    assert tiny.publish(tmp_path).version == 11


def test_what_is_no_version_is_not_counted(tmp_path: Path) -> None:
    for name in ("v1", ".new-abc", "vx", "v", "old"):
        (tmp_path / "svm" / name).mkdir(parents=True)
    (tmp_path / "svm" / "v5").write_text("a file")
    assert artifacts.published_versions(tmp_path, "svm") == [1]


def test_publishing_leaves_the_champions_as_they_are(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    artifacts.promote(tmp_path, {"svm": 1})
    tiny.publish(tmp_path)
    assert artifacts.read_champions(tmp_path) == {"svm": 1}


def test_a_published_version_can_be_read_by_other_users(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    assert artifacts.version_directory(tmp_path, "svm", 1).stat().st_mode & 0o777 == 0o755


def test_promoting_changes_the_named_kinds_and_keeps_the_others(tmp_path: Path) -> None:
    for kind in ("cnn", "svm", "svm"):
        tiny.publish(tmp_path, kind)
    artifacts.promote(tmp_path, {"cnn": 1, "svm": 1})
    artifacts.promote(tmp_path, {"svm": 2})
    assert artifacts.read_champions(tmp_path) == {"cnn": 1, "svm": 2}


def test_where_nothing_was_promoted_there_are_no_champions(tmp_path: Path) -> None:
    assert artifacts.read_champions(tmp_path) == {}
    assert artifacts.read_champions(tmp_path / "nowhere") == {}


# Documents.


def test_documents_are_published_with_the_version_whose_number_they_know(tmp_path: Path) -> None:
    def documents(sidecar: Sidecar) -> dict[str, bytes]:
        return {"card.md": f"{sidecar.kind} v{sidecar.version}".encode(), "confusion.png": b"\x89PNG"}

    for _ in range(2):
        artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), documents)
    files = written(tmp_path)
    assert files["svm/v1/card.md"] == b"svm v1"
    assert files["svm/v2/card.md"] == b"svm v2"
    assert files["svm/v2/confusion.png"] == b"\x89PNG"
    assert len(files) == 8


def test_a_version_with_documents_answers_as_one_without(tmp_path: Path) -> None:
    artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), lambda _: {"card.md": b"# A card", "a.json": b"{"})
    artifacts.promote(tmp_path, {"svm": 1})
    champions = Registry(tmp_path).champions()
    assert champions.classifiers["svm"].version == 1
    assert runtime.load(artifacts.version_directory(tmp_path, "svm", 1)).version == 1


def test_documents_are_written_while_no_reader_sees_the_version(tmp_path: Path) -> None:
    def documents(sidecar: Sidecar) -> dict[str, bytes]:
        assert artifacts.published_versions(tmp_path, "svm") == []
        return {"card.md": b""}

    artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), documents)
    assert artifacts.published_versions(tmp_path, "svm") == [1]


# A failure leaves nothing behind.


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "/etc/a", "../a", "a\0b", "model.onnx", "sidecar.json"]
)
def test_a_document_whose_name_is_no_plain_one_of_its_own_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be the name of a document"):
        artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), lambda _: {"card.md": b"", name: b"content"})
    assert written(tmp_path) == {}
    assert list((tmp_path / "svm").iterdir()) == []


def test_documents_that_cannot_be_made_leave_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    before = written(tmp_path)

    def documents(_: Sidecar) -> dict[str, bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), documents)
    assert written(tmp_path) == before
    assert [path.name for path in (tmp_path / "svm").iterdir()] == ["v1"]
    assert tiny.publish(tmp_path).version == 2


def test_an_artifact_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    artifacts.promote(tmp_path, {"svm": 1})
    before = written(tmp_path)
    with pytest.raises(TypeError):
        artifacts.publish(tmp_path, tiny.sidecar(), "no bytes")  # type: ignore[arg-type]
    assert written(tmp_path) == before
    assert [path.name for path in (tmp_path / "svm").iterdir()] == ["v1"]


def test_a_sidecar_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    before = written(tmp_path)
    with pytest.raises(TypeError):
        tiny.publish(tmp_path, metrics={"a set": {1}})
    assert written(tmp_path) == before
    assert [path.name for path in (tmp_path / "svm").iterdir()] == ["v1"]


def test_a_file_where_the_directory_should_be_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "svm").write_text("a file")
    with pytest.raises(OSError, match="svm"):
        tiny.publish(tmp_path)
    assert written(tmp_path) == {"svm": b"a file"}


def on_a_full_disk(statement: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run a statement in a process that cannot make a file longer than ten bytes."""
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
    artifacts.promote(tmp_path, {"svm": 1})
    before = written(tmp_path)
    again = (
        "artifacts.publish(root, artifacts.read_sidecar(root / 'svm/v1'), (root / 'svm/v1/model.onnx').read_bytes())"
    )
    assert on_a_full_disk(again, tmp_path).stdout == "OSError File too large\n"
    assert written(tmp_path) == before
    assert tiny.publish(tmp_path).version == 2, "and the next one is published as if nothing had been"


def test_promoting_on_a_full_disk_leaves_the_champions_and_nothing_behind(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    tiny.publish(tmp_path)
    artifacts.promote(tmp_path, {"svm": 1})
    before = written(tmp_path)
    assert on_a_full_disk("artifacts.promote(root, {'svm': 2})", tmp_path).stdout == "OSError File too large\n"
    assert artifacts.read_champions(tmp_path) == {"svm": 1}
    assert written(tmp_path) == before


# Several at once.


@pytest.mark.parametrize(
    "pool",
    [ThreadPoolExecutor, partial(ProcessPoolExecutor, mp_context=multiprocessing.get_context("spawn"))],
    ids=["threads", "processes"],
)
def test_publishers_at_the_same_time_get_different_versions(pool: Callable[[int], Executor], tmp_path: Path) -> None:
    with pool(4) as publishers:
        todo = [publishers.submit(artifacts.publish, tmp_path, tiny.sidecar(), tiny.artifact()) for _ in range(12)]
        versions = [each.result().version for each in todo]
    assert sorted(versions) == list(range(1, 13))
    for version in versions:
        directory = artifacts.version_directory(tmp_path, "svm", version)
        assert artifacts.read_sidecar(directory).version == version


def test_promotions_at_the_same_time_do_not_undo_each_other(tmp_path: Path) -> None:
    for kind in artifacts.KINDS:
        tiny.publish(tmp_path, kind)
    with ThreadPoolExecutor(3) as promoters:
        for _ in range(20):
            (tmp_path / artifacts.CHAMPIONS).unlink(missing_ok=True)
            list(promoters.map(partial(artifacts.promote, tmp_path), [{kind: 1} for kind in artifacts.KINDS]))
            assert artifacts.read_champions(tmp_path) == {"cnn": 1, "mlp": 1, "svm": 1}


# Refusals.


@pytest.mark.parametrize("versions", [{"svm": 2}, {"cnn": 1}, {"svm": 1, "mlp": 1}, {"svm": 0}])
def test_it_does_not_promote_what_was_never_published_and_changes_nothing(
    versions: dict[str, int], tmp_path: Path
) -> None:
    tiny.publish(tmp_path)
    before = written(tmp_path)
    with pytest.raises(ArtifactError, match=r"sidecar.json cannot be read"):
        artifacts.promote(tmp_path, versions)
    assert written(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'"svm"',
        b'{"svm": "1"}',
        b'{"svm": 1.0}',
        b'{"svm": true}',
        b'{"svm": null}',
        b'{"knn": 1}',
    ],
)
def test_champions_that_are_not_kinds_with_versions_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / artifacts.CHAMPIONS).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"champions.json"):
        artifacts.read_champions(tmp_path)


def test_a_directory_where_the_champions_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / artifacts.CHAMPIONS).mkdir()
    with pytest.raises(ArtifactError, match=r"champions.json"):
        artifacts.read_champions(tmp_path)


def test_a_missing_sidecar_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"svm/v3/sidecar.json cannot be read"):
        artifacts.read_sidecar(tmp_path / "svm/v3")


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Sidecar)])
def test_a_field_that_a_sidecar_lacks_is_named(field: str, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.pop(field))
    with pytest.raises(ArtifactError, match=f"svm/v1/sidecar.json .*'{field}'"):
        artifacts.read_sidecar(directory)


def test_a_field_that_a_sidecar_should_not_have_is_named(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.update(colour="blue"))
    with pytest.raises(ArtifactError, match="'colour'"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b"1", b'"text"', b"{}"])
def test_a_sidecar_that_is_no_json_object_is_refused(content: bytes, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    (directory / artifacts.SIDECAR).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"svm/v1/sidecar.json is not a valid sidecar"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize(
    "selftest",
    [
        None,
        {},
        {"pixels": "AAAA", "probabilities": [0.1] * 10},
        {"pixels": "not base64!", "probabilities": [0.1] * 10},
        SelfTest(tiny.PIXELS, np.zeros(9, np.float32)).to_json(),
        SelfTest(tiny.PIXELS, np.zeros(10, np.float32)).to_json() | {"probabilities": ["a"] * 10},
    ],
    ids=["none", "empty", "too few pixels", "no base64", "nine probabilities", "words"],
)
def test_a_self_test_of_another_form_is_refused(selftest: Any, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.update(selftest=selftest))
    with pytest.raises(ArtifactError, match=r"svm/v1/sidecar.json is not a valid sidecar"):
        artifacts.read_sidecar(directory)


def test_a_missing_artifact_is_named(tmp_path: Path) -> None:
    sidecar = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    (directory / artifacts.ARTIFACT).unlink()
    with pytest.raises(ArtifactError, match=r"svm/v1/model.onnx cannot be read"):
        artifacts.read_artifact(directory, sidecar)


def test_an_artifact_of_which_one_bit_changed_is_refused(tmp_path: Path) -> None:
    sidecar = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    content = bytearray(tiny.artifact())
    content[-1] ^= 1
    (directory / artifacts.ARTIFACT).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"svm/v1/model.onnx does not have the SHA-256"):
        artifacts.read_artifact(directory, sidecar)
