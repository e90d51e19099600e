"""Weights files: what is written is read back, and nothing else is."""

import dataclasses
import io
from pathlib import Path

import numpy as np
import pytest

from predictor.ml import artifacts, weights
from predictor.ml.artifacts import WEIGHTS, Sidecar
from predictor.ml.errors import ArtifactError

from . import tiny

ARRAYS = [np.arange(6, dtype=np.float32).reshape(2, 3), np.ones(3, np.float32), np.float32([[[0.5]]])]


def publish(root: Path, packed: bytes) -> tuple[Path, Sidecar]:
    described = dataclasses.replace(tiny.sidecar(), weights=weights.describe(packed))
    sidecar = artifacts.publish(root, described, tiny.artifact(), weights=packed)
    return artifacts.version_directory(root, sidecar.kind, sidecar.version), sidecar


def test_weights_are_read_back_in_their_order(tmp_path: Path) -> None:
    directory, sidecar = publish(tmp_path, weights.pack(ARRAYS * 5))  # more than ten: their names sort as numbers
    found = weights.read(directory, artifacts.read_sidecar(directory))
    assert found is not None
    assert [each.dtype for each in found] == [np.float32] * 15
    assert all(np.array_equal(a, b) for a, b in zip(found, ARRAYS * 5, strict=True))
    assert sidecar.weights["size"] == (directory / WEIGHTS).stat().st_size


def test_the_same_weights_make_the_same_file() -> None:
    assert weights.pack(ARRAYS) == weights.pack(ARRAYS)


def test_a_version_without_weights_has_none(tmp_path: Path) -> None:
    sidecar = tiny.publish(tmp_path)
    directory = artifacts.version_directory(tmp_path, "svm", 1)
    assert weights.read(directory, sidecar) is None
    assert not (directory / WEIGHTS).exists()


@pytest.mark.parametrize("which", ["missing", "changed", "longer", "not weights", "objects", "garbled"])
def test_another_file_than_the_sidecar_describes_is_refused_by_name(which: str, tmp_path: Path) -> None:
    objects = io.BytesIO()
    np.savez(objects, **{"000": np.array([{}], object)})
    np.savez_compressed(compressed := io.BytesIO(), np.zeros(1000))
    garbled = compressed.getvalue()[:64] + b"\xff" * 8 + compressed.getvalue()[72:]
    other = {"not weights": b"PK\x03\x04 rubbish", "objects": objects.getvalue(), "garbled": garbled}
    packed = other.get(which, weights.pack(ARRAYS))
    directory, sidecar = publish(tmp_path, packed)
    path = directory / WEIGHTS
    if which == "missing":
        path.unlink()
    elif which == "changed":
        path.write_bytes(packed[:-1] + bytes([packed[-1] ^ 1]))
    elif which == "longer":
        path.write_bytes(packed + b"x")
    with pytest.raises(ArtifactError, match=r"svm/v1/weights\.npz"):
        weights.read(directory, sidecar)


@pytest.mark.parametrize("value", [{"sha256": "0"}, {"sha256": 1, "size": 2}, {"sha256": "0", "size": "2"}, []])
def test_a_sidecar_that_describes_weights_otherwise_is_refused(value: object) -> None:
    with pytest.raises((KeyError, TypeError)):
        Sidecar.from_json({**tiny.sidecar().to_json(), "weights": value})
