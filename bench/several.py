"""How many pictures of several digits are told to be several: what `geometry.is_several` is worth.

    .venv/bin/python bench/several.py [--n 300]

Takes MNIST's training digits, two or three side by side or two one above the other, about equally high and some shares
of their height apart. Prints how many seem to be several, and how many the champions answer as one sure digit. Then it
does the same for single digits, where each that seems to be several is a mistake. Takes a minute.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml.consensus import Consensus, consensus  # noqa: E402
from predictor.ml.images import Pixels, normalise  # noqa: E402
from predictor.ml.kinds import PIXEL_KINDS  # noqa: E402
from predictor.ml.paper.box import box_of, cut  # noqa: E402
from predictor.ml.registry import Registry  # noqa: E402
from predictor.training.data.dataset import Dataset, Mnist  # noqa: E402
from predictor.training.evaluation.evaluate import probabilities  # noqa: E402

Levels = NDArray[np.uint8]
SEED = 5
TRAINING = 50_000  # the first of MNIST's images: none of those that judge
HEIGHT = 100  # pixels, give or take a tenth
GAPS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)  # of the height


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=300, help="pictures of each arrangement")
    options = parser.parse_args()
    rng, mnist = np.random.default_rng(SEED), Mnist.read(ROOT / "data" / "mnist")
    print(f"{'digits':22} {'gap':>5} {'n':>6} {'several':>8} {'one sure digit':>15}")
    for count, stacked in ((2, False), (3, False), (2, True)):
        name = f"{count} {'one above the other' if stacked else 'side by side'}"
        for gap in GAPS:
            which = rng.integers(0, TRAINING, (options.n, count))
            pictures = [_together([_scaled(mnist.levels[i], rng) for i in row], gap, rng, stacked) for row in which]
            _print(name, gap, np.array([normalise(picture) for picture in pictures]))
    _print("1", 0, mnist.dataset(np.arange(TRAINING)).pixels)


def _scaled(levels: Levels, rng: np.random.Generator) -> Levels:
    digit = cut(levels, box_of(levels))
    height = int(HEIGHT * rng.uniform(0.9, 1.1))
    width = max(2, round(digit.shape[1] * height / digit.shape[0]))
    return np.asarray(Image.fromarray(digit).resize((width, height), Image.Resampling.BICUBIC))


def _together(digits: list[Levels], gap: float, rng: np.random.Generator, stacked: bool) -> Levels:
    """Dark on light, uint8 (h, w): in a row, or a column if `stacked`, each somewhere across it."""
    if stacked:
        return _together([digit.T for digit in digits], gap, rng, False).T
    height, margin = max(len(digit) for digit in digits), HEIGHT // 3
    row = []
    for digit in digits:
        free = height - len(digit)
        above = int(rng.integers(0, free + 1))
        row += [np.pad(digit, ((above, free - above), (0, 0))), np.zeros((height, int(gap * HEIGHT)), np.uint8)]
    return 255 - np.pad(np.hstack(row[:-1]), margin)


def _print(name: str, gap: float, pixels: Pixels) -> None:
    found = _answers(pixels)
    several = sum(answer.is_several for answer in found)
    sure = sum(answer.verdict == "digit" for answer in found)
    print(f"{name:22} {gap:5.2f} {len(found):6} {several:8} {sure:15}")


def _answers(pixels: Pixels) -> list[Consensus]:
    data = Dataset(pixels, np.zeros(len(pixels), np.uint8))
    champions = Registry(ROOT / "models").champions().classifiers
    classifiers = [champions[kind] for kind in PIXEL_KINDS]
    answers = np.stack([probabilities(classifier, data) for classifier in classifiers], axis=1)  # (n, kinds, 10)
    return [consensus(list(each), drawing) for each, drawing in zip(answers, pixels, strict=True)]


if __name__ == "__main__":
    main()
