"""Labelled drawings to export, and the names of the files that hold them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management import call_command
from PIL import Image

from predictor.ml import images, pictures
from predictor.models import Submission
from predictor.services.datasets import layouts
from predictor.services.datasets.exports import export_dataset
from predictor.services.learning.reviewed import reviewed
from predictor.training.data.dataset import Dataset, read_idx
from tests.mnist import digits

FILES = {"imagefolder": "data.zip", "npz": "data.npz", "idx": "data", "csv": "data.csv"}
LAYOUTS = list(FILES)


def drawn(n: int) -> list[tuple[np.ndarray, int]]:
    """Pixels with their labels."""
    return [(images.normalise(pictures.decode(content)), label) for content, label in digits(n)]


def keep(pixels: np.ndarray, label: int | None = None, **fields: Any) -> Submission:
    """A stored drawing; with a label, one that reviewers agree on."""
    if label is not None:
        fields |= {"label": label, "review": "digit"}
    usual = {"source": "api", "request_id": "r", "image": b"", "preprocessing": images.PREPROCESSING}
    return Submission.objects.create(**usual | {"pixels": pixels.tobytes(), "digest": images.digest(pixels)} | fields)


def keep_all(n: int) -> str:
    """That many with their labels; returns the digest of the dataset that they are."""
    for pixels, label in drawn(n):
        keep(pixels, label)
    return reviewed().digest


def run(command: str, *arguments: object) -> tuple[str, str]:
    """What it says, and what it complains of."""
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def export(path: Path, **options: bool) -> int:
    """Write all that is labelled; returns how many drawings that are."""
    return export_dataset(path, layout=layouts.of_new(path), **options)


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in entries(path)["metadata.jsonl"].splitlines()]


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def read(path: Path) -> Dataset:
    """As other programs would."""
    if path.is_dir():
        return Dataset(read_idx(path / "train-images-idx3-ubyte.gz"), read_idx(path / "train-labels-idx1-ubyte.gz"))
    if path.suffix == ".npz":
        arrays = np.load(path)
        return Dataset(arrays["pixels"], arrays["labels"])
    if path.suffix == ".csv":
        cells = np.genfromtxt(path, np.uint8, delimiter=",", skip_header=1, usecols=range(785))
        return Dataset(cells[:, 1:].reshape(-1, 28, 28), cells[:, 0])
    named = [(name[0], np.asarray(Image.open(io.BytesIO(png)))) for name, png in entries(path).items() if "/" in name]
    return Dataset(np.array([pixels for _, pixels in named]), np.array([int(label) for label, _ in named], np.uint8))
