"""What the two networks share: fitting, a committee where data are few, temperature, and the way to ONNX.

A validation set stops the training early. Where there is none, drawings being few, they are cut into FOLDS, one network
learns without each fold and is stopped by it, and the committee answers (Krogh & Vedelsby 1995). Either way the
confidence is calibrated by a temperature (Guo et al. 2017) fitted to drawings that the network has not learned from.
The committee's answer is the geometric mean of its members': the arithmetic mean of answers that are calibrated each is
less sure than it is right (Rahaman & Thiery 2021).

One thread each: with networks as small as these a second one saves nothing. Run the kinds side by side instead.
"""

import os
import tempfile
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is first imported

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from predictor.ml.images import Images, Pixels, to_images
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Dataset, folds
from predictor.training.material import NO_OUTLIERS, Material
from predictor.training.progress import Progress, silent

Array = NDArray[np.float32]
Labels = NDArray[np.uint8]

FOLDS: Final = 5
CHECKS: Final = 20  # how often the validation set is asked
SETTLED: Final = 15  # checks after which the learning rate is so low that stopping early can only help
PATIENCE: Final = 3  # checks without a better answer, from then on
LEARNING_RATE: Final = 2e-3
BATCH: Final = 128
CHUNK: Final = 1000  # images at a time
OUTLIERS: Final = 0.06  # of a batch, where there are any

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


class Network(ABC):
    """A trained committee of Keras networks, of one where there is a validation set; see the module."""

    kind: str
    fixed: int  # variations to learn from,
    per_drawing: int  # and so many more for each drawing
    exposed = True  # to outliers, where there are any

    def __init__(
        self, material: Material, *, seed: int, epochs: int | None = None, progress: Progress = silent
    ) -> None:
        """Train.

        Args:
            material: its outliers, if any, are to be answered with ten equal probabilities (Hendrycks et al. 2019).
            seed: of everything random.
            epochs: how many variations of each drawing to learn from, instead of the usual number.
            progress: told how far the training is.
        """
        seen = self._stored(material.variations.pixels)
        outliers = self._stored(material.outliers if self.exposed else NO_OUTLIERS)
        self._members: list[keras.Model] = []
        self._temperatures: list[float] = []
        splits = _splits(material, seed)
        for number, (taught, aside) in enumerate(splits):
            keras.utils.set_random_seed(seed + number)
            total = len(taught) * epochs if epochs else self.fixed + self.per_drawing * len(taught)
            rows = material.of(taught)
            batches = _batches(seen, material.variations.labels, rows, outliers, [seed, number])
            name = self.kind if len(splits) == 1 else f"{self.kind} {number + 1}/{len(splits)}"
            network = self.build()
            validation = self.see(to_images(aside.pixels)), aside.labels
            _fit(network, batches, validation, total, _Told(name, progress))
            self._members.append(network)
            self._temperatures.append(_temperature(_predict(network, validation[0]), aside.labels))
        self.hyperparameters: dict[str, Any] = {
            "members": len(splits),
            "variations": total,
            "batch": BATCH,
            "learning_rate": LEARNING_RATE,
            "parameters": sum(network.count_params() for network in self._members),
            "outliers": len(outliers),
        }
        self.calibration: dict[str, Any] = {"method": "temperature", "temperatures": self._temperatures}

    @staticmethod
    @abstractmethod
    def build() -> keras.Model:
        """One network, untrained: what `see` gives → logits (n, 10)."""

    @staticmethod
    def see(images: Images) -> Array:
        """What the network is given of images, float32 (n, 28, 28): the pixels themselves, or what a kind says."""
        return images

    def probabilities(self, images: Images) -> Probabilities:
        """float32 (n, 28, 28) in [0, 1] → float32 (n, 10), by Keras."""
        return _predict(self._committee(), self.see(images))

    def to_onnx(self) -> bytes:
        """The committee as ONNX, by Keras' own exporter (tf2onnx)."""
        committee = self._committee()
        committee(np.zeros((1, *committee.input_shape[1:]), np.float32))  # Keras exports nothing that was never called
        with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)  # tf2onnx asks whether it is
            path = Path(directory) / "network.onnx"
            committee.export(path, format="onnx", verbose=False)
            return path.read_bytes()

    def _stored(self, pixels: Pixels) -> NDArray[np.float16]:
        """What `see` gives for all of uint8 (n, 28, 28), in half the memory."""
        parts = [self.see(to_images(pixels[at : at + CHUNK])).astype(np.float16) for at in range(0, len(pixels), CHUNK)]
        return np.concatenate(parts) if parts else np.zeros((0, 1), np.float16)

    def _committee(self) -> keras.Model:
        """All members in one network: what `see` gives → probabilities (n, 10)."""
        seen = keras.Input(self._members[0].input_shape[1:], name="image")
        logits = [
            layers.Rescaling(1 / temperature)(network(seen))
            for network, temperature in zip(self._members, self._temperatures, strict=True)
        ]
        return keras.Model(seen, layers.Softmax()(layers.Average()(logits) if len(logits) > 1 else logits[0]))


