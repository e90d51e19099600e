"""A small working classifier: softmax regression on the pixels, as ONNX, with its sidecar."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from predictor.ml import artifacts
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.images import PREPROCESSING, Images, Pixels, to_images

PIXELS: Pixels = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)


def _weights(seed: int, side: int = 28) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(scale=0.1, size=(side * side, 10)).astype(np.float32)


def probabilities(images: Images, seed: int = 0) -> NDArray[np.float32]:
    """The probabilities by the classifier of this seed, in NumPy: float32 (n, 28, 28) → float32 (n, 10)."""
    sums = images.reshape(len(images), -1) @ _weights(seed)
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def artifact(seed: int = 0, side: int = 28) -> bytes:
    """The same classifier in ONNX."""
    nodes = [
        helper.make_node("Flatten", ["image"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["sums"]),
        helper.make_node("Softmax", ["sums"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", side, side])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(_weights(seed, side), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def sidecar(kind: str = "svm", seed: int = 0, **changes: Any) -> Sidecar:
    content = artifact(seed)
    described = Sidecar(
        kind=kind,
        version=1,
        sha256=sha256(content),
        size=len(content),
        preprocessing=PREPROCESSING,
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
        selftest=SelfTest(PIXELS, probabilities(to_images(PIXELS)[None], seed)[0]),
    )
    return dataclasses.replace(described, **changes)


def publish(root: Path, kind: str = "svm", seed: int = 0, **changes: Any) -> Sidecar:
    return artifacts.publish(root, sidecar(kind, seed, **changes), artifact(seed))


def files_below(root: Path) -> dict[str, bytes]:
    """Every file below `root` but the lock."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}
