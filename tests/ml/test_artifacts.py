"""Publishing: what a reader finds afterwards, even if several publish at once."""

import dataclasses
import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from predictor.ml import artifacts, runtime
from predictor.ml.artifacts import Sidecar
from predictor.ml.champions import promote, read_champions
from predictor.ml.registry import Registry

from . import tiny

PROJECT = Path(__file__).parents[2]


def test_a_published_version_is_read_back_unchanged(tmp_path: Path) -> None:
    published = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    found = artifacts.read_sidecar(directory)
    assert sorted(tiny.files_below(tmp_path)) == ["svm/v1/model.onnx", "svm/v1/sidecar.json"]
    assert artifacts.read_artifact(directory, found) == tiny.artifact()
    assert found.to_json() == published.to_json()
    assert np.array_equal(found.selftest.given, tiny.PIXELS)
    assert np.array_equal(found.selftest.probabilities, published.selftest.probabilities)


def test_every_field_of_a_sidecar_survives_json() -> None:
    sidecar = tiny.sidecar()
    found = Sidecar.from_json(json.loads(json.dumps(sidecar.to_json())))
    for field in dataclasses.fields(Sidecar):
        if field.name != "selftest":
            assert getattr(found, field.name) == getattr(sidecar, field.name)
    assert found.selftest.given.dtype == np.uint8
    assert found.selftest.probabilities.dtype == np.float32
    assert np.array_equal(found.selftest.probabilities, sidecar.selftest.probabilities)


def test_versions_are_numbered_in_the_order_of_publication_for_each_kind(tmp_path: Path) -> None:
    versions = [tiny.publish(tmp_path, kind, version=77).version for kind in ("svm", "svm", "cnn", "svm")]
    assert versions == [1, 2, 1, 3]
    assert artifacts.published_versions(tmp_path, "svm") == [1, 2, 3]
    assert artifacts.published_versions(tmp_path, "cnn") == [1]
    assert artifacts.published_versions(tmp_path, "mlp") == []


def test_versions_are_ordered_as_numbers_not_as_text(tmp_path: Path) -> None:
    for version in (2, 9, 10):
        artifacts.version_directory(tmp_path, "svm", version).mkdir(parents=True)
    assert artifacts.published_versions(tmp_path, "svm") == [2, 9, 10]
    assert tiny.publish(tmp_path).version == 11


def test_other_files_and_directories_are_not_counted_as_versions(tmp_path: Path) -> None:
    for name in ("v1", ".new-abc", "vx", "v", "old"):
        (tmp_path / "svm" / name).mkdir(parents=True)
    (tmp_path / "svm" / "v5").write_text("a file")
    assert artifacts.published_versions(tmp_path, "svm") == [1]


def test_publishing_does_not_change_the_champions(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    promote(tmp_path, {"svm": 1})
    tiny.publish(tmp_path)
    assert read_champions(tmp_path) == {"svm": 1}


def test_a_published_version_can_be_read_by_other_users(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    assert artifacts.version_directory(tmp_path, "svm", 1).stat().st_mode & 0o777 == 0o755


# Documents.


def test_documents_are_published_with_the_version_and_know_its_number(tmp_path: Path) -> None:
    def documents(sidecar: Sidecar) -> dict[str, bytes]:
        return {"card.md": f"{sidecar.kind} v{sidecar.version}".encode(), "confusion.png": b"\x89PNG"}

    for _ in range(2):
        artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), documents)
    files = tiny.files_below(tmp_path)
    assert files["svm/v1/card.md"] == b"svm v1"
    assert files["svm/v2/card.md"] == b"svm v2"
    assert files["svm/v2/confusion.png"] == b"\x89PNG"
    assert len(files) == 8


def test_a_version_with_documents_loads_like_one_without(tmp_path: Path) -> None:
    artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), lambda _: {"card.md": b"# A card", "a.json": b"{"})
    promote(tmp_path, {"svm": 1})
    champions = Registry(tmp_path).champions()
    assert champions.classifiers["svm"].version == 1
    assert runtime.load(artifacts.version_directory(tmp_path, "svm", 1)).version == 1


def test_documents_are_written_before_readers_see_the_version(tmp_path: Path) -> None:
    def documents(sidecar: Sidecar) -> dict[str, bytes]:
        assert artifacts.published_versions(tmp_path, "svm") == []
        return {"card.md": b""}

    artifacts.publish(tmp_path, tiny.sidecar(), tiny.artifact(), documents)
    assert artifacts.published_versions(tmp_path, "svm") == [1]


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
