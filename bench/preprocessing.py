"""What the preprocessing gains on shifted and small digits, and what it costs on MNIST's own images.

    make setup-train
    .venv/bin/python bench/preprocessing.py

An RBF SVM is trained on the pixels of the ancestor's 500 images, without and with `normalise`, and evaluated on the
9,940 test images as they are, shifted by 2 pixels, and scaled to 60 %. The last line is the cost on MNIST's own images:
the accuracy of the SVM without `normalise` on the test images before and after it.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.svm import SVC

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.ml.images import normalise  # noqa: E402
from predictor.training.data.dataset import TRAIN_SIZE, Mnist  # noqa: E402


def main() -> None:
    mnist = Mnist.read(ROOT / "data" / "mnist")
    sample = mnist.sample()
    which = np.setdiff1d(np.arange(TRAIN_SIZE, len(mnist.labels)), sample)
    levels, labels = mnist.levels[which], mnist.labels[which]
    plain = SVC(C=5, gamma=0.02).fit(_flat(mnist.levels[sample]), mnist.labels[sample])
    normal = SVC(C=5, gamma=0.02).fit(_flat(_normalised(mnist.levels[sample])), mnist.labels[sample])
    cases = {
        "as they are": levels,
        "shifted 2 px": np.pad(levels, ((0, 0), (2, 0), (2, 0)))[:, :28, :28],
        "scaled to 60 %": np.array([_small(each) for each in levels]),
    }
    print(f"{'':14} {'without':>9} {'with':>9}")
    for name, pictures in cases.items():
        without, with_it = plain.score(_flat(pictures), labels), normal.score(_flat(_normalised(pictures)), labels)
        print(f"{name:14} {without:9.2%} {with_it:9.2%}")
    before, after = plain.score(_flat(levels), labels), plain.score(_flat(_normalised(levels)), labels)
    print(f"cost on MNIST's own images: {100 * (before - after):.2f} points ({before:.2%} to {after:.2%})")


def _normalised(levels: np.ndarray) -> np.ndarray:
    return np.array([normalise(each) for each in levels])


def _flat(levels: np.ndarray) -> np.ndarray:
    return levels.reshape(len(levels), -1) / 255


def _small(levels: np.ndarray) -> np.ndarray:
    """Scale the digit to 60 % in the middle of 28×28."""
    side = round(0.6 * 28)
    small = np.zeros((28, 28), np.uint8)
    start = (28 - side) // 2
    shrunk = Image.fromarray(levels).resize((side, side), Image.Resampling.BOX)
    small[start : start + side, start : start + side] = np.asarray(shrunk)
    return small


if __name__ == "__main__":
    main()
