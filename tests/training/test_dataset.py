"""The three sets share no drawing, and no damaged file becomes one of them."""

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from predictor.ml.images import digest
from predictor.training.dataset import (
    EMPTY,
    MNIST_FILES,
    SAMPLE_SIZE,
    TRAIN_SIZE,
    Dataset,
    Mnist,
    folds,
    is_held_out,
    is_validation,
    read_idx,
    split,
    without,
)
from predictor.training.errors import DatasetError

from .conftest import MNIST

SMALLEST = "t10k-labels-idx1-ubyte.gz"
CLASS_COUNTS = [53, 56, 46, 60, 43, 45, 49, 49, 49, 50]


@pytest.fixture(scope="module")
def mnist500(mnist: Mnist) -> Dataset:
    return mnist.mnist500()


@pytest.fixture(scope="module")
def held_out(mnist: Mnist) -> Dataset:
    return mnist.held_out


@pytest.fixture(scope="module")
def reported(mnist: Mnist) -> Dataset:
    return mnist.test


def drawings(data: Dataset) -> set[str]:
    return {digest(pixels) for pixels in data.pixels}


def one(data: Dataset, digit: int) -> Dataset:
    return data[np.flatnonzero(data.labels == digit)[:1]]


def idx(*shape: int, content: bytes) -> bytes:
    return bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + content


