"""Arrays as other programs write them, and IDX files as other programs name them."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from predictor.models import Submission
from predictor.services.datasets import layouts
from predictor.services.learning.reviewed import reviewed
from predictor.training.data.dataset import Dataset, Mnist
from predictor.training.errors import DatasetError
from tests.services.datasets.files import THREE, attempt, read, refused, saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def mnist(settings) -> Mnist:
    return Mnist.read(settings.MNIST_DIR)


@pytest.fixture
def data(mnist: Mnist) -> Dataset:
    """What the database must hold in the end."""
    return mnist.dataset(np.arange(10))


# NumPy's archives.


@pytest.mark.parametrize("kind", ["u1", "i2", ">i4", "i8", "u8", "f2", "f4", "f8", ">f8"])
def test_levels_and_labels_may_be_numbers_of_any_kind(kind, mnist, data, tmp_path):
    read(saved(tmp_path / "data.npz", pixels=mnist.levels[:10].astype(kind), labels=mnist.labels[:10].astype(kind)))
    assert reviewed().digest == data.digest


@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_levels_may_go_up_to_1(kind, mnist, data, tmp_path):
    read(saved(tmp_path / "data.npz", pixels=(mnist.levels[:10] / 255).astype(kind), labels=mnist.labels[:10]))
    assert reviewed().digest == data.digest


@pytest.mark.parametrize("shape", [(10, 784), (10, 28, 28, 1), (10, 1, 28, 28)])
def test_images_may_be_rows_or_have_a_channel_and_labels_be_a_column(shape, mnist, data, tmp_path):
    pixels, labels = mnist.levels[:10].reshape(shape), mnist.labels[:10].reshape(10, 1)
    read(saved(tmp_path / "data.npz", pixels=pixels, labels=labels))
    assert reviewed().digest == data.digest


def test_keras_own_archive_is_read(mnist, tmp_path):
    train, test = np.arange(10), np.arange(60_000, 60_005)
    arrays = {"x_train": mnist.levels[train], "y_train": mnist.labels[train]}
    arrays |= {"x_test": mnist.levels[test], "y_test": mnist.labels[test]}
    assert read(saved(tmp_path / "mnist.npz", **arrays)).imported == 15
    assert reviewed().digest == mnist.dataset(np.concatenate((train, test))).digest


@pytest.mark.parametrize("names", [("images", "labels"), ("X", "y"), ("data", "target")])
def test_arrays_may_have_other_usual_names(names, mnist, data, tmp_path):
    read(saved(tmp_path / "data.npz", **dict(zip(names, (mnist.levels[:10], mnist.labels[:10]), strict=True))))
    assert reviewed().digest == data.digest


@pytest.mark.parametrize(
    ("label", "said"), [(7.5, "7.5"), (np.nan, "nan"), (-1, "-1.0"), (np.inf, "inf"), (10, "10.0")]
)
def test_an_invalid_label_is_refused_by_the_number_of_its_image(label, said, mnist, tmp_path):
    labels = mnist.labels[:10].astype(float)
    labels[3] = label
    outcome, refusals = attempt(saved(tmp_path / "data.npz", pixels=mnist.levels[:10], labels=labels))
    assert refusals == [f"pixels.npy, image 3: its label '{said}' is not 0 to 9"]
    assert outcome.imported == 9


@pytest.mark.parametrize("kind", ["f4", "i2"])
@pytest.mark.parametrize("level", [-1, 256, np.nan, np.inf])
def test_invalid_levels_are_refused_by_the_number_of_their_image(kind, level, mnist, tmp_path):
    if kind == "i2" and not np.isfinite(level):
        level = 32_767
    levels = mnist.levels[:10].astype(kind)
    levels[3, 5, 5] = level
    outcome, refusals = attempt(saved(tmp_path / "data.npz", pixels=levels, labels=mnist.labels[:10]))
    assert refusals == ["pixels.npy, image 3: its levels are not all from 0 to 255"]
    assert outcome.imported == 9


def test_levels_of_only_0_and_1_are_ambiguous(mnist, tmp_path):
    bits = (mnist.levels[:10] > 127).astype(np.float32)
    with pytest.raises(DatasetError, match=r"pixels\.npy: all levels are 0 or 1"):
        read(saved(tmp_path / "data.npz", pixels=bits, labels=mnist.labels[:10]))
    assert Submission.objects.count() == 0


def test_a_scale_is_that_of_the_whole_array(mnist, tmp_path):
    levels = mnist.levels[:10].astype(np.float32)
    levels[0] /= 255
    assert refused(saved(tmp_path / "data.npz", pixels=levels, labels=mnist.labels[:10])) == [
        "pixels.npy, image 0: Nothing is drawn on the image."
    ]


@pytest.mark.parametrize(
    "labels", [np.array([True]), np.array(["3"]), np.array([3j])], ids=["truth", "text", "complex"]
)
def test_labels_that_are_not_numbers_are_refused(labels, tmp_path):
    with pytest.raises(DatasetError, match=r"labels\.npy is an array of .*, not of numbers"):
        read(saved(tmp_path / "data.npz", pixels=THREE[None], labels=labels))


# IDX files.


def idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4) for side in array.shape) + array.tobytes()


def put(path: Path, files: Mapping[str, np.ndarray]) -> Path:
    path.mkdir(exist_ok=True)
    for name, array in files.items():
        content = idx(array)
        (path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("train-images.idx3-ubyte.gz", "train-labels.idx1-ubyte.gz"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte", "train-labels.idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte.bin", "t10k-labels-idx1-ubyte.bin"),
        ("Train_Images_IDX3.ubyte", "Train_Labels_IDX1.ubyte"),
        ("emnist-digits-train-images-idx3-ubyte", "emnist-digits-train-labels-idx1-ubyte"),
        ("train_images", "train_labels"),
        ("images.idx", "labels.idx"),
        ("x_train.gz", "y_train.gz"),
        ("digits.idx3", "digits.idx1"),
        ("pictures.dat", "classes.dat"),
        ("images-idx3-ubyte (1).gz", "labels-idx1-ubyte (1).gz"),
    ],
)
def test_a_pair_is_found_whatever_its_name(images, labels, mnist, data, tmp_path):
    path = put(tmp_path / "data", {images: mnist.levels[:10], labels: mnist.labels[:10]})
    assert layouts.of_existing(path) == "idx"
    assert read(path).imported == 10
    assert reviewed().digest == data.digest


def test_files_that_systems_leave_beside_a_pair_are_ignored(mnist, data, tmp_path):
    path = put(tmp_path, {"train-images-idx3-ubyte": mnist.levels[:10], "train-labels-idx1-ubyte": mnist.labels[:10]})
    for name in ("._train-images-idx3-ubyte", "._train-labels-idx1-ubyte", "Thumbs.db", "desktop.ini", ".DS_Store"):
        (path / name).write_bytes(b"\0\5\x16\7")
    (path / "train-images-idx3-ubyte.d").mkdir()
    (path / "README.txt").write_text("hello")
    assert read(path).imported == 10
    assert reviewed().digest == data.digest


def test_each_of_two_pairs_keeps_its_own_labels(mnist, tmp_path):
    train, test = np.arange(10), np.arange(60_000, 60_010)
    files = {"train.images": mnist.levels[train], "train.labels": mnist.labels[train]}
    files |= {"t10k-images.idx3-ubyte": mnist.levels[test], "t10k-labels-idx1-ubyte.gz": mnist.labels[test]}
    assert read(put(tmp_path / "data", files)).imported == 20
    assert reviewed().digest == mnist.dataset(np.concatenate((train, test))).digest


def test_a_pair_that_was_unpacked_beside_itself_is_read_twice_and_stored_once(mnist, data, tmp_path):
    files = {"train-images-idx3-ubyte": mnist.levels[:10], "train-labels-idx1-ubyte": mnist.labels[:10]}
    path = put(tmp_path / "data", files | {f"{name}.gz": array for name, array in files.items()})
    assert read(path).known == 10
    assert reviewed().digest == data.digest


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"], "train-labels-idx1-ubyte, are missing"),
        (["train.images", "t10k.labels"], r"train\.labels, are missing"),
        (["a.images", "b.images", "labels"], r"a\.labels, are missing"),
        (["train.images", "train_labels", "trainlabels"], "its labels cannot be told"),
        (["train_images", "train.images", "train.label"], "its labels cannot be told"),
        (["train.images"], r"train\.labels, are missing"),
    ],
)
def test_images_with_ambiguous_labels_are_refused(names, reason, mnist, tmp_path):
    files = {name: mnist.labels[:10] if "label" in name else mnist.levels[:10] for name in names}
    with pytest.raises(DatasetError, match=reason):
        read(put(tmp_path / "data", files))
    assert Submission.objects.count() == 0


def test_images_without_labels_are_refused_beside_a_pair(mnist, data, tmp_path):
    files = {"train-images-idx3-ubyte": mnist.levels[:10], "train-labels-idx1-ubyte": mnist.labels[:10]}
    outcome, refusals = attempt(put(tmp_path / "data", files | {"t10k-images.idx3-ubyte": mnist.levels[10:30]}))
    assert outcome.refused == 20
    assert refusals == ["t10k-images.idx3-ubyte: its labels, such as t10k-labels.idx1-ubyte, are missing"]
    assert reviewed().digest == data.digest


def test_arrays_without_labels_are_refused_beside_a_pair(mnist, data, tmp_path):
    arrays = {"x_train": mnist.levels[10:30], "x_test": mnist.levels[:10], "y_test": mnist.labels[:10]}
    outcome, refusals = attempt(saved(tmp_path / "data.npz", **arrays))
    assert outcome.refused == 20
    assert refusals == ["x_train.npy: its labels, y_train.npy, are missing"]
    assert reviewed().digest == data.digest
