"""Constants in half precision: only those that it can hold exactly, and the answer stays the same."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from predictor.ml.runtime import OPSET
from predictor.training.classifiers.halved import LEAST, halved, rounded


@pytest.fixture
def weights() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(LEAST // 8, 8)).astype(np.float32)


def product(weights: np.ndarray) -> onnx.ModelProto:
    x, y = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, n])
        for name, n in zip("xy", weights.shape, strict=True)
    )
    node = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = helper.make_graph([node], "g", [x], [y], [numpy_helper.from_array(weights, "w")])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def answer(model: onnx.ModelProto) -> np.ndarray:
    onnx.checker.check_model(model)
    x = np.random.default_rng(2).normal(size=(3, LEAST // 8)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def test_rounded_weights_take_half_the_bytes_and_answer_the_same(weights: np.ndarray) -> None:
    model = product(rounded(weights))
    small = halved(model)
    assert small.ByteSize() < 0.52 * model.ByteSize()
    assert np.array_equal(answer(small), answer(model))


def test_others_stay_as_they_are(weights: np.ndarray) -> None:
    assert halved(product(weights)) == product(weights), "half precision cannot hold them"
    few = rounded(weights)[:-1]
    assert halved(product(few)) == product(few)


def test_rounding_keeps_the_type(weights: np.ndarray) -> None:
    assert rounded(weights).dtype == np.float32
    assert rounded(weights) == pytest.approx(weights, rel=1e-3, abs=1e-6)
