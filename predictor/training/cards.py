"""The model card that stands beside an artifact (Mitchell et al. 2019, "Model cards for model reporting"), in Markdown,
with a confusion matrix and a reliability diagram (Guo et al. 2017) as small PNGs. Drawn by Pillow, with its own font.
"""

import io
import math
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from PIL import Image, ImageColor, ImageDraw, ImageFont

from predictor.ml.artifacts import ARTIFACT, Sidecar
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Dataset
from predictor.training.evaluate import confusion, reliability, score, wilson
from predictor.training.robustness import worst

Score = Mapping[str, Any]  # what `evaluate.score` gives; a key that is missing is a dash

WHAT: Final = {
    "cnn": "A convolutional neural network",
    "mlp": "A multi-layer perceptron",
    "svm": "A support vector machine",
}
TAKES: Final = (
    " that takes pictures of one handwritten digit each, float32 (n, 28, 28) in [0, 1], ink high, normalised as the "
    "server does, and gives for each the probabilities of 0 to 9, float32 (n, 10)."
)
LIMITS: Final = (
    "It knows ten digits and nothing else: a letter, a scribble or two digits in one picture get one of the ten, too.",
    "Its confidences were measured on pictures like those above; they say little about others.",
    "Hands that write otherwise than those it was taught by are read worse than the figures above say.",
    "A digit that is upside down, mirrored or cut off is not put right.",
    "The intervals know the luck of the draw of the pictures, not that of the training: another seed differs.",
    "Nor do they know that the digits of one hand resemble each other.",
    "It is no reader of what money, health or a vote depends on, unless a person looks at each answer.",
)
SETS: Final = {"held_out": "held out: judges", "mnist_test": "MNIST test: reports"}
COLUMNS: Final = ("accuracy", "95 % interval", "misses", "of", "log loss", "ECE")

PAPER, TEXT, QUIET, LINE = "#ffffff", "#1d1e24", "#5d5f69", "#d9d5ca"  # the page's colours
BAR, RIGHT, WRONG = "#8d93ab", "#e9ecf7", "#9a3c06"
FINE: Final = 2  # drawn so many times larger, then reduced
CELL: Final = 56
COLOURS: Final = 128


def documents(
    sidecar: Sidecar, *, answers: Probabilities, data: Dataset, robustness: Mapping[str, Score] | None = None
) -> dict[str, bytes]:
    """The card of a version and its pictures, by file name: card.md, confusion.png, reliability.png.

    Run it where the version was trained: the card names the machine, as so many cores of a kind.

    Args:
        sidecar: of the version as it is published; `metrics` may hold scores on any sets, by name.
        answers: float32 (n, 10), for MNIST's test images, which the pictures show.
        data: the same n images.
        robustness: scores by condition, from `robustness.robustness`.

    Raises:
        DatasetError: there is no image.
    """
    return {
        "card.md": _card(sidecar, robustness or {}).encode(),
        "confusion.png": _png(_confusion(sidecar, confusion(answers, data))),
        "reliability.png": _png(_reliability(sidecar, reliability(answers, data), score(answers, data))),
    }


