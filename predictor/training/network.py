"""What the two networks share: augmentation, fitting, and the way to ONNX."""

import os
import tempfile
import warnings
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read once, when TensorFlow is first imported

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from predictor.ml.images import SIDE, Images, to_images
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Dataset

BATCH: Final = 32
REPEATS: Final = 4  # an epoch shows each image so often, each time another way
LEARNING_RATE: Final = 2e-3
# A hand's variation, within what `normalise` leaves: ±14° of rotation, 2 px of shift, an eighth of size.
ROTATION: Final = 0.04
SHIFT: Final = 0.08
ZOOM: Final = 0.12


class Network(ABC):
    """A trained Keras network from images, (n, 28, 28), to probabilities, (n, 10)."""

    kind: str
    epochs: int

    def __init__(self, data: Dataset, *, seed: int, epochs: int | None = None) -> None:
        """Train on `data` for `epochs` epochs, those of the class by default."""
        keras.utils.set_random_seed(seed)
        tf.config.experimental.enable_op_determinism()
        epochs = epochs or self.epochs
        self._network = self.build()
        self.hyperparameters: dict[str, Any] = {
            "epochs": epochs,
            "batch": BATCH,
            "repeats": REPEATS,
            "learning_rate": LEARNING_RATE,
            "augmentation": {"rotation": ROTATION, "shift": SHIFT, "zoom": ZOOM},
            "parameters": self._network.count_params(),
        }
        self.calibration: dict[str, Any] = {"method": "none"}
        _fit(self._network, data, seed, epochs)

    @staticmethod
    @abstractmethod
    def build() -> keras.Model:
        """The network, untrained: (n, 28, 28) → softmax (n, 10)."""

    def probabilities(self, images: Images) -> Probabilities:
        """float32 (n, 28, 28) in [0, 1] → float32 (n, 10), by Keras."""
        answer: Probabilities = self._network.predict(images, batch_size=1000, verbose=0)
        return answer

    def to_onnx(self) -> bytes:
        """The network as ONNX, by Keras' own exporter (tf2onnx)."""
        with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)  # tf2onnx asks whether it is
            path = Path(directory) / "network.onnx"
            self._network.export(path, format="onnx", verbose=False)
            return path.read_bytes()


def _fit(network: keras.Model, data: Dataset, seed: int, epochs: int) -> None:
    """Adam (Kingma & Ba 2015) with a learning rate that falls to zero along a cosine (Loshchilov & Hutter 2017)."""
    steps = -(-len(data) * REPEATS // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * steps)
    network.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy")
    network.fit(_batches(data, seed), epochs=epochs, shuffle=False, verbose=0)


def _batches(data: Dataset, seed: int) -> tf.data.Dataset:
    """Shuffled batches, augmented anew each time they are drawn: float32 (b, 28, 28), labels (b,)."""
    augment = _augmentation(seed)
    return (
        tf.data.Dataset.from_tensor_slices((to_images(data.pixels), data.labels.astype(np.int64)))
        .repeat(REPEATS)
        .shuffle(REPEATS * len(data), seed=seed)
        .batch(BATCH)
        .map(lambda X, y: (augment(X, training=True), y))
        .prefetch(2)
    )


def _augmentation(seed: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE)),
            layers.Reshape((SIDE, SIDE, 1)),
            layers.RandomRotation(ROTATION, fill_mode="constant", seed=seed),
            layers.RandomTranslation(SHIFT, SHIFT, fill_mode="constant", seed=seed + 1),
            layers.RandomZoom(ZOOM, ZOOM, fill_mode="constant", seed=seed + 2),
            layers.Reshape((SIDE, SIDE)),
        ]
    )
