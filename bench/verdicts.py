"""How many digits the verdict refuses, and how much that is no digit: what `consensus.DOUBTFUL` is fixed by.

    .venv/bin/python bench/verdicts.py [--strokes PATH [--judging]] [--pens 18] [--version N] [--models DIRECTORY]

For MNIST's held-out and test images and, with --strokes, for a file of pen strokes drawn as the page draws them: the
share whose verdict is not `digit`, by all champions and by each alone, and the DOUBTFUL at which --rate of them would
be refused. Then, for every family of drawings that are no digits, those that training may use and those that it never
sees, the share that is not answered as a sure digit.

The held-out images, and strokes that no champion was trained on, fix DOUBTFUL: take the largest of their figures. The
test images, and all that is no digit, report. Takes two minutes.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml import artifacts, runtime  # noqa: E402
from predictor.ml.consensus import DOUBTFUL, consensus, doubt  # noqa: E402
from predictor.ml.images import Pixels  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.ml.runtime import Classifier, Probabilities  # noqa: E402
from predictor.training import outliers, unseen  # noqa: E402
from predictor.training.bases import by_writer  # noqa: E402
from predictor.training.dataset import Dataset, Mnist  # noqa: E402
from predictor.training.evaluate import probabilities  # noqa: E402
from predictor.training.strokes import PEN, draw, read_strokes  # noqa: E402

SEED = 2024  # not one to train with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=Path, help="a file of strokes, JSON lines, gzipped or not")
    parser.add_argument("--judging", action="store_true", help="of the strokes only the writers that never teach")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where versions are published")
    parser.add_argument("--pens", type=float, nargs="+", default=[PEN], help="widths to draw them with")
    parser.add_argument("--version", type=int, help="of all three kinds; without it the champions")
    parser.add_argument("--each", type=int, default=500, help="drawings of each family that is no digit")
    parser.add_argument("--rate", type=float, default=0.01, help="of real digits that may be refused")
    options = parser.parse_args()
    classifiers = _classifiers(options.models, options.version)
    print(f"DOUBTFUL is {DOUBTFUL} bits; {', '.join(map(str, classifiers.values()))}\n")
    kinds = "".join(f"{kind:>7}" for kind in classifiers)
    print(
        f"{'digits refused, %':30} {'n':>6} {'all':>7}{kinds} {'as no digit':>12} {f'bits for {options.rate:.0%}':>12}"
    )
    for name, pixels in _digits(options.strokes, options.judging, options.pens).items():
        answers = _answers(classifiers, pixels)
        bits = _bits(answers, pixels, options.rate)
        print(f"{name:30} {_row(answers, pixels)} {'never' if math.isinf(bits) else f'{bits:.2f}':>12}")
    print(f"\n{'no digits refused, %':30} {'n':>6} {'all':>7}{kinds} {'as no digit':>12}")
    for name, pixels in _no_digits(options.each).items():
        print(f"{name:30} {_row(_answers(classifiers, pixels), pixels)}")


def _classifiers(root: Path, version: int | None) -> dict[str, Classifier]:
    if version is None:
        return Registry(root).champions().classifiers
    return {kind: runtime.load(artifacts.version_directory(root, kind, version)) for kind in artifacts.KINDS}


def _digits(strokes: Path | None, judging: bool, pens: list[float]) -> dict[str, Pixels]:
    mnist = Mnist.read(ROOT / "data" / "mnist")
    sets = {"MNIST held out": mnist.held_out.pixels, "MNIST test": mnist.test.pixels}
    drawings = read_strokes(strokes) if strokes else []
    if judging:
        _, _, drawings = by_writer(drawings)
    return sets | {f"strokes, pen {pen:g}": draw(drawings, pen=pen).pixels for pen in pens if drawings}


def _no_digits(each: int) -> dict[str, Pixels]:
    taught = {name: outliers.outliers(each, seed=SEED, families=[name]) for name in outliers.FAMILIES}
    never = {name: unseen.unseen(each, seed=SEED, families=[name]) for name in unseen.FAMILIES}
    sets = {f"to train on: {name}": pixels for name, pixels in taught.items()}
    sets["to train on: mean"] = np.concatenate(list(taught.values()))
    sets |= {f"never: {name}": pixels for name, pixels in never.items()}
    return sets | {"never: mean": np.concatenate(list(never.values()))}


def _answers(classifiers: dict[str, Classifier], pixels: Pixels) -> Probabilities:
    """Float32 (n, kinds, 10)."""
    data = Dataset(pixels, np.zeros(len(pixels), np.uint8))
    return np.stack([probabilities(classifier, data) for classifier in classifiers.values()], axis=1)


def _row(answers: Probabilities, pixels: Pixels) -> str:
    together = _verdicts(answers, pixels)
    alone = [_verdicts(answers[:, [kind]], pixels) for kind in range(answers.shape[1])]
    shares = [100 * (verdicts != "digit").mean() for verdicts in (together, *alone)]
    figures = "".join(f"{share:7.2f}" for share in shares)
    return f"{len(pixels):6} {figures} {100 * (together == 'not_a_digit').mean():12.2f}"


def _verdicts(answers: Probabilities, pixels: Pixels, doubtful: float = DOUBTFUL) -> np.ndarray:
    pairs = zip(answers, pixels, strict=True)
    return np.array([consensus(list(each), drawing, doubtful=doubtful).verdict for each, drawing in pairs])


def _bits(answers: Probabilities, pixels: Pixels, rate: float) -> float:
    """The doubt at which `rate` of these drawings are refused; infinite if form and quarrels alone refuse more."""
    refused = _verdicts(answers, pixels, math.inf) != "digit"
    bits = np.sort(doubt(answers.mean(axis=1))[~refused])
    more = int(rate * len(pixels)) - int(refused.sum())
    return float(bits[len(bits) - 1 - more]) if more >= 0 else math.inf


if __name__ == "__main__":
    main()
