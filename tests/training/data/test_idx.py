"""IDX files, and MNIST's in particular: damaged or wrong ones are refused by name."""

import gzip
import hashlib
import struct
from pathlib import Path

import pytest

from predictor.training.data.dataset import (
    MNIST_FILES,
    Mnist,
    read_idx,
)
from predictor.training.errors import DatasetError
from tests.training.conftest import MNIST

SMALLEST = "t10k-labels-idx1-ubyte.gz"


def idx(*shape: int, content: bytes) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + content


def packed(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def test_an_idx_file_is_read_in_its_shape(tmp_path: Path) -> None:
    found = read_idx(packed(tmp_path / "file.gz", idx(2, 3, content=bytes(range(6)))))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_file_with_the_given_md5_is_read(tmp_path: Path) -> None:
    content = idx(3, content=b"abc")
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert read_idx(packed(tmp_path / "file.gz", content), md5).tolist() == [97, 98, 99]


def test_a_file_with_another_md5_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz is not the published file"):
        read_idx(packed(tmp_path / "file.gz", idx(3, content=b"abc")), "0" * 32)


@pytest.mark.parametrize("name", MNIST_FILES)
def test_a_missing_file_of_mnist_is_named(name: str, tmp_path: Path) -> None:
    for file in MNIST.glob("*.gz"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / f"{name}.gz").unlink()
    with pytest.raises(DatasetError, match=rf"{name}\.gz is missing"):
        Mnist.read(tmp_path)


def test_a_valid_file_with_other_drawings_is_refused_by_name(tmp_path: Path) -> None:
    for file in MNIST.glob("*.gz"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / SMALLEST).unlink()
    packed(tmp_path / SMALLEST, idx(10_000, content=bytes(10_000)))
    with pytest.raises(DatasetError, match=rf"{SMALLEST} is not the published file"):
        Mnist.read(tmp_path)


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.999])
def test_a_gzip_file_that_was_cut_off_is_refused(share: float, tmp_path: Path) -> None:
    whole = (MNIST / SMALLEST).read_bytes()
    (tmp_path / "file.gz").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(DatasetError, match=r"file\.gz is damaged"):
        read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize("position", [0, 12, 1000, -6])
def test_a_gzip_file_with_a_changed_byte_is_refused(position: int, tmp_path: Path) -> None:
    content = bytearray((MNIST / SMALLEST).read_bytes())
    content[position] ^= 0xFF
    (tmp_path / "file.gz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"file\.gz is damaged"):
        read_idx(tmp_path / "file.gz")


def test_a_file_that_is_not_gzipped_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(idx(3, content=b"abc"))
    with pytest.raises(DatasetError, match=r"file\.gz is damaged"):
        read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize("content", [b"", b"\0\0", b"text that is no IDX", b"\0\0\x0d\x01\0\0\0\0"])
def test_a_file_that_is_not_idx_of_bytes_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz is not an IDX file of bytes"):
        read_idx(packed(tmp_path / "file.gz", content))


@pytest.mark.parametrize("content", [b"abcde", b"abcdefg", b""], ids=["too short", "too long", "empty"])
def test_an_idx_file_longer_or_shorter_than_declared_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz does not hold"):
        read_idx(packed(tmp_path / "file.gz", idx(2, 3, content=content)))


@pytest.mark.parametrize("length", [4, 6, 11])
def test_an_idx_file_that_ends_within_its_header_is_refused(length: int, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz"):
        read_idx(packed(tmp_path / "file.gz", idx(2, 3, content=bytes(6))[:length]))


def test_an_idx_file_that_declares_an_overflowing_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz"):
        read_idx(packed(tmp_path / "file.gz", idx(2**16, 2**16, 2**16, 2**16, content=b"")))