def packed(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


# Files.


def test_mnist_is_read_whole(mnist: Mnist) -> None:
    assert mnist.levels.shape == (70_000, 28, 28)
    assert mnist.levels.dtype == mnist.labels.dtype == np.uint8
    assert np.bincount(mnist.labels).tolist() == [6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958]
    assert mnist.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.labels[TRAIN_SIZE : TRAIN_SIZE + 5].tolist() == [7, 2, 1, 0, 4]


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


def test_a_sound_file_with_other_drawings_is_refused_by_name(tmp_path: Path) -> None:
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
def test_a_gzip_file_of_which_a_byte_changed_is_refused(position: int, tmp_path: Path) -> None:
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
def test_what_is_no_idx_file_of_bytes_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz is not an IDX file of bytes"):
        read_idx(packed(tmp_path / "file.gz", content))


@pytest.mark.parametrize("content", [b"abcde", b"abcdefg", b""], ids=["too short", "too long", "empty"])
def test_an_idx_file_that_does_not_hold_what_it_announces_is_refused(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz does not hold"):
        read_idx(packed(tmp_path / "file.gz", idx(2, 3, content=content)))


@pytest.mark.parametrize("length", [4, 6, 11])
def test_an_idx_file_that_ends_within_its_header_is_refused(length: int, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz"):
        read_idx(packed(tmp_path / "file.gz", idx(2, 3, content=bytes(6))[:length]))


def test_an_idx_file_that_announces_more_than_there_are_numbers_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"file\.gz"):
        read_idx(packed(tmp_path / "file.gz", idx(2**16, 2**16, 2**16, 2**16, content=b"")))


# The sample, the held-out and the test images.


def test_the_sample_is_the_ancestors(mnist: Mnist, mnist500: Dataset) -> None:
    which = mnist.sample()
    assert len(set(which.tolist())) == SAMPLE_SIZE
    assert (which >= TRAIN_SIZE).sum() == 60, "test images"
    assert mnist500.class_counts == CLASS_COUNTS
    assert np.array_equal(mnist500.labels, mnist.labels[which])
    assert np.array_equal(mnist.sample(), which), "each time the same"


def test_the_test_set_is_mnists_without_the_sample(reported: Dataset, mnist500: Dataset) -> None:
    assert len(reported) == 9_940
    assert not drawings(reported) & drawings(mnist500)


def test_one_training_image_in_ten_is_held_out_and_none_of_the_sample(held_out: Dataset, mnist500: Dataset) -> None:
    assert 5_700 < len(held_out) < 6_250
    assert is_held_out(held_out).all()
    assert not drawings(held_out) & drawings(mnist500)
    held_out.require_all_classes()


def test_no_held_out_image_is_a_test_image(held_out: Dataset, reported: Dataset) -> None:
    assert not drawings(held_out) & drawings(reported)


def test_what_teaches_and_what_judges_are_all_training_images_but_some_of_the_sample(
    mnist: Mnist, held_out: Dataset
) -> None:
    assert not is_held_out(mnist.training).any()
    sampled = mnist.dataset(mnist.sample()[mnist.sample() < TRAIN_SIZE])
    assert len(mnist.training) + len(held_out) + is_held_out(sampled).sum() == TRAIN_SIZE


# Datasets.


def test_a_dataset_is_counted_chosen_from_and_joined(mnist500: Dataset) -> None:
    threes, others = mnist500[mnist500.labels == 3], mnist500[mnist500.labels != 3]
    assert threes.class_counts == [0, 0, 0, 60, 0, 0, 0, 0, 0, 0]
    assert len(threes + others) == len(mnist500) == 500
    assert (threes + others).class_counts == CLASS_COUNTS
    assert len(EMPTY + threes) == 60
    assert EMPTY.class_counts == [0] * 10


def test_its_digest_does_not_depend_on_the_order(mnist500: Dataset) -> None:
    mixed = mnist500[np.random.default_rng(1).permutation(500)]
    assert not np.array_equal(mixed.labels, mnist500.labels)
    assert mixed.digest == mnist500.digest


def test_its_digest_depends_on_every_label_and_every_pixel(mnist500: Dataset) -> None:
    labels, pixels = mnist500.labels.copy(), mnist500.pixels.copy()
    labels[17] = (labels[17] + 1) % 10
    pixels[17, 3, 3] ^= 1
    others = [Dataset(mnist500.pixels, labels), Dataset(pixels, mnist500.labels), mnist500[np.arange(499)], EMPTY]
    assert len({data.digest for data in [mnist500, *others]}) == 5


def test_its_digest_depends_on_which_drawing_has_which_label(mnist500: Dataset) -> None:
    pair = one(mnist500, 3) + one(mnist500, 5)
    assert Dataset(pair.pixels, pair.labels[::-1]).digest != pair.digest


@pytest.mark.parametrize(
    ("pixels", "labels"),
    [
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8)),
        (np.zeros((2, 784), np.uint8), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8)),
        (np.zeros((2, 28, 28), np.uint8), np.array([1, 10], np.uint8)),
    ],
    ids=["too few pixels", "flat pixels", "images", "no digit"],
)
def test_what_does_not_go_together_is_no_dataset(pixels: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(DatasetError):
        Dataset(pixels, labels)


def test_a_dataset_with_all_digits_may_be_trained_on(mnist500: Dataset) -> None:
    mnist500.require_all_classes()


def test_the_digits_that_are_missing_are_named(mnist500: Dataset) -> None:
    lacking = mnist500[~np.isin(mnist500.labels, (4, 7))]
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 4, 7\."):
        lacking.require_all_classes()
    with pytest.raises(DatasetError, match=r"fewer than two drawings of 4\."):
        (lacking + mnist500[np.flatnonzero(mnist500.labels == 7)[:2]] + one(mnist500, 4)).require_all_classes()


# Folds.


def test_every_drawing_is_in_one_fold_and_teaches_the_others(mnist500: Dataset) -> None:
    cut = list(folds(mnist500, 5, seed=1))
    assert np.array_equal(np.sort(np.concatenate([fold for _, fold in cut])), np.arange(500))
    for others, fold in cut:
        assert np.array_equal(np.sort(np.concatenate((others, fold))), np.arange(500))


def test_every_fold_has_its_share_of_every_digit(mnist500: Dataset) -> None:
    for _, fold in folds(mnist500, 5, seed=1):
        shares = np.array(mnist500[fold].class_counts) - np.array(CLASS_COUNTS) / 5
        assert np.abs(shares).max() < 1


def test_the_seed_decides_the_folds(mnist500: Dataset) -> None:
    one, same, other = ([fold.tolist() for _, fold in folds(mnist500, 5, seed=seed)] for seed in (1, 1, 2))
    assert one == same != other


def test_there_are_no_more_folds_than_drawings_of_a_digit(mnist500: Dataset) -> None:
    few = mnist500[mnist500.labels != 4] + mnist500[np.flatnonzero(mnist500.labels == 4)[:3]]
    cut = list(folds(few, 5, seed=1))
    assert [few[fold].class_counts[4] for _, fold in cut] == [1, 1, 1]


def test_folds_of_a_digit_with_one_drawing_or_none_are_refused(mnist500: Dataset) -> None:
    lacking = mnist500[mnist500.labels != 4]
    for few in (lacking, lacking + one(mnist500, 4), EMPTY):
        with pytest.raises(DatasetError, match="fewer than two drawings of"):
            next(folds(few, 5, seed=1))


# The split.


def test_one_drawing_in_twenty_validates_whether_it_is_held_out_or_not(mnist: Mnist) -> None:
    some = mnist.dataset(np.arange(6000))
    validating, judging = is_validation(some), is_held_out(some)
    assert validating[~judging].mean() == pytest.approx(1 / 20, abs=0.01)
    assert validating[judging].mean() == pytest.approx(1 / 20, abs=0.03)
    assert np.array_equal(is_validation(some[np.arange(100)]), validating[:100])


def test_a_split_parts_what_judges_from_what_teaches(mnist500: Dataset) -> None:
    training, held_out = split(mnist500)
    assert drawings(training) | drawings(held_out) <= drawings(mnist500)
    assert not drawings(training) & drawings(held_out)
    assert drawings(held_out) == drawings(mnist500[is_held_out(mnist500)])
    assert 20 < len(held_out) < 90


def test_a_drawing_stays_on_its_side_for_ever(mnist500: Dataset) -> None:
    """Whatever the order, the labels and the company."""
    some = Dataset(mnist500.pixels[::-1], np.zeros(500, np.uint8))[np.arange(300)]
    judging = {digest(pixels) for pixels in mnist500.pixels[is_held_out(mnist500)]}
    training, held_out = split(some)
    assert drawings(held_out) == drawings(some) & judging
    assert not drawings(training) & judging


def test_the_rule_that_holds_drawings_out_has_not_changed() -> None:
    """A change would mix what judged with what teaches."""
    pixels = np.repeat(np.arange(40, dtype=np.uint8), 784).reshape(40, 28, 28)
    found = is_held_out(Dataset(pixels, np.zeros(40, np.uint8)))
    assert np.flatnonzero(found).tolist() == [11, 22, 24, 31, 34, 37]


def test_near_copies_of_held_out_drawings_are_not_trained_on(mnist500: Dataset) -> None:
    training, held_out = split(mnist500)
    noise = np.random.default_rng(1).integers(0, 3, (len(held_out), 28, 28)).astype(np.uint8)
    copies = Dataset(held_out.pixels ^ noise, held_out.labels)
    copies = copies[~is_held_out(copies)]
    assert len(copies) > 20, "that would be trained on"
    training_with_copies, held_out_with_copies = split(mnist500 + copies)
    assert drawings(training_with_copies) == drawings(training)
    assert drawings(held_out_with_copies) == drawings(held_out)


@pytest.mark.parametrize("pixels", [(0, 1), (1, 0), (-1, -1), (1, -1)])
def test_copies_that_are_shifted_by_a_pixel_are_not_trained_on(pixels: tuple[int, int], mnist500: Dataset) -> None:
    training, held_out = split(mnist500)
    copies = Dataset(np.roll(held_out.pixels, pixels, axis=(1, 2)), held_out.labels)
    copies = copies[~is_held_out(copies)]
    assert len(copies) > 20, "that would be trained on"
    assert drawings(split(mnist500 + copies)[0]) == drawings(training)


@pytest.mark.parametrize(("cosine", "kept"), [(0.985, 0), (0.975, 1)])
def test_a_drawing_is_a_near_copy_from_a_cosine_of_98_percent_on(cosine: float, kept: int, mnist500: Dataset) -> None:
    for original in split(mnist500)[1].pixels:
        other = original.copy()
        # Twenty dots in the empty first row make a right angle with the drawing.
        other[0, :20] = np.sqrt((original.astype(float) ** 2).sum() * (cosine**-2 - 1) / 20)
        both = Dataset(np.array([original, other]), np.zeros(2, np.uint8))
        if not original[0].any() and is_held_out(both).tolist() == [True, False]:
            break
    else:
        pytest.fail("No drawing serves for this test.")
    one, another = (pixels.ravel().astype(float) for pixels in both.pixels)
    assert one @ another / np.sqrt((one @ one) * (another @ another)) == pytest.approx(cosine, abs=0.002)
    assert len(split(both)[0]) == kept


def test_other_drawings_of_the_same_digit_are_trained_on(mnist500: Dataset) -> None:
    apart = is_held_out(mnist500)
    assert len(split(mnist500)[0]) > 0.97 * (~apart).sum()


def test_what_is_in_another_dataset_can_be_left_out(mnist500: Dataset) -> None:
    first, last = mnist500[np.arange(300)], mnist500[np.arange(200, 500)]
    found = without(first, Dataset(last.pixels, np.zeros(300, np.uint8)))
    assert np.array_equal(found.pixels, mnist500.pixels[:200]), "whatever its label"
    assert np.array_equal(found.labels, mnist500.labels[:200])
    assert len(without(first, EMPTY)) == 300
    assert len(without(EMPTY, first)) == 0


def test_an_empty_dataset_is_split_into_two_empty_ones() -> None:
    assert [len(part) for part in split(EMPTY)] == [0, 0]
