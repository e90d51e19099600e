"""The model card that stands beside an artifact (Mitchell et al. 2019, "Model cards for model reporting"), in Markdown,
with a confusion matrix and a reliability diagram (Guo et al. 2017) as small PNGs.
"""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from predictor.ml.artifacts import ARTIFACT, Sidecar
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import Dataset
from predictor.training.evaluate import confusion, reliability, score
from predictor.training.figures import confusion_matrix, reliability_diagram
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
ONLY_DIGITS: Final = (
    "It knows ten digits and nothing else: a letter, a scribble or two digits in one picture get one of the ten, too."
)
EXPOSED: Final = (
    "It was shown drawings that are no digits, to answer them with ten equal probabilities: it doubts most letters, "
    "shapes and scribbles, not all. What looks like a digit, an O or an S, is one to it."
)
LIMITS: Final = (
    "Its confidences were measured on pictures like those above; they say little about others.",
    "Hands that write otherwise than those it was taught by are read worse than the figures above say.",
    "A digit that is upside down, mirrored or cut off is not put right.",
    "The intervals know the luck of the draw of the pictures, not that of the training: another seed differs.",
    "Nor do they know that the digits of one hand resemble each other.",
    "It is no reader of what money, health or a vote depends on, unless a person looks at each answer.",
)
SETS: Final = {
    "held_out": "held out: judges",
    "held_out_mnist": "of these, MNIST",
    "held_out_strokes": "of these, pen strokes",
    "held_out_drawn": "of these, labelled drawings",
    "mnist_test": "MNIST test: reports",
}
COLUMNS: Final = ("accuracy", "95 % interval", "misses", "of", "log loss", "ECE")


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
        "confusion.png": confusion_matrix(sidecar, confusion(answers, data)),
        "reliability.png": reliability_diagram(sidecar, reliability(answers, data), score(answers, data)),
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
        "\n".join(f"- {limit}" for limit in _limits(sidecar)),
        "## Training",
        _pairs(training),
    ]
    return "\n\n".join(parts) + "\n"


def _limits(sidecar: Sidecar) -> tuple[str, ...]:
    return EXPOSED if sidecar.hyperparameters.get("outliers") else ONLY_DIGITS, *LIMITS


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
