"""Pictures from folders and IDX files: what is read, and by which name each refusal goes."""

import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from predictor.ml.images import normalise
from predictor.ml.pictures import decode
from predictor.training.data.dataset import Mnist
from predictor.training.data.folders import read_folder, read_idx_pair
from predictor.training.errors import DatasetError
from tests import drawings


def folder(root: Path, **files: bytes) -> Path:
    """Files by digit and name: `_3_a_png` is 3/a.png."""
    for key, content in files.items():
        digit, name, suffix = key.strip("_").split("_")
        (root / digit).mkdir(parents=True, exist_ok=True)
        (root / digit / f"{name}.{suffix}").write_bytes(content)
    return root


def encoded(kind: str) -> bytes:
    buffer = io.BytesIO()
    drawings.draw().save(buffer, kind)
    return buffer.getvalue()


def idx(levels: np.ndarray) -> bytes:
    return b"\0\0\x08" + struct.pack(f">B{levels.ndim}I", levels.ndim, *levels.shape) + levels.tobytes()


@pytest.fixture
def some(mnist: Mnist) -> tuple[np.ndarray, np.ndarray]:
    return mnist.levels[:5], mnist.labels[:5]


def pair(root: Path, images: np.ndarray, labels: np.ndarray, *, packed: bool = True) -> tuple[Path, Path]:
    paths = root / "images", root / "labels"
    for path, levels in zip(paths, (images, labels), strict=True):
        path.write_bytes(gzip.compress(idx(levels)) if packed else idx(levels))
    return paths


# Folders.


def test_pictures_of_all_three_types_are_read_as_the_server_reads_them(tmp_path: Path) -> None:
    seven, jpeg, webp = drawings.A_SEVEN, encoded("JPEG"), encoded("WEBP")
    found = read_folder(folder(tmp_path, _7_a_png=seven, _3_b_JPG=jpeg, _3_a_webp=webp))
    assert found.labels.tolist() == [3, 3, 7]
    for pixels, content in zip(found.pixels, (webp, jpeg, seven), strict=True):
        assert np.array_equal(pixels, normalise(decode(content)))


def test_hidden_files_and_files_outside_the_classes_are_ignored(tmp_path: Path) -> None:
    folder(tmp_path, _1_a_png=drawings.A_ONE)
    (tmp_path / "1" / ".DS_Store").write_bytes(b"\0")
    (tmp_path / ".git").mkdir()
    (tmp_path / "LICENSE").write_text("free")
    assert read_folder(tmp_path).labels.tolist() == [1]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere is missing"):
        read_folder(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "digits.zip").write_bytes(b"PK")
    with pytest.raises(DatasetError, match=r"digits\.zip is not a folder"):
        read_folder(tmp_path / "digits.zip")


@pytest.mark.parametrize("name", ["10", "seven", "07", "-1", "٣", "²"])
def test_a_subdirectory_that_is_not_a_digit_is_named(name: str, tmp_path: Path) -> None:
    folder(tmp_path, _1_a_png=drawings.A_ONE)
    (tmp_path / name).mkdir()
    with pytest.raises(DatasetError, match=f"{name} is not named by a digit"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (drawings.BLANK, "Nothing is drawn"),
        (b"", "not a PNG"),
        (b"text", "not a PNG"),
        (drawings.A_ONE[:60], "damaged"),
        (drawings.GIF, "GIF is not supported"),
        (drawings.TOO_WIDE, "4097×8"),
    ],
    ids=["blank", "empty", "text", "cut off", "gif", "too wide"],
)
def test_a_file_that_is_not_a_usable_picture_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    folder(tmp_path, _1_good_png=drawings.A_ONE, _4_bad_png=content)
    with pytest.raises(DatasetError, match=rf"4/bad\.png: .*{reason}"):
        read_folder(tmp_path)


def test_a_directory_within_a_class_is_named(tmp_path: Path) -> None:
    (tmp_path / "4" / "more").mkdir(parents=True)
    with pytest.raises(DatasetError, match="4/more cannot be read: Is a directory"):
        read_folder(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "4").mkdir()
    (tmp_path / "a.png").write_bytes(drawings.A_ONE)
    with pytest.raises(DatasetError, match="holds no picture in subdirectories 0 to 9"):
        read_folder(tmp_path)


# Pairs of IDX files.


@pytest.mark.parametrize("packed", [True, False])
def test_a_pair_is_read_gzipped_or_not(packed: bool, some, tmp_path: Path) -> None:
    found = read_idx_pair(*pair(tmp_path, *some, packed=packed))
    assert np.array_equal(found.labels, some[1])
    assert np.array_equal(found.pixels, np.array([normalise(levels) for levels in some[0]]))


def test_images_of_another_size_and_dark_on_light_are_normalised(tmp_path: Path) -> None:
    three = np.asarray(Image.open(io.BytesIO(drawings.BLACK_ON_WHITE)))
    found = read_idx_pair(*pair(tmp_path, three[None], np.array([3], np.uint8)))
    assert np.array_equal(found.pixels[0], normalise(three))


@pytest.mark.parametrize("missing", ["images", "labels"])
def test_a_missing_file_is_named(missing: str, some, tmp_path: Path) -> None:
    paths = pair(tmp_path, *some)
    (tmp_path / missing).unlink()
    with pytest.raises(DatasetError, match=f"{missing} is missing"):
        read_idx_pair(*paths)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is not an IDX file"), (b"PNG and so on", "is not an IDX file"), (idx(np.zeros(3, np.uint8))[:-1], "hold")],
)
def test_a_damaged_file_is_named_as_it_was_given(content: bytes, reason: str, packed, some, tmp_path: Path) -> None:
    images, labels = pair(tmp_path, *some)
    labels.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DatasetError, match=f"^{labels} .*{reason}"):
        read_idx_pair(images, labels)


def test_a_directory_in_place_of_a_file_is_refused(some, tmp_path: Path) -> None:
    images, _ = pair(tmp_path, *some)
    with pytest.raises(DatasetError, match="cannot be read: Is a directory"):
        read_idx_pair(images, tmp_path)


def test_images_and_labels_that_differ_in_number_are_refused_with_both_numbers(some, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"images holds 5 images, .*labels 4 labels"):
        read_idx_pair(*pair(tmp_path, some[0], some[1][:4]))


def test_labels_that_are_not_digits_are_refused(some, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="labels holds 14, which is not a digit"):
        read_idx_pair(*pair(tmp_path, some[0], np.array([0, 1, 14, 3, 4], np.uint8)))


def test_files_in_the_wrong_order_are_noticed(some, tmp_path: Path) -> None:
    images, labels = pair(tmp_path, *some)
    with pytest.raises(DatasetError, match="labels holds an array of 1 dimensions, not images"):
        read_idx_pair(labels, images)
    with pytest.raises(DatasetError, match="images holds an array of 3 dimensions, not labels"):
        read_idx_pair(images, images)


@pytest.mark.parametrize("shape", [(0, 28, 28), (2, 0, 28)])
def test_a_pair_without_images_is_refused(shape: tuple[int, int, int], tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="images holds no image"):
        read_idx_pair(*pair(tmp_path, np.zeros(shape, np.uint8), np.zeros(shape[0], np.uint8)))


def test_a_blank_image_is_named_by_its_number(some, tmp_path: Path) -> None:
    images = some[0].copy()
    images[3] = 0
    with pytest.raises(DatasetError, match="images, image 3: Nothing is drawn"):
        read_idx_pair(*pair(tmp_path, images, some[1]))
