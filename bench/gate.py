"""How often the gate promotes a challenger that is truly worse, equally good, or better: how its margins were chosen.

    make setup-train
    .venv/bin/python bench/gate.py [--runs 200] [--seed 3] [--accuracy 0.994] [--differ 0.006]

The answers are invented: POOL drawings, of which champion and challenger miss as many as the options say, and differ on
a share --differ of all. Each run draws held-out sets from them with replacement (bootstrap): as many as MNIST and the
pen strokes have, three renderings of each of the latter, which share their fate half of the time, and none, few or many
drawings of a site. It prints in how many runs the challenger is promoted, refused, or neither.

The margins were chosen with --seed 1 and 2; docs/training.md has the figures of --seed 3. Takes three minutes.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predictor.training.evaluation.gate import SITE, Trial, judge  # noqa: E402

POOL = 200_000
MNIST, STROKES, RENDERINGS = 5_984, 750, 3
WORSE = {"worse by 0.2 points": 0.002, "equally good": 0.0, "better by 0.3 points": -0.003}
SITES = (0, 50, 500)
CONFIDENCE = (0.995, 0.6)  # of a right answer and of a miss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--accuracy", type=float, default=0.994, help="the champion's")
    parser.add_argument("--differ", type=float, default=0.006, help="share of drawings that only one of them misses")
    options = parser.parse_args()
    print(f"{'the challenger is':22} {'of this site':>12} {'promoted':>9} {'refused':>8} {'inconclusive':>13}")
    for name, worse in WORSE.items():
        for n_site in SITES:
            random = np.random.default_rng([options.seed, n_site])
            pool = _pool(options.accuracy, options.differ, worse, random)
            found = Counter(_judged(pool, n_site, random) for _ in range(options.runs))
            shares = [found[outcome] / options.runs for outcome in ("promote", "refuse", "inconclusive")]
            print(f"{name:22} {n_site:12} {shares[0]:9.1%} {shares[1]:8.1%} {shares[2]:13.1%}", flush=True)


def _pool(accuracy: float, differ: float, worse: float, random: Generator) -> NDArray[np.bool_]:
    """Who is right, (POOL, 2): challenger and champion, in exact proportions and random order."""
    only_challenger, only_champion = (round(POOL * (differ + sign * worse) / 2) for sign in (1, -1))
    both = round(POOL * (1 - accuracy)) - only_champion
    assert both >= 0, "the champion misses fewer drawings than they differ on"
    rows = [(False, True)] * only_challenger + [(True, False)] * only_champion + [(False, False)] * both
    pool = np.array(rows + [(True, True)] * (POOL - len(rows)))
    return random.permutation(pool)


def _judged(pool: NDArray[np.bool_], n_site: int, random: Generator) -> str:
    strokes = np.tile(random.integers(0, POOL, STROKES), RENDERINGS)
    alone = random.random(len(strokes)) < 0.5
    strokes[alone] = random.integers(0, POOL, alone.sum())
    rows = np.concatenate((random.integers(0, POOL, MNIST), strokes, random.integers(0, POOL, n_site)))
    drawings = np.arange(len(rows))
    drawings[MNIST : MNIST + len(strokes)] = MNIST + np.tile(np.arange(STROKES), RENDERINGS)
    ends = (0, MNIST, MNIST + len(strokes), len(rows))
    sets = dict(zip(("held_out_mnist", "held_out_strokes", SITE), map(slice, ends, ends[1:]), strict=True))
    labels = random.integers(0, 10, len(rows)).astype(np.uint8)
    trial = Trial(
        labels=labels,
        drawings=drawings,
        challenger=_answers(labels, pool[rows, 0]),
        champion=_answers(labels, pool[rows, 1]),
        rejected=np.zeros(len(rows), bool),
        sets=sets if n_site else {name: part for name, part in sets.items() if name != SITE},
        site_labels=[n_site] * 10,
    )
    return judge(trial, size=1_000_000, parity=1e-6, most_parity=1e-4).outcome


def _answers(labels: NDArray[np.uint8], right: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Probabilities, (n, 10): the label, or the digit after it, has CONFIDENCE."""
    confidence = np.where(right, *CONFIDENCE).astype(np.float32)
    answers = np.repeat((1 - confidence)[:, None] / 9, 10, axis=1)
    answers[np.arange(len(labels)), np.where(right, labels, (labels + 1) % 10)] = confidence
    return answers


if __name__ == "__main__":
    main()
