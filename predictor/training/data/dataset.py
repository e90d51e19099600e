"""Labelled drawings: MNIST, the ancestor's 500 of its images, and how they are split.

There are four splits, which share no drawing:

- *training*: what classifiers are trained on;
- *validation*: for early stopping and calibration; where there are few drawings, cross-validation takes its place;
- *held-out*: decides whether a challenger replaces the champion;
- *test*: for reporting only. 60 of MNIST's test images are among the ancestor's 500; without them 9,940 are left.
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from predictor.ml.images import Pixels, digest, normalise, to_images
from predictor.ml.inputs import Inputs
from predictor.training.data.labelled import Labelled
from predictor.training.errors import DatasetError
from predictor.training.progress import Progress, no_progress

# MD5 of the uncompressed files, as published with the data.
MNIST_FILES: Final = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
TRAIN_SIZE: Final = 60_000
CHUNK: Final = 2_500  # of these at a time
SAMPLE_SEED: Final = 42
SAMPLE_SIZE: Final = 500
HELD_OUT_ONE_IN: Final = 10
VALIDATION_ONE_IN: Final = 20
# The least cosine similarity of near-duplicates, one of them shifted by up to a pixel. A stroke redrawn with another
# size, position or pen reaches it four times in five; the nearest of 20,000 other MNIST drawings reaches it for one "1"
# in ten, and for no other digit.
NEAR_DUPLICATE: Final = 0.98


@dataclass(frozen=True)
class Dataset(Labelled):
    """Normalised pixels, uint8 (n, 28, 28), with labels, uint8 (n,) in 0–9."""

    pixels: Pixels
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.pixels.shape != (len(self.labels), 28, 28) or self.pixels.dtype != np.uint8:
            raise DatasetError(f"{len(self.labels)} labels do not go with pixels of shape {self.pixels.shape}.")
        if len(self.labels) and self.labels.max() > 9:
            raise DatasetError(f"{self.labels.max()} is not a digit.")

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        return type(self)(self.pixels[which], self.labels[which])

    def __add__(self, other: "Dataset") -> "Dataset":
        return Dataset(np.concatenate((self.pixels, other.pixels)), np.concatenate((self.labels, other.labels)))

    def inputs(self, which: slice = slice(None)) -> Inputs:
        return to_images(self.pixels[which])

    def identities(self) -> Iterator[str]:
        return (digest(pixels) for pixels in self.pixels)


EMPTY: Final = Dataset(np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8))


def read_idx(path: Path, md5: str | None = None) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of bytes (http://yann.lecun.com/exdb/mnist/) into an array of its shape.

    Raises:
        DatasetError: it is missing, damaged, or not the file with the given MD5.
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing.") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} is damaged: {error}") from error
    if md5 and hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise DatasetError(f"{path} is not the published file: its MD5 differs.")
    return parse_idx(content, path)


def parse_idx(content: bytes, path: Path) -> NDArray[np.uint8]:
    """The array in the content of an IDX file of bytes; `path` is for errors.

    Raises:
        DatasetError: it has another format, or another length than its header declares.
    """
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise DatasetError(f"{path} is not an IDX file of bytes.")
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[i : i + 4]) for i in range(4, start, 4)]
    if len(content) != start + math.prod(shape):
        raise DatasetError(f"{path} does not hold the {shape} bytes that its header declares.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


@dataclass(frozen=True)
class Mnist:
    """MNIST as published: grey levels, uint8 (70000, 28, 28), ink high, train then test, with labels (70000,)."""

    levels: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    @classmethod
    @cache
    def read(cls, directory: Path) -> Self:
        """Read the four original files and check their MD5s; DatasetError names the one that is wrong."""
        parts = [read_idx(directory / f"{name}.gz", md5) for name, md5 in MNIST_FILES.items()]
        return cls(np.concatenate((parts[0], parts[2])), np.concatenate((parts[1], parts[3])))

    def sample(self) -> NDArray[np.intp]:
        """The positions of the ancestor's 500 images, sampled from train and test together as its notebook did."""
        return np.random.RandomState(SAMPLE_SEED).choice(len(self.labels), SAMPLE_SIZE, replace=False)

    def dataset(self, which: NDArray[np.intp]) -> Dataset:
        """The images at these positions, normalised as drawings that are sent to the server are."""
        return Dataset(np.array([normalise(levels) for levels in self.levels[which]]), self.labels[which])

    def mnist500(self) -> Dataset:
        """The ancestor's 500 images, for training."""
        return self.dataset(self.sample())

    def prepare(self, progress: Progress = no_progress) -> None:
        """Normalise the training images now, and say how far that is, instead of when they are first asked for."""
        if "_train" not in vars(self):
            starts, parts = range(0, TRAIN_SIZE, CHUNK), list[Dataset]()
            for start in starts:
                parts.append(self.dataset(np.arange(start, start + CHUNK)))
                progress("MNIST", len(parts), len(starts))
            pixels = np.concatenate([each.pixels for each in parts])
            vars(self)["_train"] = Dataset(pixels, self.labels[:TRAIN_SIZE])

    @cached_property
    def training(self) -> Dataset:
        """The training images that are not held out: nine in ten."""
        return self._train[~is_held_out(self._train)]

    @cached_property
    def held_out(self) -> Dataset:
        """The held-out training images that are not among the ancestor's 500."""
        others = np.isin(np.arange(TRAIN_SIZE), self.sample(), invert=True)
        return self._train[is_held_out(self._train) & others]

    @cached_property
    def _train(self) -> Dataset:
        return self.dataset(np.arange(TRAIN_SIZE))

    @cached_property
    def test(self) -> Dataset:
        """The 9,940 test images that are not among the ancestor's 500, for reporting only."""
        return self.dataset(np.setdiff1d(np.arange(TRAIN_SIZE, len(self.labels)), self.sample()))


