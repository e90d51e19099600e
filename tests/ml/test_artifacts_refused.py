"""Missing, damaged and malformed files below `models/` are refused by name."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from predictor.ml import artifacts, runtime, weights
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.errors import ArtifactError

from . import tiny

PROJECT = Path(__file__).parents[2]


def edit_sidecar(directory: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    path = directory / artifacts.SIDECAR
    fields = json.loads(path.read_bytes())
    edit(fields)
    path.write_text(json.dumps(fields))


def test_a_missing_sidecar_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"svm/v3/sidecar.json cannot be read"):
        artifacts.read_sidecar(tmp_path / "svm/v3")


REQUIRED = [field.name for field in dataclasses.fields(Sidecar) if field.default_factory is dataclasses.MISSING]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_missing_field_of_a_sidecar_is_named(field: str, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.pop(field))
    with pytest.raises(ArtifactError, match=f"svm/v1/sidecar.json .*'{field}'"):
        artifacts.read_sidecar(directory)


def test_an_unknown_field_of_a_sidecar_is_named(tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.update(colour="blue"))
    with pytest.raises(ArtifactError, match="'colour'"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b"1", b'"text"', b"{}", b"[" * 100_000])
def test_a_sidecar_that_is_not_a_json_object_is_refused(content: bytes, tmp_path: Path) -> None:
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
    ids=["none", "empty", "too few pixels", "not base64", "nine probabilities", "text"],
)
def test_a_malformed_self_test_is_refused(selftest: Any, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.update(selftest=selftest))
    with pytest.raises(ArtifactError, match=r"svm/v1/sidecar.json is not a valid sidecar"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "1"),
        ("version", True),
        ("size", 1.5),
        ("sha256", None),
        ("metrics", []),
        ("trained_at", 2026),
        ("parity", "small"),
    ],
)
def test_a_field_of_another_type_is_refused_by_name(field: str, value: object, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.update({field: value}))
    with pytest.raises(ArtifactError, match=rf"svm/v1/sidecar.json is not a valid sidecar: its {field} has"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize("value", [-5, -1, 2**40, 10**30])
@pytest.mark.parametrize("field", ["version", "size", "preprocessing"])
def test_a_number_out_of_range_is_refused_by_name(field: str, value: int, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields.update({field: value}))
    with pytest.raises(
        ArtifactError, match=rf"svm/v1/sidecar.json is not a valid sidecar: its {field} is not a number"
    ):
        runtime.load(directory)


@pytest.mark.parametrize(("field", "most"), [("base", 32), ("sha256", 64), ("dataset's digest", 64)])
def test_a_text_that_the_database_cannot_keep_is_refused_by_name(field: str, most: int, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    within, name = (("dataset",), "digest") if "digest" in field else ((), field)

    def lengthen(fields: dict[str, Any]) -> None:
        for key in within:
            fields = fields[key]
        fields[name] = "a" * (most + 1)

    edit_sidecar(directory, lengthen)
    with pytest.raises(ArtifactError, match=f"its {field} is not a text of at most {most} characters"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize("value", [-1, 2**31, "500", None])
def test_a_number_of_images_that_is_none_is_refused(value: object, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    edit_sidecar(directory, lambda fields: fields["dataset"].update(n=value))
    with pytest.raises(ArtifactError, match=r"svm/v1/sidecar.json is not a valid sidecar: its dataset's n is not"):
        artifacts.read_sidecar(directory)


@pytest.mark.parametrize("size", [-5, -1, 0, 2**62, 10**30])
def test_weights_of_a_size_that_cannot_be_are_refused(size: int, tmp_path: Path) -> None:
    sidecar = dataclasses.replace(tiny.publish(tmp_path), weights={"sha256": "0" * 64, "size": size})
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    (directory / artifacts.WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(ArtifactError, match=r"svm/v1/weights.npz (cannot be read: it has more|does not have the SHA)"):
        weights.read(directory, sidecar)


@pytest.mark.parametrize("name", [artifacts.SIDECAR, artifacts.ARTIFACT])
def test_a_huge_file_is_refused(name: str, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    os.truncate(directory / name, 10**12)
    with pytest.raises(ArtifactError, match=rf"svm/v1/{name} cannot be read: it has more than"):
        runtime.load(directory)


@pytest.mark.parametrize("name", [artifacts.SIDECAR, artifacts.ARTIFACT])
def test_a_pipe_in_place_of_a_file_is_refused(name: str, tmp_path: Path) -> None:
    tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    (directory / name).unlink()
    os.mkfifo(directory / name)
    with pytest.raises(ArtifactError, match=rf"svm/v1/{name} cannot be read: it is not a regular file"):
        runtime.load(directory)


def test_a_missing_artifact_is_named(tmp_path: Path) -> None:
    sidecar = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    (directory / artifacts.ARTIFACT).unlink()
    with pytest.raises(ArtifactError, match=r"svm/v1/model.onnx cannot be read"):
        artifacts.read_artifact(directory, sidecar)


def test_an_artifact_with_one_changed_bit_is_refused(tmp_path: Path) -> None:
    sidecar = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    content = bytearray(tiny.artifact())
    content[-1] ^= 1
    (directory / artifacts.ARTIFACT).write_bytes(content)
    with pytest.raises(ArtifactError, match=r"svm/v1/model.onnx does not have the SHA-256"):
        artifacts.read_artifact(directory, sidecar)
