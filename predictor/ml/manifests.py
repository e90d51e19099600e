"""What a version consists of: the names, sizes and SHA-256 of its files, as its row in the database has them.

A store keeps the same as JSON beside the files, under names that hold their SHA-256:

    svm/v7/<sha256>-model.onnx      a file
    svm/v7/<sha256>-manifest.json   {"kind": "svm", "version": 7, "files": {"model.onnx": {"sha256": …, "size": …}, …}}

So nothing in a store is ever overwritten, and the row alone says what belongs to a version.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias, TypedDict

from predictor.ml import artifacts, files
from predictor.ml.artifacts import MANIFEST, SIDECAR, WEIGHTS
from predictor.ml.errors import ArtifactError


class Described(TypedDict):
    sha256: str
    size: int  # bytes


Files: TypeAlias = Mapping[str, Described]
Contents: TypeAlias = Mapping[str, bytes]
MOST: Final = 256 * 1024 * 1024  # bytes of a file; the gate lets artifacts of 16 MiB pass


def describe(content: bytes) -> Described:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def described(contents: Contents) -> Files:
    """The files of a version by name. Weights that its sidecar describes are among them, even if they are not here."""
    found = {name: describe(content) for name, content in sorted(contents.items())}
    weights = json.loads(contents[SIDECAR]).get("weights")
    if weights and WEIGHTS not in found:
        found[WEIGHTS] = {"sha256": weights["sha256"], "size": weights["size"]}
    return found


def read(directory: Path) -> Contents:
    """The files of a published version, after a look whether the artifact is the one that its sidecar describes.

    Raises:
        ArtifactError: it is not, or one of them cannot be read.
    """
    artifacts.read_artifact(directory, artifacts.read_sidecar(directory))
    try:
        paths = [path for path in directory.iterdir() if not path.name.startswith(".")]
        return {path.name: files.read(path, MOST) for path in sorted(paths)}
    except OSError as error:
        raise ArtifactError(f"{directory.parent.name}/{directory.name} cannot be read: {error.strerror}.") from error


def to_json(kind: str, version: int, found: Files) -> bytes:
    return (json.dumps({"kind": kind, "version": version, "files": found}, indent=1, sort_keys=True) + "\n").encode()


def name(kind: str, version: int, file: str, sha256: str) -> str:
    """What a file of a version is called in a store."""
    return f"{kind}/v{version}/{sha256}-{file}"


def manifest(kind: str, version: int, found: Files) -> tuple[str, bytes]:
    """The name and the content of a version's manifest in a store."""
    content = to_json(kind, version, found)
    return name(kind, version, MANIFEST, hashlib.sha256(content).hexdigest()), content


def differing(directory: Path, found: Files, *, weights: bool) -> list[str]:
    """Which of these files are not in a directory, or are others there; `weights` says whether those count."""
    return [each for each, what in found.items() if (weights or each != WEIGHTS) and not _is(directory / each, what)]


def _is(path: Path, what: Described) -> bool:
    try:
        return describe(files.read(path, what["size"])) == what
    except OSError:
        return False
