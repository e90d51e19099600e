"""Files that are refused as a whole, and files with any damage."""

import contextlib
import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from predictor.models import Submission
from predictor.training.errors import DatasetError
from tests.datasets import FILES, LAYOUTS, drawn, export, keep
from tests.drawings import A_SEVEN, BLACK_ON_WHITE
from tests.services.datasets.files import (
    IDX,
    RARE,
    THREE,
    announcing,
    attempt,
    idx,
    lines,
    read,
    saved,
    table,
    unpacked,
    zipped,
)

pytestmark = pytest.mark.django_db


def bomb(path: Path) -> Path:
    """Endless metadata in a small file."""
    return zipped(
        path, {"3/a.png": BLACK_ON_WHITE, "metadata.jsonl": (lines({"file_name": "3/a.png"}) + b"\n") * 100_000}
    )


def pickled(path: Path) -> Path:
    np.savez(path, pixels=np.array([{}], object), labels=np.uint8([3]), allow_pickle=True)
    return path


def truncated(path: Path) -> Path:
    zipped(path, {"3/a.png": BLACK_ON_WHITE, "7/b.png": A_SEVEN})
    path.write_bytes(path.read_bytes()[:-30])
    return path


def narrow(path: Path) -> Path:
    return table(path, "label,pixel0,pixel1", "3,0,0")


def about(path: Path, content: bytes) -> Path:
    """An image with this metadata."""
    return unpacked(idx(path, THREE[None], np.uint8([3])), {"dataset.json": content})


def repacked(path: Path) -> Path:
    """An archive of arrays that are compressed with LZMA."""
    one(path)
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    return zipped(path, content, RARE["lzma"])


def one(path: Path, **members: object) -> Path:
    return saved(path, **{"pixels": THREE[None], "labels": np.uint8([3])} | members)


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("data.zip", lambda path: path, "is missing"),
        ("data.parquet", lambda path: table(path, "PAR1"), r"does not end in \.zip, \.npz or \.csv"),
        ("data", lambda path: table(path, "hello"), r"does not end in \.zip, \.npz or \.csv"),
        ("data.zip", truncated, "is not a ZIP archive, or is truncated"),
        ("data.zip", lambda path: table(path, "hello"), "is not a ZIP archive, or is truncated"),
        ("data.zip", lambda path: zipped(path, {}), "holds no labelled pictures"),
        ("data.zip", lambda path: zipped(path, {"README": b""}), "holds no labelled pictures"),
        ("data.zip", bomb, r"metadata\.jsonl has more lines than it can name files"),
        ("data", lambda path: unpacked(path, {"README": b""}), "holds no labelled pictures"),
        ("data.csv", table, "holds no labelled pictures"),
        ("data.csv", narrow, "has 3 columns, not a label and 28×28 levels"),
        ("data.npz", lambda path: table(path, "hello"), "is not a ZIP archive, or is truncated"),
        ("data.npz", pickled, r"pixels\.npy is an array of object"),
        ("data.npz", lambda path: saved(path, x_train=THREE), r"holds x_train\.npy, but no pixels\.npy"),
        ("data.npz", lambda path: one(path, pixels=np.complex64([THREE])), r"pixels\.npy is an array of complex64"),
        ("data.npz", lambda path: one(path, pixels=np.asfortranarray([THREE])), "is stored column by column"),
        ("data.npz", lambda path: one(path, labels=np.array(["3"])), r"labels\.npy is an array of <U1"),
        ("data.npz", lambda path: one(path, pixels=THREE), r"have the shapes \(28, 28\) and \(1,\)"),
        ("data.npz", lambda path: one(path, labels=np.uint8([3, 4])), "holds 1 images, labels.npy 2 labels"),
        ("data.npz", lambda path: announcing(path, 1, 9999, 9999), "holds 1 images of 9999×9999 pixels"),
        ("data.npz", lambda path: announcing(path, 0, 28, 28), "holds 0 images"),
        ("data.npz", lambda path: announcing(path, -1, 28, 28), "holds -1 images"),
        ("data.npz", lambda path: zipped(path, {"pixels.npy": b"hello"}), r"pixels\.npy is damaged"),
        ("data.npz", repacked, r"pixels\.npy is damaged: its compression"),
        ("data", lambda path: idx(path, THREE, np.uint8([3])), r"have the shapes \(28, 28\) and \(1,\)"),
        ("data", lambda path: idx(path, THREE[None], np.uint8([3, 4])), "holds 1 images, .* 2 labels"),
        ("data", lambda path: unpacked(path, {IDX[0]: b"\0\0\x0b\1\0\0\0\0"}), "is not an IDX file of bytes"),
        ("data", lambda path: unpacked(path, {IDX[0]: b""}), "is not an IDX file of bytes"),
        ("data", lambda path: unpacked(path, {IDX[0]: b"\x1f\x8bhello"}), "is damaged"),
        ("data", lambda path: unpacked(path, {IDX[0]: b"\0\0\x08\3" + bytes(12)}), "labels-idx1-ubyte, are missing"),
        ("data", lambda path: about(path, b"["), r"dataset\.json is damaged"),
        ("data", lambda path: about(path, b"[]"), r"dataset\.json is damaged"),
        ("data", lambda path: about(path, b"[" * 100_000), r"dataset\.json is damaged"),
    ],
)
def test_a_file_that_is_not_a_dataset_is_refused(name, make, reason, tmp_path):
    with pytest.raises(DatasetError, match=f"^{tmp_path / name}.*{reason}"):
        read(make(tmp_path / name))
    assert Submission.objects.count() == 0


share = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize("layout", LAYOUTS)
@hypothesis(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=share, places=st.lists(st.tuples(share, st.integers(0, 255)), max_size=4), rest=st.just(1) | share)
def test_a_file_with_any_damage_is_refused_or_read_without_a_crash(layout, which, places, rest, tmp_path):
    Submission.objects.all().delete()
    for pixels, label in drawn(3):
        keep(pixels, label)
    path = tmp_path / FILES[layout]
    export(path, overwrite=True)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    file = files[int(which * len(files))]
    content = bytearray(file.read_bytes())
    for place, byte in places:
        content[int(place * len(content))] = byte
    file.write_bytes(content[: math.ceil(rest * len(content))])
    with contextlib.suppress(DatasetError):
        attempt(path)
    assert 3 <= Submission.objects.count() <= 6
