"""A multi-layer perceptron on stroke directions (see `features`): 648, 384, 128, 10."""

from typing import Any

import keras
import onnx
from keras import layers
from onnx import version_converter

from predictor.ml.images import Images
from predictor.training.features import OPSET, SIZE, as_onnx, features
from predictor.training.network import Array, Network


class Mlp(Network):
    kind = "mlp"
    fixed = 100_000
    per_drawing = 10

    @staticmethod
    def build() -> keras.Model:
        seen = keras.Input((SIZE,))
        x: Any = layers.Rescaling(SIZE**0.5)(seen)  # rows of length 1 come in
        for width, dropped in ((384, 0.2), (128, 0.3)):
            x = layers.Dense(width, use_bias=False)(layers.Dropout(dropped)(x))
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        return keras.Model(seen, layers.Dense(10)(layers.Dropout(0.3)(x)))

    @staticmethod
    def see(images: Images) -> Array:
        return features(images)

    def to_onnx(self) -> bytes:
        """The features' graph, and behind it what Keras exports."""
        dense = version_converter.convert_version(onnx.load_from_string(super().to_onnx()), OPSET)
        before = as_onnx()
        dense.ir_version = before.ir_version
        joined = onnx.compose.merge_models(before, dense, [("features", dense.graph.input[0].name)])
        exported: bytes = joined.SerializeToString()
        return exported