def machine() -> str:
    """What this is: its cores and kind, never its name."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {python}"


def _card(sidecar: Sidecar, robustness: Mapping[str, Score]) -> str:
    name = f"{sidecar.kind.upper()}, version {sidecar.version}"
    metrics = {SETS.get(key, _words(key)): found for key, found in sidecar.metrics.items()}
    training = {
        "trained": f"{sidecar.trained_at}, {sidecar.seconds:g} s",
        "machine": machine(),
        "seed": sidecar.seed,
        **sidecar.libraries,
    }
    parts = [
        f"# {name}",
        WHAT.get(sidecar.kind, sidecar.kind) + TAKES,
        _pairs(
            {
                "artifact": f"{ARTIFACT}, {sidecar.size:,} bytes",
                "SHA-256": sidecar.sha256,
                "preprocessing": sidecar.preprocessing,
                "largest difference from the framework": f"{sidecar.parity:.1e} of a probability",
            }
        ),
        "## Data",
        _pairs({"base": sidecar.base} | sidecar.dataset),
        "## Hyper-parameters",
        _pairs(sidecar.hyperparameters),
        "## Calibration",
        _pairs(sidecar.calibration),
        "## How good it is",
        _scores("set", metrics),
        "What MNIST's test images were taken for, and how often an answer is right that is so and so confident:",
        f"![Confusion matrix of {name}](confusion.png)",
        f"![Reliability diagram of {name}](reliability.png)",
        *_robustness(robustness),
        "## Limits",
        "\n".join(f"- {limit}" for limit in LIMITS),
        "## Training",
        _pairs(training),
    ]
    return "\n\n".join(parts) + "\n"


def _robustness(robustness: Mapping[str, Score]) -> Iterator[str]:
    if robustness:
        yield "## Robustness"
        yield "MNIST's test images, altered before they are normalised as a picture that is sent would be."
        yield _scores("condition", robustness)
        yield f"The worst of them: {worst(robustness)}."


def _scores(title: str, scores: Mapping[str, Score]) -> str:
    return _table((title, *COLUMNS), [(name, *_figures(found)) for name, found in scores.items()])


def _figures(found: Score) -> Iterator[str]:
    low, high = found.get("interval95", (None, None))
    yield _number(found.get("accuracy"), ".2%")
    yield f"{_number(low, '.2%')} – {_number(high, '.2%')}"
    for key, form in {"misses": ",", "n": ",", "log_loss": ".4f", "ece": ".4f"}.items():
        yield _number(found.get(key), form)


def _pairs(values: Mapping[str, Any]) -> str:
    return _table(("", ""), [(_words(key), _plain(value)) for key, value in values.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |" for row in cells)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(key)} {_plain(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


class _Canvas:
    """Pillow's drawing, in units of a finished pixel."""

    def __init__(self, width: int, height: int) -> None:
        self._picture = Image.new("RGB", (width * FINE, height * FINE), PAPER)
        self._draw = ImageDraw.Draw(self._picture)

    def box(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        self._draw.rectangle((left * FINE, top * FINE, right * FINE - 1, max(top, bottom) * FINE), colour)

    def line(self, *points: float, colour: str, width: int = 2) -> None:
        self._draw.line([each * FINE for each in points], colour, width)

    def text(self, x: float, y: float, text: str, *, size: int = 14, colour: str = TEXT, anchor: str = "mm") -> None:
        self._draw.text((x * FINE, y * FINE), text, colour, _font(size * FINE), anchor)

    def picture(self) -> Image.Image:
        return self._picture.reduce(FINE)


def _confusion(sidecar: Sidecar, counts: list[list[int]]) -> Image.Image:
    """Rows are labels, columns predictions; misses are shaded by the logarithm of their number."""
    left, top, side = 76, 122, 10 * CELL
    canvas = _Canvas(left + side + 76, top + side + 20)
    total, right = sum(map(sum, counts)), sum(counts[digit][digit] for digit in range(10))
    most = max(1, *(counts[i][j] for i in range(10) for j in range(10) if i != j))
    canvas.text(left, 26, f"{sidecar.kind.upper()} v{sidecar.version}: what was taken for what", size=18, anchor="lm")
    canvas.text(left, 50, f"{total - right:,} misses of {total:,}", colour=QUIET, anchor="lm")
    canvas.text(left + side / 2, top - 38, "prediction", colour=QUIET)
    canvas.text(left - 22, top - 14, "label", colour=QUIET, anchor="rm")
    canvas.text(left + side + 66, top - 14, "right", colour=QUIET, anchor="rm")
    for i, row in enumerate(counts):
        y = top + (i + 0.5) * CELL
        canvas.text(left + (i + 0.5) * CELL, top - 14, str(i), size=16)
        canvas.text(left - 22, y, str(i), size=16)
        canvas.text(left + side + 66, y, f"{row[i] / sum(row):.1%}" if any(row) else "-", colour=QUIET, anchor="rm")
        for j, count in enumerate(row):
            shade = math.log1p(count) / math.log1p(most)
            x, colour = left + (j + 0.5) * CELL, RIGHT if i == j else _between(PAPER, WRONG, 0.9 * shade)
            canvas.box(x - CELL / 2, y - CELL / 2, x + CELL / 2 - 1, y + CELL / 2 - 1, colour)
            if count:
                canvas.text(x, y, f"{count:,}", size=15, colour=PAPER if i != j and shade > 0.8 else TEXT)
    for edge in (top - 1, top + side):
        canvas.line(left, edge, left + side, edge, colour=LINE)
    return canvas.picture()


def _reliability(sidecar: Sidecar, rows: list[dict[str, Any]], found: Score) -> Image.Image:
    """Above, each bin's accuracy with its 95 % interval, against the diagonal; below, how many drawings it holds."""
    left, top, side, low, high = 64, 104, 540, 720, 820
    bottom = top + side
    canvas = _Canvas(left + side + 36, high + 52)
    canvas.text(left, 26, f"{sidecar.kind.upper()} v{sidecar.version}: how sure, how right", size=18, anchor="lm")
    summary = f"expected calibration error {found['ece']:.4f}, accuracy {found['accuracy']:.2%}, n = {found['n']:,}"
    canvas.text(left, 52, summary, colour=QUIET, anchor="lm")
    for tenth in range(0, 11, 2):
        x, y = left + side * tenth / 10, bottom - side * tenth / 10
        canvas.line(left, y, left + side, y, colour=LINE)
        canvas.text(left - 10, y, f"{tenth / 10:.1f}", colour=QUIET, anchor="rm")
        canvas.text(x, high + 16, f"{tenth / 10:.1f}", colour=QUIET)
    full = math.log1p(max(row["n"] for row in rows))
    for row in (row for row in rows if row["n"]):
        start, end = left + side * row["low"] + 2, left + side * row["high"] - 2
        canvas.box(start, bottom - side * row["accuracy"], end, bottom, BAR)
        interval = wilson(round(row["accuracy"] * row["n"]), row["n"])
        middle, (least, most) = (start + end) / 2, (bottom - side * bound for bound in interval)
        canvas.line(middle, least, middle, most, colour=TEXT, width=3)
        canvas.box(start, high - (high - low) * math.log1p(row["n"]) / full, end, high, LINE)
        canvas.text(middle, high - 9, f"{row['n']:,}", size=11)
    canvas.line(left, bottom, left + side, top, colour=WRONG, width=4)
    canvas.line(left, high, left + side, high, colour=LINE)
    canvas.text(left, top - 14, "accuracy, with its 95 % interval", colour=QUIET, anchor="lm")
    canvas.text(left, low - 22, "drawings with that confidence, height by logarithm", colour=QUIET, anchor="lm")
    canvas.text(left + side / 2, high + 38, "confidence", colour=QUIET)
    return canvas.picture()


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _between(one: str, other: str, share: float) -> str:
    pairs = zip(ImageColor.getrgb(one), ImageColor.getrgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
