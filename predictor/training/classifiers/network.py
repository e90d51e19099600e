"""What the two networks share: fitting, a committee where data are few, temperature scaling, and the export to ONNX.

A validation set is used for early stopping. Where there is none, because drawings are few, they are cut into FOLDS
folds; one network is trained for each fold, on the others, with that fold as its validation set, and these form a
committee (Krogh & Vedelsby 1995). Either way the confidence is calibrated by temperature scaling (Guo et al. 2017) on
the validation set; a committee has one temperature, fitted on all folds together, as one of few drawings may be free of
misses, and then any confidence fits. The committee's prediction is the geometric mean of its members': the arithmetic
mean of calibrated predictions is underconfident (Rahaman & Thiery 2021).

A network can also go on from the weights of another of the same form, for a fraction of the time: with a lower learning
rate, and on STARTED augmented images. It must have a validation set for that, because the drawings that a member of a
committee was validated on change with every new label.

Each network gets one thread: these are so small that a second one saves nothing. Train the kinds in parallel instead.
"""

import tempfile
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from predictor.ml.inputs import Inputs
from predictor.ml.runtime import Probabilities
from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import ACCURACY, LOSS, Curve
from predictor.training.classifiers.member import FOLDS, Member
from predictor.training.classifiers.seeds import Seeds
from predictor.training.data.dataset import folds
from predictor.training.data.labelled import Labelled
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.training_data import STARTED
from predictor.training.progress import Progress, no_progress

Array = NDArray[np.float32]
Labels = NDArray[np.uint8]

CHECKS: Final = 20  # evaluations on the validation set: what Keras calls epochs
MIN_CHECKS: Final = 15  # before early stopping: by then the learning rate is so low that stopping can only help
PATIENCE: Final = 3  # checks without improvement before training stops
LEARNING_RATE: Final = 2e-3
STARTED_RATE: Final = 5e-4  # the learning rate of one that goes on from weights
BATCH: Final = 128
CHUNK: Final = 1000  # images at a time
OUTLIERS: Final = 0.06  # fraction of a batch, where there are any

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
tf.get_logger().setLevel("ERROR")  # else it warns that several networks, too, are compiled several times


class _Lessons(NamedTuple):
    """Copies of all drawings: their inputs, (n, …), and labels, (n,), and the inputs of outliers, (m, …)."""

    inputs: NDArray[np.float16]
    labels: Labels
    outliers: NDArray[np.float16]