def _splits(material: Material, seed: int) -> list[tuple[NDArray[np.intp], Dataset]]:
    """For each member which drawings teach it, (k,), and what stops and calibrates it."""
    drawings = material.drawings
    if len(material.validation):
        return [(np.arange(len(drawings)), material.validation)]
    return [(taught, drawings[aside]) for taught, aside in folds(drawings, FOLDS, seed=seed)]


def _batches(
    seen: NDArray[np.float16], labels: Labels, rows: NDArray[np.intp], outliers: NDArray[np.float16], seed: list[int]
) -> Iterator[tuple[Array, Array]]:
    """Batches without end of what `see` gave, (b, …), with targets (b, 10), from `rows` and from the outliers."""
    random = np.random.default_rng(seed)
    odd = round(BATCH * OUTLIERS) if len(outliers) else 0
    while True:
        which = rows[random.integers(0, len(rows), BATCH - odd)]
        given, targets = seen[which], _one_hot(labels[which])
        if odd:
            given = np.concatenate((given, outliers[random.integers(0, len(outliers), odd)]))
            targets = np.concatenate((targets, np.full((odd, 10), 0.1, np.float32)))
        yield given.astype(np.float32), targets


def _fit(
    network: keras.Model,
    batches: Iterator[tuple[Array, Array]],
    validation: tuple[Array, Labels],
    total: int,
    told: keras.callbacks.Callback,
) -> None:
    """Adam (Kingma & Ba 2015) with a learning rate that falls to zero along a cosine (Loshchilov & Hutter 2017)."""
    steps = max(1, total // BATCH // CHECKS)
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps * CHECKS)
    network.compile(keras.optimizers.Adam(schedule), keras.losses.CategoricalCrossentropy(from_logits=True))
    early = keras.callbacks.EarlyStopping(
        "val_loss", patience=PATIENCE, start_from_epoch=SETTLED, restore_best_weights=True
    )
    X, y = validation
    network.fit(
        batches,
        steps_per_epoch=steps,
        epochs=CHECKS,
        shuffle=False,
        validation_data=(X, _one_hot(y)),
        validation_batch_size=CHUNK,
        callbacks=[early, told],
        verbose=0,
    )


class _Told(keras.callbacks.Callback):
    """Passes Keras' progress on."""

    def __init__(self, name: str, progress: Progress) -> None:
        super().__init__()
        self._name, self._progress = name, progress

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._done = epoch + 1
        self._progress(self._name, self._done, CHECKS)

    def on_train_end(self, logs: Any = None) -> None:
        if self._done < CHECKS:  # stopped early
            self._progress(self._name, CHECKS, CHECKS)


def _predict(network: keras.Model, seen: Array) -> Array:
    answer: Array = network.predict(seen, batch_size=CHUNK, verbose=0)
    return answer


def _one_hot(labels: Labels) -> Array:
    return np.eye(10, dtype=np.float32)[labels]


def _temperature(logits: Array, labels: Labels) -> float:
    """The T for which softmax(logits / T) has the smallest log loss, logits (n, 10)."""
    right = np.arange(len(labels)), labels

    def log_loss(log_t: float) -> float:
        return float(-log_softmax(logits / np.exp(log_t), axis=1)[right].mean())

    return float(np.exp(minimize_scalar(log_loss, bounds=(-2, 2), method="bounded").x))
