"""A small working classifier: softmax regression on the pixels, as ONNX, with its sidecar."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from predictor.ml import artifacts
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.images import Pixels
from predictor.ml.inputs import INPUTS, Inputs, input_of
from predictor.ml.kinds import KINDS
from predictor.ml.strokes.trajectory import CHANNELS, POINTS, Trajectory

PIXELS: Pixels = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


TRAJECTORY: Trajectory = np.random.default_rng(0).normal(size=(POINTS, CHANNELS)).astype(np.float32)


def _weights(seed: int, size: int = 28 * 28) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(scale=0.1, size=(size, 10)).astype(np.float32)


def probabilities(inputs: Inputs, seed: int = 0) -> NDArray[np.float32]:
    """The probabilities by the classifier of this seed, in NumPy: float32 (n, *shape) → float32 (n, 10)."""
    sums = inputs.reshape(len(inputs), -1) @ _weights(seed, inputs[0].size)
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def artifact(seed: int = 0, side: int = 28, *, shape: tuple[int, int] | None = None) -> bytes:
    """The same classifier in ONNX, for inputs of this shape or with these sides."""
    shape = shape or (side, side)
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["sums"]),
        helper.make_node("Softmax", ["sums"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(_weights(seed, shape[0] * shape[1]), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def answering_otherwise(how: Literal["sequence", "text", "nothing"]) -> bytes:
    """The same classifier, whose answer is no array of numbers."""
    model = onnx.load_from_string(artifact())
    floats = helper.make_tensor_type_proto(TensorProto.FLOAT, ["n", 10])
    node, kind = {
        "sequence": (
            helper.make_node("SequenceConstruct", ["probabilities"], ["answer"]),
            helper.make_sequence_type_proto(floats),
        ),
        "text": (
            helper.make_node("Cast", ["probabilities"], ["answer"], to=TensorProto.STRING),
            helper.make_tensor_type_proto(TensorProto.STRING, ["n", 10]),
        ),
        "nothing": (helper.make_node("Optional", [], ["answer"], type=floats), helper.make_optional_type_proto(floats)),
    }[how]
    model.graph.node.append(node)
    model.graph.output[0].CopyFrom(helper.make_value_info("answer", kind))
    content: bytes = model.SerializeToString()
    return content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sidecar(kind: str = "svm", seed: int = 0, **changes: Any) -> Sidecar:
    """Of a kind that reads pixels, or with kind="pen", strokes."""
    takes = input_of(kind) if kind in KINDS else INPUTS["pixels"]
    given = PIXELS if takes.name == "pixels" else TRAJECTORY
    content = artifact(seed, shape=takes.shape)
    described = Sidecar(
        kind=kind,
        version=1,
        sha256=sha256(content),
        size=len(content),
        preprocessing=takes.preprocessing,
        trained_at="2026-01-02T03:04:05+00:00",
        seconds=1.5,
        seed=seed,
        base="mnist500",
        dataset={"digest": "0" * 64, "n": 500},
        hyperparameters={"C": 2.0},
        calibration={"method": "none"},
        metrics={"held_out": {"misses": 3}},
        parity=1e-6,
        libraries={"numpy": "2.0"},
        selftest=SelfTest(given, probabilities(takes.to_floats(given)[None], seed)[0]),
    )
    return dataclasses.replace(described, **changes)


def publish(root: Path, kind: str = "svm", seed: int = 0, **changes: Any) -> Sidecar:
    described = sidecar(kind, seed, **changes)
    return artifacts.publish(root, described, artifact(seed, shape=described.selftest.given.shape))


def publish_artifact(root: Path, content: bytes, kind: str = "svm") -> Sidecar:
    """Publish what has the SHA-256 that its sidecar states, and may be anything else."""
    return artifacts.publish(root, sidecar(kind, sha256=sha256(content), size=len(content), metrics={}), content)


def files_below(root: Path) -> dict[str, bytes]:
    """Every file below `root` but the lock."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