class Network(ABC):
    """A trained committee of Keras networks, of only one where there is a validation set; see the module."""

    kind: str
    fixed: int  # augmented images to train on, however many drawings there are,
    per_drawing: int  # and so many more for each drawing
    outlier_exposure = True  # where there are outliers

    def __init__(
        self,
        data: Prepared,
        *,
        seed: int,
        epochs: int | None = None,
        folds: int | None = None,
        start: Weights | None = None,
        members: Sequence[Member] | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """Train.

        Args:
            data: what to train on. The target of its outliers is the uniform distribution over the ten digits (outlier
                exposure, Hendrycks et al. 2019).
            seed: of everything random.
            epochs: augmented images to train on for each drawing, instead of `fixed` and `per_drawing`, or `STARTED`.
            folds: members of the committee, where there is no validation set; FOLDS by default.
            start: the weights to go on from, where there is a validation set and they are of such a network; see the
                module.
            members: all members, if they were trained elsewhere on these data; see `member`.
            progress: called as the training advances.
        """
        start = start if len(data.validation) and self._fits(start) else None
        if members is None:
            lessons, n = self._lessons(data), len(_splits(data, folds or FOLDS, seed))
            given = partial(self._member, data, lessons, seed=seed, epochs=epochs, folds=folds, start=start)
            members = [given(number, progress=progress) for number in range(n)]
        self._members = [self._built(each.weights, seed) for each in members]
        logits, labels = zip(*((each.logits, each.labels) for each in members), strict=True)
        self._temperature = _temperature(np.concatenate(logits), np.concatenate(labels))
        self.curves = [each.curve for each in members]
        self.hyperparameters: dict[str, Any] = {
            "members": len(members),
            "variations": members[-1].variations,
            "batch": BATCH,
            "learning_rate": STARTED_RATE if start else LEARNING_RATE,
            "started": start is not None,
            "parameters": sum(network.count_params() for network in self._members),
            "outliers": len(data.unlabelled) if self.outlier_exposure else 0,
            "varied": len(data.varied),
        }
        self.calibration: dict[str, Any] = {"method": "temperature", "temperatures": [self._temperature]}

    @classmethod
    def member(
        cls,
        data: Prepared,
        number: int,
        *,
        seed: int,
        epochs: int | None = None,
        folds: int | None = None,
        progress: Progress = no_progress,
    ) -> Member:
        """Train one member of a committee, from 0, as `__init__` does.

        What the members of a committee share is made of `data` once, and kept with it.
        """
        lessons = data.once(cls.kind, partial(cls._lessons, data))
        return cls._member(data, lessons, number, seed=seed, epochs=epochs, folds=folds, start=None, progress=progress)

    @classmethod
    def _member(
        cls,
        data: Prepared,
        lessons: "_Lessons",
        number: int,
        *,
        seed: int,
        epochs: int | None,
        folds: int | None,
        start: Weights | None,
        progress: Progress,
    ) -> Member:
        began = time.monotonic()
        splits = _splits(data, folds or FOLDS, seed)
        which, validation = splits[number]
        total = cls._total(len(which), epochs, start)
        rows, varied = data.copies_of(which), len(data.augmented) + data.varied_of(which)
        batches = _batches(*lessons, rows, [seed, number], varied=varied, share=data.varied_share)
        name = cls.kind if len(splits) == 1 else f"{cls.kind} {number + 1}/{len(splits)}"
        network = cls._built(start, seed + number)
        X = cls.to_inputs(validation.inputs())
        callback = _ProgressCallback(name, progress)
        rate = STARTED_RATE if start else LEARNING_RATE
        _fit(network, batches, (X, validation.labels), total=total, rate=rate, progress=callback)
        weights, logits, seconds = list(network.get_weights()), _predict(network, X), time.monotonic() - began
        return Member(weights, logits, validation.labels, callback.curve, total, seconds)

    @property
    def weights(self) -> Weights:
        """Those of the network, float32, in Keras' order; a committee has none that another run could go on from."""
        return list(self._members[0].get_weights()) if len(self._members) == 1 else []

    @classmethod
    def _total(cls, n: int, epochs: int | None, start: Weights | None) -> int:
        """How many augmented images to train on, for `n` drawings."""
        if epochs:
            return n * epochs
        usual = cls.fixed + cls.per_drawing * n
        return min(STARTED, usual) if start else usual

    @classmethod
    def _fits(cls, start: Weights | None) -> bool:
        """Whether weights are of such a network; those of an earlier version may be of another."""
        shapes = [each.shape for each in cls.build().get_weights()]
        return start is not None and [each.shape for each in start] == shapes

    @classmethod
    def _built(cls, start: Weights | None, seed: int) -> keras.Model:
        network = cls.build(seed)
        if start:
            network.set_weights(start)
        return network

    @classmethod
    def build(cls, seed: int = 0) -> keras.Model:
        """An untrained network, from what `to_inputs` returns to logits (n, 10)."""
        return cls.form(Seeds(seed))

    @staticmethod
    @abstractmethod
    def form(seeds: Seeds) -> keras.Model:
        """The same, whose layers take their seeds in their order."""

    @staticmethod
    def to_inputs(inputs: Inputs) -> Array:
        """Convert what the kind is given, such as images, (n, 28, 28), for the network: by default nothing changes."""
        return inputs

    def probabilities(self, inputs: Inputs, /) -> Probabilities:
        """What the kind is given, such as float32 (n, 28, 28) in [0, 1] → float32 (n, 10), by Keras."""
        return _predict(self._committee(), self.to_inputs(inputs))

    def to_onnx(self) -> bytes:
        """The committee as ONNX, by Keras' own exporter (tf2onnx)."""
        committee = self._committee()
        committee(np.zeros((1, *committee.input_shape[1:]), np.float32))  # Keras exports only models that were called
        with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)  # tf2onnx tests for it
            path = Path(directory) / "network.onnx"
            committee.export(path, format="onnx", verbose=False)
            return path.read_bytes()

    @classmethod
    def _lessons(cls, data: Prepared) -> "_Lessons":
        labels = np.concatenate((data.augmented.labels, data.varied.labels))
        outliers = [data.unlabelled] if cls.outlier_exposure else []
        return _Lessons(cls._stored(data.augmented, data.varied), labels, cls._stored(*outliers))

    @classmethod
    def _stored(cls, *sets: Labelled) -> NDArray[np.float16]:
        """The inputs for all of several sets of n drawings, in half the memory."""
        chunks = (each.inputs(slice(at, at + CHUNK)) for each in sets for at in range(0, len(each), CHUNK))
        parts = [cls.to_inputs(chunk).astype(np.float16) for chunk in chunks]
        return np.concatenate(parts) if parts else np.zeros((0, 1), np.float16)

    def _committee(self) -> keras.Model:
        """All members in one network, from what `to_inputs` returns to probabilities (n, 10)."""
        inputs = keras.Input(self._members[0].input_shape[1:], name="image")
        logits = [network(inputs) for network in self._members]
        mean = layers.Average()(logits) if len(logits) > 1 else logits[0]
        return keras.Model(inputs, layers.Softmax()(layers.Rescaling(1 / self._temperature)(mean)))


