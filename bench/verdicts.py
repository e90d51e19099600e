"""How many digits and how many outliers the verdict rejects: how `consensus.UNSURE_ABOVE` is chosen.

    .venv/bin/python bench/verdicts.py [--strokes PATH [--held-out]] [--pens 18] [--version N] [--models DIRECTORY]

For MNIST's held-out and test images and, with --strokes, for a file of pen strokes drawn as the page draws them, it
prints the share whose verdict is not `digit`, by all champions and by each alone, and the UNSURE_ABOVE at which --rate
of them would be rejected. Then, for each family of outliers, those for training and the held-out ones, it prints the
share that is rejected.

Choose UNSURE_ABOVE by the held-out images and by strokes that no champion was trained on: take the largest of their
figures. The test images and the outliers are for reporting only. Takes two minutes.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml import artifacts, kinds, runtime  # noqa: E402
from predictor.ml.consensus import UNSURE_ABOVE, consensus, predictive_entropy  # noqa: E402
from predictor.ml.images import Pixels  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.ml.runtime import Classifier, Probabilities  # noqa: E402
from predictor.ml.strokes.drawing import PEN  # noqa: E402
from predictor.training.data.dataset import Dataset, Mnist  # noqa: E402
from predictor.training.data.strokes import draw, read_strokes  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402
from predictor.training.outliers import held_out, outliers  # noqa: E402
from predictor.training.preparation.writers import split_by_writer  # noqa: E402

SEED = 2024  # not one to train with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strokes", type=Path, help="a file of strokes, JSON lines, gzipped or not")
    parser.add_argument("--held-out", action="store_true", help="only the strokes of writers held out of training")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where versions are published")
    parser.add_argument("--pens", type=float, nargs="+", default=[PEN], help="widths to draw them with")
    parser.add_argument("--version", type=int, help="of all three kinds, instead of the champions")
    parser.add_argument("--each", type=int, default=500, help="outliers of each family")
    parser.add_argument("--rate", type=float, default=0.01, help="share of digits that may be rejected")
    options = parser.parse_args()
    classifiers = _classifiers(options.models, options.version)
    print(f"UNSURE_ABOVE is {UNSURE_ABOVE} bits; {', '.join(map(str, classifiers.values()))}\n")
    kinds = "".join(f"{kind:>7}" for kind in classifiers)
    print(
        f"{'digits rejected, %':30} {'n':>6} {'all':>7}{kinds} {'not a digit':>12} {f'bits for {options.rate:.0%}':>12}"
    )
    for name, pixels in _digits(options.strokes, options.held_out, options.pens).items():
        answers = _answers(classifiers, pixels)
        bits = _bits(answers, pixels, options.rate)
        print(f"{name:30} {_row(answers, pixels)} {'never' if math.isinf(bits) else f'{bits:.2f}':>12}")
    print(f"\n{'outliers rejected, %':30} {'n':>6} {'all':>7}{kinds} {'not a digit':>12}")
    for name, pixels in _outliers(options.each).items():
        print(f"{name:30} {_row(_answers(classifiers, pixels), pixels)}")


def _classifiers(root: Path, version: int | None) -> dict[str, Classifier]:
    if version is None:
        champions = Registry(root).champions().classifiers
        return {kind: champions[kind] for kind in kinds.PIXEL_KINDS}
    return {kind: runtime.load(artifacts.version_directory(root, kind, version)) for kind in kinds.PIXEL_KINDS}


def _digits(strokes: Path | None, only_held_out: bool, pens: list[float]) -> dict[str, Pixels]:
    mnist = Mnist.read(ROOT / "data" / "mnist")
    sets = {"MNIST held out": mnist.held_out.pixels, "MNIST test": mnist.test.pixels}
    drawings = read_strokes(strokes) if strokes else []
    if only_held_out:
        _, _, drawings = split_by_writer(drawings)
    return sets | {f"strokes, pen {pen:g}": draw(drawings, pen=pen).pixels for pen in pens if drawings}


def _outliers(each: int) -> dict[str, Pixels]:
    training = {name: outliers.outliers(each, seed=SEED, families=[name]) for name in outliers.FAMILIES}
    others = {name: held_out.held_out_outliers(each, seed=SEED, families=[name]) for name in held_out.FAMILIES}
    sets = {f"for training: {name}": pixels for name, pixels in training.items()}
    sets["for training: mean"] = np.concatenate(list(training.values()))
    sets |= {f"held out: {name}": pixels for name, pixels in others.items()}
    return sets | {"held out: mean": np.concatenate(list(others.values()))}


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


def _verdicts(answers: Probabilities, pixels: Pixels, unsure_above: float = UNSURE_ABOVE) -> np.ndarray:
    pairs = zip(answers, pixels, strict=True)
    return np.array([consensus(list(each), drawing, unsure_above=unsure_above).verdict for each, drawing in pairs])


def _bits(answers: Probabilities, pixels: Pixels, rate: float) -> float:
    """The entropy above which `rate` of the drawings are rejected; infinite if shape and split votes reject more."""
    rejected = _verdicts(answers, pixels, math.inf) != "digit"
    bits = np.sort(predictive_entropy(answers.mean(axis=1))[~rejected])
    more = int(rate * len(pixels)) - int(rejected.sum())
    return float(bits[len(bits) - 1 - more]) if more >= 0 else math.inf


if __name__ == "__main__":
    main()
