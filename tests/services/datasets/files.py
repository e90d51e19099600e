"""Files with labelled drawings, intact and damaged, for tests of imports."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from predictor.ml import images, pictures
from predictor.services.datasets import layouts
from predictor.services.datasets.imports import Outcome, import_dataset
from tests.drawings import BLACK_ON_WHITE

THREE = images.normalise(pictures.decode(BLACK_ON_WHITE))
IDX = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
RARE = {"bzip2": 12, "lzma": 14}  # they may unpack to any size before the first byte


def attempt(path: Path, layout: str | None = None) -> tuple[Outcome, list[str]]:
    """Import a file; returns the outcome and the reported refusals."""
    refusals: list[str] = []
    outcome = import_dataset(path, layout=layouts.of_existing(path, layout), report=refusals.append)
    return outcome, refusals


def read(path: Path, layout: str | None = None) -> Outcome:
    """Import a file of which nothing is refused."""
    outcome, refusals = attempt(path, layout)
    assert refusals == []
    return outcome


def refused(path: Path) -> list[str]:
    return attempt(path)[1]


def zipped(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def unpacked(path: Path, entries: dict[str, bytes]) -> Path:
    for name, content in entries.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def spoilt(path: Path, name: str, place: int) -> Path:
    """An archive with one byte altered, this far after the name of an entry."""
    content = bytearray(path.read_bytes())
    content[content.index(name.encode()) + place] ^= 255
    path.write_bytes(content)
    return path


def lines(*rows: dict[str, object]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


def saved(path: Path, **members: object) -> Path:
    np.savez(path, **members)
    return path


def idx(path: Path, levels: np.ndarray, digits: np.ndarray, *, name: str = "train") -> Path:
    path.mkdir(exist_ok=True)
    for array, file in zip((levels, digits), IDX, strict=True):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(side.to_bytes(4) for side in array.shape)
        (path / f"{file.replace('train', name)}.gz").write_bytes(gzip.compress(head + array.tobytes()))
    return path


def table(path: Path, *rows: object) -> Path:
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


def row(pixels: np.ndarray, label: object) -> str:
    return ",".join(map(str, [label, *pixels.ravel()]))


def announcing(path: Path, *shape: int) -> Path:
    """An array that is shorter than its header says."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": shape})
    labels = io.BytesIO()
    np.lib.format.write_array_header_1_0(labels, {"descr": "|u1", "fortran_order": False, "shape": shape[:1]})
    return zipped(path, {"pixels.npy": head.getvalue(), "labels.npy": labels.getvalue()})
