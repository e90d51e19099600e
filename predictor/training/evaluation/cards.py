"""The model card that is published with an artifact (Mitchell et al. 2019, "Model cards for model reporting"): Markdown
with a confusion matrix and a reliability diagram (Guo et al. 2017) as small PNGs.
"""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from predictor.ml.artifacts import ARTIFACT, Sidecar
from predictor.ml.kinds import ALL, Reads
from predictor.ml.runtime import Probabilities
from predictor.ml.strokes.trajectory import CHANNELS, POINTS
from predictor.training.data.labelled import Labelled
from predictor.training.evaluation.evaluate import confusion, reliability, score
from predictor.training.evaluation.figures import confusion_matrix, reliability_diagram
from predictor.training.evaluation.photographs import Counts
from predictor.training.evaluation.robustness import worst

LOWEST: Final = 10  # conditions that a card lists
PHOTOGRAPHS: Final = ("condition", "pictures", "right", "refused", "sure but wrong")
Score = Mapping[str, Any]  # as `evaluate.score` returns it; a missing key is shown as a dash

WHAT: Final = {
    "cnn": "A convolutional neural network",
    "mlp": "A multi-layer perceptron",
    "svm": "A support vector machine",
    "pen": "A one-dimensional convolutional network",
}
USE: Final[Mapping[Reads, str]] = {
    "pixels": (
        " that takes images of one handwritten digit each, float32 (n, 28, 28) in [0, 1], ink high, normalised as on "
        "the server, and returns for each the probabilities of 0 to 9, float32 (n, 10)."
    ),
    "strokes": (
        f" that takes trajectories of the pen, of one handwritten digit each, float32 (n, {POINTS}, {CHANNELS}), "
        "resampled and normalised as on the server, and returns for each the probabilities of 0 to 9, float32 (n, 10)."
    ),
}
FIGURES: Final[Mapping[Reads, str]] = {"pixels": "MNIST's test images", "strokes": "the held-out drawings"}
ONLY_DIGITS: Final = (
    "It knows only the ten digits: a letter, a scribble or two digits in one image are classified as a digit, too."
)
OUTLIER_EXPOSURE: Final = (
    "It was also trained on drawings that are not digits, with ten equal probabilities as their target (outlier "
    "exposure): it is uncertain about most letters, shapes and scribbles, but not about all. Letters that look like "
    "digits, such as O and S, are classified as digits."
)
LIMITS: Final = (
    "Its confidence was measured on images like those above; it says little about others.",
    "Handwriting unlike that of the training data is recognised less well than the figures above say.",
    "A digit that is upside down, mirrored or cut off is not corrected.",
    "The intervals account for the sampling of the images, not for the randomness of training: other seeds differ.",
    "Nor do they account for the similarity of digits by the same writer.",
    "Do not use it where money, health or a vote depends on the answer, unless a person checks each answer.",
)
SETS: Final = {
    "held_out": "held out (decides on promotion)",
    "held_out_mnist": "of these, MNIST",
    "held_out_strokes": "of these, pen strokes",
    "held_out_drawn": "of these, reviewed drawings",
    "mnist_test": "MNIST test (reported only)",
}
NAMES: Final = {"n": "images", "class_counts": "images of each digit", "variations": "augmented copies"}
WAYS: Final = ("without", "equal", "weighed")
COLUMNS: Final = ("accuracy", "95 % interval", "misses", "of", "log loss", "ECE")


def documents(
    sidecar: Sidecar,
    *,
    answers: Probabilities,
    data: Labelled,
    trained_on: str | None = None,
    robustness: Mapping[str, Score] | None = None,
    photographs: Mapping[str, Counts] | None = None,
) -> dict[str, bytes]:
    """The card of a version and its figures, by file name: card.md, confusion.png, reliability.png.

    Args:
        sidecar: of the version as it is published; `metrics` may hold scores on any sets, by name.
        answers: float32 (n, 10), the probabilities for the n drawings that the figures show: MNIST's test images, or
            the held-out ones of a kind that reads strokes.
        data: the same n drawings.
        trained_on: the machine, as `machine` describes it; by default this one.
        robustness: scores by condition, from `robustness.robustness`.
        photographs: how photographs were answered, by condition, from `photographs.judge`.

    Raises:
        DatasetError: there is no image.
    """
    card = _card(sidecar, trained_on or machine(), robustness or {}, photographs or {}).encode()
    return {"card.md": card} | pictures(sidecar, answers, data)


