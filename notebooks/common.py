"""What the notebooks share: the import path, MNIST, and small pictures and tables.

With QUICK=1 in the environment a notebook is only tried out: fewer drawings, folds and augmented copies, half a minute.
"""

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
QUICK: Final = os.environ.get("QUICK") == "1"

sys.path.insert(0, str(ROOT))  # a notebook runs in its own folder
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.disable(logging.WARNING)  # in a notebook TensorFlow logs to stdout

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Markdown
from matplotlib.axes import Axes
from numpy.typing import NDArray

from predictor.training.data.dataset import Dataset, Mnist, folds
from predictor.training.data.strokes import Drawing, read_strokes
from predictor.training.evaluation.evaluate import reliability
from predictor.training.preparation.training_data import TrainingData

SEED: Final = 1
FETCHED: Final = "var/strokes/pendigits-train.jsonl.gz"

plt.rcParams |= {"figure.dpi": 80, "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}


def read_mnist() -> Mnist:
    """MNIST, from the four files in data/mnist."""
    return Mnist.read(ROOT / "data" / "mnist")


def read_drawings() -> list[Drawing]:
    """UCI's pen strokes, where `manage.py fetch_strokes` puts them; STROKES in the environment names another file."""
    return read_strokes(ROOT / os.environ.get("STROKES", FETCHED))


def first(data: Dataset, n: int) -> Dataset:
    """The first n drawings, or all of them if there are fewer."""
    return data[np.arange(min(n, len(data)))]


def show(
    pictures: Sequence[NDArray[Any]], titles: Iterable[object] = (), *, columns: int = 10, size: float = 0.8
) -> None:
    """Show pictures, (h, w) each, in rows, `size` inches each; the highest level of each is black."""
    rows = -(-len(pictures) // columns)
    width, height = columns * size, rows * (size + (0.18 if titles else 0.0))
    _, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="compressed")
    for ax, picture, title in zip_longest(axes.flat, pictures, titles):
        ax.axis("off")
        if picture is not None:
            ax.imshow(picture, cmap="gray_r", vmin=0, interpolation="nearest")
            ax.set_title("" if title is None else title, fontsize=8, pad=2)
    plt.show()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Markdown:
    """A table, shown if it is the last expression of a cell."""
    return Markdown(
        "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (header, ["---"] * len(header), *rows))
    )


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def scored(name: str, score: Mapping[str, Any]) -> Iterator[str]:
    """The result of `evaluate.score` as a row below `SCORED`."""
    low, high = score["interval95"]
    yield from (name, percent(score["accuracy"]), f"{percent(low)} – {percent(high)}")
    yield from (f"{score['misses']:,} of {score['n']:,}", f"{score['log_loss']:.3f}", f"{score['ece']:.3f}")


SCORED: Final = ("", "accuracy", "95 % interval", "misses", "log loss", "calibration error")


def diagram(ax: Axes, answers: NDArray[np.float32], data: Dataset, title: str) -> None:
    """Draw a reliability diagram: accuracy by confidence; the diagonal is perfect."""
    rows = [row for row in reliability(answers, data, bins=10) if row["n"]]
    ax.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    sizes = [4 + 60 * row["n"] / len(data) for row in rows]
    ax.plot([row["confidence"] for row in rows], [row["accuracy"] for row in rows], color="C0", linewidth=1)
    ax.scatter([row["confidence"] for row in rows], [row["accuracy"] for row in rows], sizes, color="C0")
    ax.set(title=title, xlabel="confidence", ylabel="share of right answers", xlim=(0, 1.02), ylim=(0, 1.02))


def with_validation(drawings: Dataset, *, copies: int) -> TrainingData:
    """Augment four fifths of the drawings; the last fifth is the validation set.

    On this a single network is trained. Without a validation set it would be a committee of five, as the published ones
    are, and take five times as long.
    """
    others, fold = next(folds(drawings, 5, seed=SEED))
    return TrainingData.prepare(drawings[others], drawings[fold], seed=SEED, copies=copies)
