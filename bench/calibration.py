"""How well the consensus knows how often it is right, and how `consensus.TEMPERATURE` is chosen.

    .venv/bin/python bench/calibration.py STROKES

STROKES is the file that the champions were trained on. The temperature is that of least log loss on drawings that
taught nobody: MNIST's held-out images, without strokes, and the drawings of the people who calibrate the pen, redrawn,
half of them with their strokes in an order of chance. Both count the same. The expected calibration error is then
reported for other drawings: those of the held-out writers, with three pens, and MNIST's test images. Takes two minutes.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml.consensus import TEMPERATURE, calibrated, pooled  # noqa: E402
from predictor.ml.kinds import PIXEL_KINDS, STROKE_KINDS  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.ml.runtime import Classifier  # noqa: E402
from predictor.training.augmentation.redraw import redrawn_and_shuffled  # noqa: E402
from predictor.training.data.dataset import Dataset, Mnist  # noqa: E402
from predictor.training.data.strokes import draw, read_strokes  # noqa: E402
from predictor.training.data.traces import Traces, traced  # noqa: E402
from predictor.training.evaluation.challenge import WEIGHED  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities, score  # noqa: E402
from predictor.training.preparation.splits import PENS  # noqa: E402
from predictor.training.preparation.writers import split_by_writer  # noqa: E402

Pool = NDArray[np.floating]  # (n, 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("strokes", type=Path)
    parser.add_argument("--seed", type=int, default=42)
    asked = parser.parse_args()
    champions = Registry(ROOT / "models").champions().classifiers
    print(", ".join(map(str, champions.values())))
    mnist = Mnist.read(ROOT / "data" / "mnist")
    _, calibrating, held_out = split_by_writer(read_strokes(asked.strokes))
    copies, shuffled = redrawn_and_shuffled(calibrating, WEIGHED, seed=asked.seed)
    fitting = {
        "MNIST's held-out images": (_pool(champions, mnist.held_out), mnist.held_out.labels),
        "the calibrating writers' drawings": (_pool(champions, copies, shuffled), copies.labels),
    }
    print(f"\n{'temperature of least log loss':44} {'n':>6} {'it':>6}")
    for name, (mean, labels) in fitting.items():
        print(f"{name:44} {len(labels):6} {_fit([(mean, labels)]):6.3f}")
    print(f"{'both':44} {'':6} {_fit(list(fitting.values())):6.3f}   in use: {TEMPERATURE}")
    sets = {f"held-out writers, a pen of {pen:g}": (draw(held_out, pen=pen), traced(held_out)) for pen in PENS}
    print(f"\n{'expected calibration error, %':44} {'n':>6} {'misses':>6} {'pool':>6} {'calibrated':>10}")
    for name, (data, traces) in {"MNIST's test images": (mnist.test, None), **sets}.items():
        mean = _pool(champions, data, traces)
        before, after = score(mean, data), score(calibrated(mean), data)
        print(f"{name:44} {len(data):6} {before['misses']:6} {100 * before['ece']:6.2f} {100 * after['ece']:10.2f}")


def _pool(champions: dict[str, Classifier], data: Dataset, traces: Traces | None = None) -> Pool:
    """What the champions say together to pictures, and to the strokes that came with them."""
    asked = dict.fromkeys(PIXEL_KINDS, data) | (dict.fromkeys(STROKE_KINDS, traces) if traces else {})
    answers = [probabilities(champions[kind], given) for kind, given in asked.items()]
    return pooled(answers, [champions[kind].weight for kind in asked])


def _fit(sets: list[tuple[Pool, NDArray[np.uint8]]]) -> float:
    def loss(log: float) -> float:
        return sum(_log_loss(calibrated(mean, float(np.exp(log))), labels) for mean, labels in sets)

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 1), method="bounded").x))


def _log_loss(answers: Pool, labels: NDArray[np.uint8]) -> float:
    return float(-np.log(answers[np.arange(len(labels)), labels]).mean())


if __name__ == "__main__":
    main()
