"""The weights of a published network, from which a quick run goes on: `weights.npz` beside the artifact.

They are plain arrays, never unpickled, and checked against the SHA-256 in the sidecar. No server reads them.
"""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from predictor.ml import files
from predictor.ml.artifacts import WEIGHTS, Sidecar
from predictor.ml.errors import ArtifactError

Weights: TypeAlias = list[NDArray[np.float32]]


def pack(weights: Sequence[NDArray[np.float32]]) -> bytes:
    """The content of a weights file: the arrays, uncompressed, in their order."""
    packed = io.BytesIO()
    np.savez(packed, **{f"{number:03}": each for number, each in enumerate(weights)})  # type: ignore[arg-type]
    return packed.getvalue()


def describe(packed: bytes) -> dict[str, Any]:
    """What a sidecar says of a weights file."""
    return {"sha256": hashlib.sha256(packed).hexdigest(), "size": len(packed)}


def read(directory: Path, sidecar: Sidecar) -> Weights | None:
    """The weights of a version, in the order of `pack`; None if it was published without any.

    Raises:
        ArtifactError: the file is missing, or is not the one that the sidecar describes.
    """
    if not sidecar.weights:
        return None
    name = f"{directory.parent.name}/{directory.name}/{WEIGHTS}"
    try:
        packed = files.read(directory / WEIGHTS, sidecar.weights["size"])
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error.strerror}.") from error
    if hashlib.sha256(packed).hexdigest() != sidecar.weights["sha256"]:
        raise ArtifactError(f"{name} does not have the SHA-256 that its sidecar states.")
    try:
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            return [np.asarray(arrays[key], np.float32) for key in sorted(arrays.files)]
    except Exception as error:  # besides numpy's own, those of its zip file and of what that uncompresses with
        raise ArtifactError(f"{name} is not a file of weights: {str(error) or type(error).__name__}") from error