def _splits(data: Prepared, n_folds: int, seed: int) -> list[tuple[NDArray[np.intp], Labelled]]:
    """For each member the rows of the drawings to train it on, (k,), and its validation set."""
    drawings = data.drawings
    if len(data.validation):
        return [(np.arange(len(drawings)), data.validation)]
    return [(which, drawings[fold]) for which, fold in folds(drawings, n_folds, seed=seed)]


def _batches(
    inputs: NDArray[np.float16],
    labels: Labels,
    outliers: NDArray[np.float16],
    rows: NDArray[np.intp],
    seed: list[int],
    *,
    varied: NDArray[np.intp],
    share: float,
) -> Iterator[tuple[Array, Array]]:
    """Endless batches of inputs, (b, …), and targets, (b, 10), drawn at random from `rows` and from the outliers.

    A `share` of the digits in each batch is drawn from the rows `varied`, if there are any.
    """
    random = np.random.default_rng(seed)
    n_outliers = round(BATCH * OUTLIERS) if len(outliers) else 0
    n_varied = round((BATCH - n_outliers) * share) if len(varied) else 0
    while True:
        which = rows[random.integers(0, len(rows), BATCH - n_outliers - n_varied)]
        if n_varied:
            which = np.concatenate((which, varied[random.integers(0, len(varied), n_varied)]))
        X, y = inputs[which], _one_hot(labels[which])
        if n_outliers:
            X = np.concatenate((X, outliers[random.integers(0, len(outliers), n_outliers)]))
            y = np.concatenate((y, np.full((n_outliers, 10), 0.1, np.float32)))
        yield X.astype(np.float32), y


def _fit(
    network: keras.Model,
    batches: Iterator[tuple[Array, Array]],
    validation: tuple[Array, Labels],
    *,
    total: int,
    rate: float,
    progress: keras.callbacks.Callback,
) -> None:
    """Fit by Adam (Kingma & Ba 2015) with cosine decay of the learning rate to zero (Loshchilov & Hutter 2017).

    `total` is the number of images, `rate` the learning rate at the start.
    """
    steps = max(1, total // BATCH // CHECKS)
    schedule = keras.optimizers.schedules.CosineDecay(rate, steps * CHECKS)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(schedule), loss, metrics=[keras.metrics.CategoricalAccuracy("accuracy")])
    early = keras.callbacks.EarlyStopping(
        "val_loss", patience=PATIENCE, start_from_epoch=MIN_CHECKS, restore_best_weights=True
    )
    X, y = validation
    network.fit(
        batches,
        steps_per_epoch=steps,
        epochs=CHECKS,
        shuffle=False,
        validation_data=(X, _one_hot(y)),
        validation_batch_size=CHUNK,
        callbacks=[early, progress],
        verbose=0,
    )


class _ProgressCallback(keras.callbacks.Callback):
    """Passes on Keras' progress, and keeps the learning curve."""

    def __init__(self, name: str, progress: Progress) -> None:
        super().__init__()
        self._name, self._progress = name, progress
        self._checks: list[tuple[float, float]] = []

    @property
    def curve(self) -> Curve:
        accuracy, loss = zip(*self._checks, strict=True)
        return Curve(self._name, accuracy, loss)

    def on_train_begin(self, logs: Any = None) -> None:
        self._progress(self._name, 0, CHECKS)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._done = epoch + 1
        self._checks.append((float(logs[ACCURACY]), float(logs[LOSS])))
        self._progress(self._name, self._done, CHECKS, self._checks[-1][0])

    def on_train_end(self, logs: Any = None) -> None:
        if self._done < CHECKS:  # stopped early
            self._progress(self._name, CHECKS, CHECKS)


def _predict(network: keras.Model, inputs: Array) -> Array:
    outputs: Array = network.predict(inputs, batch_size=CHUNK, verbose=0)
    return outputs


def _one_hot(labels: Labels) -> Array:
    return np.eye(10, dtype=np.float32)[labels]


def _temperature(logits: Array, labels: Labels) -> float:
    """The T that minimises the log loss of softmax(logits / T), for logits (n, 10) and labels (n,)."""
    right = np.arange(len(labels)), labels

    def log_loss(log_t: float) -> float:
        return float(-log_softmax(logits / np.exp(log_t), axis=1)[right].mean())

    return float(np.exp(minimize_scalar(log_loss, bounds=(-2, 2), method="bounded").x))