def folds(data: Labelled, n: int, *, seed: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Cut into `n` stratified folds, or fewer if a digit has fewer drawings.

    Yields:
        For each fold the positions of all other drawings and those of its own: scikit-learn's train and test indices.

    Raises:
        DatasetError: a digit has fewer than two drawings, so that a fold would lack it.
    """
    from sklearn.model_selection import StratifiedKFold  # not needed, and perhaps not installed, for evaluation alone

    data.require_all_classes()
    cut = StratifiedKFold(min(n, *data.class_counts), shuffle=True, random_state=seed)
    yield from cut.split(data.labels, data.labels)


def is_held_out(data: Dataset) -> NDArray[np.bool_]:
    """Which drawings are held out, bool (n,): the hash of their pixels decides, so it is the same in every run."""
    return np.array([int(digest(pixels)[:8], 16) % HELD_OUT_ONE_IN == 0 for pixels in data.pixels], bool)


def is_validation(data: Dataset) -> NDArray[np.bool_]:
    """Which drawings are for validation where there are many, bool (n,): other digits of the hash decide."""
    return np.array([int(digest(pixels)[8:16], 16) % VALIDATION_ONE_IN == 0 for pixels in data.pixels], bool)


def split(data: Dataset) -> tuple[Dataset, Dataset]:
    """Split into training and held-out drawings; near-duplicates of held-out drawings are dropped from training."""
    held = is_held_out(data)
    training, held_out = data[~held], data[held]
    return training[~_near_duplicates(training.pixels, held_out.pixels)], held_out


def without(data: Dataset, others: Dataset) -> Dataset:
    """The drawings of `data` whose pixels are not among those of `others`."""
    known = {digest(pixels) for pixels in others.pixels}
    return data[np.array([digest(pixels) not in known for pixels in data.pixels], bool)]


def _near_duplicates(pixels: Pixels, originals: Pixels) -> NDArray[np.bool_]:
    """Which of pixels, uint8 (n, 28, 28), are near-duplicates of one of the originals, uint8 (m, 28, 28): bool (n,)."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    found = np.zeros(len(pixels), bool)
    for shift in shifts:
        cosines = _unit(pixels) @ _unit(np.roll(originals, shift, axis=(1, 2))).T  # (n, m)
        found |= (cosines >= NEAR_DUPLICATE).any(axis=1)
    return found


def _unit(pixels: Pixels) -> NDArray[np.float32]:
    """Pixels, uint8 (n, 28, 28), none blank, as vectors of length 1, float32 (n, 784)."""
    vectors = pixels.reshape(len(pixels), 784).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
