"""A multi-layer perceptron on stroke directions (see `features`): 648 inputs, layers of 768, 256 and 10 units."""

from typing import Any

import keras
import onnx
from keras import layers
from onnx import version_converter

from predictor.ml.images import Images
from predictor.ml.runtime import OPSET
from predictor.training.classifiers.features import SIZE, as_onnx, features
from predictor.training.classifiers.network import Array, Network
from predictor.training.classifiers.seeds import Seeds


class Mlp(Network):
    kind = "mlp"
    fixed = 200_000
    per_drawing = 25

    @staticmethod
    def form(seeds: Seeds) -> keras.Model:
        inputs = keras.Input((SIZE,))
        x: Any = layers.Rescaling(SIZE**0.5)(inputs)  # from rows of length 1 to a mean square of 1
        for units, rate in ((768, 0.1), (256, 0.2)):
            dense = layers.Dense(units, use_bias=False, kernel_initializer=seeds.initializer())
            x = dense(layers.Dropout(rate, seed=seeds.next())(x))
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        last = layers.Dense(10, kernel_initializer=seeds.initializer())
        return keras.Model(inputs, last(layers.Dropout(0.2, seed=seeds.next())(x)))

    @staticmethod
    def to_inputs(images: Images) -> Array:
        return features(images)

    def to_onnx(self) -> bytes:
        """The graph of the features, followed by the one that Keras exports."""
        dense = version_converter.convert_version(onnx.load_from_string(super().to_onnx()), OPSET)
        before = as_onnx()
        dense.ir_version = before.ir_version
        joined = onnx.compose.merge_models(before, dense, [("features", dense.graph.input[0].name)])
        exported: bytes = joined.SerializeToString()
        return exported