def pictures(sidecar: Sidecar, answers: Probabilities, data: Labelled) -> dict[str, bytes]:
    """The figures alone, also of a challenger that is not published; the arguments are those of `documents`.

    Raises:
        DatasetError: there is no image.
    """
    return {
        "confusion.png": confusion_matrix(sidecar, confusion(answers, data)),
        "reliability.png": reliability_diagram(sidecar, reliability(answers, data), score(answers, data)),
    }


def machine() -> str:
    """A description of this machine: its cores and processor, never its name."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {python}"


def _card(sidecar: Sidecar, trained_on: str, robustness: Mapping[str, Score], photographs: Mapping[str, Counts]) -> str:
    name = f"{ALL[sidecar.kind].title}, version {sidecar.version}"
    metrics = {SETS.get(key, _words(key)): found for key, found in sidecar.metrics.items()}
    training = {
        "trained": f"{sidecar.trained_at}, {sidecar.seconds:g} s",
        "machine": trained_on,
        "seed": sidecar.seed,
        **sidecar.libraries,
    }
    parts = [
        f"# {name}",
        WHAT.get(sidecar.kind, sidecar.kind) + USE[ALL[sidecar.kind].reads],
        _pairs(
            {
                "artifact": f"{ARTIFACT}, {sidecar.size:,} bytes",
                "SHA-256": sidecar.sha256,
                "preprocessing": sidecar.preprocessing,
                "largest difference from the framework's probabilities": f"{sidecar.parity:.1e}",
            }
        ),
        "## Data",
        _pairs({"base": sidecar.base} | sidecar.dataset),
        "## Hyperparameters",
        _pairs(sidecar.hyperparameters),
        "## Calibration",
        _pairs(sidecar.calibration),
        "## Evaluation",
        _scores("set", metrics),
        *_consensus(sidecar),
        f"The confusion matrix and the reliability diagram on {FIGURES[ALL[sidecar.kind].reads]}:",
        f"![Confusion matrix of {name}](confusion.png)",
        f"![Reliability diagram of {name}](reliability.png)",
        *_robustness(robustness),
        *photographs_section(photographs),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _limits(sidecar)),
        "## Training",
        _pairs(training),
    ]
    return "\n\n".join(parts) + "\n"


def _consensus(sidecar: Sidecar) -> Iterator[str]:
    """What the classifier is worth beside others, if it was weighed."""
    if not sidecar.weighed:
        return
    others = ", ".join(f"{ALL[kind].title} v{version}" for kind, version in sidecar.weighed["others"].items())
    yield "## In the consensus"
    yield (
        f"Where it answers, it counts {sidecar.calibration['weight']:g} and each of the others ({others}) 1. "
        "Of the weights up to that of all others together, this one has the least log loss on redrawn drawings of the "
        "writers who calibrated it, half of them with their strokes in an order and in directions of chance. What it "
        "is worth there, and on the held-out writers' drawings as they were drawn:"
    )
    rows = [
        (title, f"{found['n']:,}", *(f"{found['misses'][way]} ({found['log_loss'][way]:.4f})" for way in WAYS))
        for title, found in (("fitted on", sidecar.weighed["fitted"]), ("held out", sidecar.weighed["held_out"]))
    ]
    head = ("misses (log loss)", "drawings", "without it", "all count the same", "as weighed")
    yield _table(head, rows)


def _limits(sidecar: Sidecar) -> tuple[str, ...]:
    return OUTLIER_EXPOSURE if sidecar.hyperparameters.get("outliers") else ONLY_DIGITS, *LIMITS


def _robustness(robustness: Mapping[str, Score]) -> Iterator[str]:
    if robustness:
        yield "## Robustness"
        yield "The scores on MNIST's test images, perturbed and then normalised as on the server:"
        yield _scores("condition", robustness)
        yield f"Lowest accuracy: {worst(robustness)}."


def photographs_section(found: Mapping[str, Counts]) -> Iterator[str]:
    """The card's paragraphs on photographs, by condition; none where there are none."""
    if not found:
        return
    total = sum(found.values(), Counts())
    lowest = sorted(found.items(), key=lambda each: each[1].right_and_sure / each[1].n)[:LOWEST]
    yield "## Photographs"
    yield (
        f"What this model says alone to {total.n:,} photographs of MNIST's test digits, made under {len(found)} "
        "conditions (light, shadows, paper, ink, frames, crops, tilt), with the site's verdict. Below the total are "
        f"the {len(lowest)} conditions under which the fewest are right and sure:"
    )
    rows = [("all", total), *lowest]
    yield _table(PHOTOGRAPHS, [(name, *map(str, (c.n, c.right, c.refused, c.sure_but_wrong))) for name, c in rows])


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
    return NAMES.get(key, key.replace("_", " "))


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
