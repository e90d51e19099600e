"""Weights in half precision, where that loses nothing.

A classifier rounds its weights to half precision when it is trained, and so its artifact can hold them in half the
bytes. ONNX Runtime converts them to single precision once, when it loads the artifact.
"""

from typing import Final, TypeVar

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

LEAST: Final = 4096  # numbers: halving fewer is not worth a node

Floats = TypeVar("Floats", bound=NDArray[np.floating])


def rounded(values: Floats) -> Floats:
    """The same numbers, of the same type, rounded to half precision."""
    return values.astype(np.float16).astype(values.dtype)  # type: ignore[return-value]


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that holds all large float32 constants in half precision which half precision can hold exactly."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    for tensor in [each for each in graph.initializer if each.data_type == TensorProto.FLOAT]:
        values = numpy_helper.to_array(tensor)
        if values.size < LEAST or not np.array_equal(rounded(values), values):
            continue
        small = f"{tensor.name}_half"
        graph.initializer.remove(tensor)
        graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), small))
        graph.node.insert(0, helper.make_node("Cast", [small], [tensor.name], to=TensorProto.FLOAT))
    return copy
