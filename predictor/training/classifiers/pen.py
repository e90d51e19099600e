"""A one-dimensional convolutional network on the pen's trajectory (see `predictor.ml.strokes.trajectory`).

It learns from the order and the direction of the strokes, which no picture shows, and so it errs on other drawings than
classifiers of pixels do. Convolutions along the path were chosen before recurrent networks for their speed.
"""

from typing import Any

import keras
from keras import layers

from predictor.ml.strokes.trajectory import CHANNELS, POINTS
from predictor.training.classifiers.network import Network
from predictor.training.classifiers.seeds import Seeds


class Pen(Network):
    kind = "pen"
    fixed = 100_000
    per_drawing = 25

    @staticmethod
    def form(seeds: Seeds) -> keras.Model:
        inputs = keras.Input((POINTS, CHANNELS))
        x = _convolution(inputs, 32, seeds, size=5)
        x = _convolution(x, 64, seeds, size=5, strides=2)  # (24, 64)
        x = _convolution(x, 96, seeds, size=5, strides=2)  # (12, 96)
        x = _convolution(x, 128, seeds)
        x = layers.Flatten()(layers.Dropout(0.3, seed=seeds.next())(x))
        x = layers.Dense(64, activation="relu", kernel_initializer=seeds.initializer())(x)
        last = layers.Dense(10, kernel_initializer=seeds.initializer())
        return keras.Model(inputs, last(layers.Dropout(0.3, seed=seeds.next())(x)))


def _convolution(x: Any, channels: int, seeds: Seeds, *, size: int = 3, strides: int = 1) -> Any:
    start = seeds.initializer()
    form = {"strides": strides, "padding": "same", "activation": "relu"}
    return layers.Conv1D(channels, size, **form, kernel_initializer=start)(x)
