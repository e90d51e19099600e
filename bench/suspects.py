"""How many of the labels to check are in fact wrong, when a known share of MNIST's labels is flipped.

    make setup-train
    .venv/bin/python bench/suspects.py [--drawings 10000] [--wrong 0.03] [--seeds 3]

Some of MNIST's training images outside the ancestor's 500 stand in for reviewed drawings, and the 500 are the base. A
wrong label is a random digit other than the right one. The columns are the number of wrong labels, how many are among
the worst twenty, which the admin shows, and the precision among as many of the worst as there are wrong labels. Takes
half a minute for each seed on one core.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.training.data.dataset import TRAIN_SIZE, Mnist  # noqa: E402
from predictor.training.evaluation.suspects import contradictions  # noqa: E402

SHOWN = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawings", type=int, default=10_000, help="number of reviewed drawings")
    parser.add_argument("--wrong", type=float, default=0.03, help="share of labels to flip")
    parser.add_argument("--seeds", type=int, default=3, help="number of repetitions")
    options = parser.parse_args()
    mnist = Mnist.read(ROOT / "data" / "mnist")
    others = np.setdiff1d(np.arange(TRAIN_SIZE), mnist.sample())
    print(f"{'seed':>4} {'wrong':>6} {f'in {SHOWN}':>6} {'precision':>11}")
    for seed in range(options.seeds):
        random = np.random.default_rng(seed)
        drawings = mnist.dataset(random.permutation(others)[: options.drawings])
        wrong = random.choice(options.drawings, round(options.wrong * options.drawings), replace=False)
        labels = drawings.labels.copy()
        labels[wrong] = (labels[wrong] + random.integers(1, 10, len(wrong))) % 10
        found = contradictions(replace(drawings, labels=labels), mnist.mnist500(), seed=seed)
        hits = np.isin([each.index for each in found], wrong)
        print(f"{seed:4} {len(wrong):6} {hits[:SHOWN].sum():6} {hits[: len(wrong)].mean():11.1%}", flush=True)


if __name__ == "__main__":
    main()
