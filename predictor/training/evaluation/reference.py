"""What a run's versions were trained on and what they say to the held-out drawings, counted for `reference.json`.

A site compares its drawings with that: see `services.learning.drift`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from predictor.ml.artifacts import Sidecar
from predictor.ml.consensus import calibrated_pool, consensus
from predictor.ml.drift.histograms import VERDICTS, count
from predictor.ml.drift.measures import measure
from predictor.ml.drift.reference import Reference, Together
from predictor.ml.kinds import PIXEL_KINDS, STROKE_KINDS
from predictor.ml.registry import Registry
from predictor.ml.runtime import Probabilities
from predictor.training.data.dataset import Dataset
from predictor.training.evaluation.challenge import Challenge
from predictor.training.evaluation.evaluate import probabilities
from predictor.training.preparation import reviewed
from predictor.training.preparation.splits import PENS, Splits
from predictor.training.preparation.strokes import StrokeSplits

SAMPLE: Final = 10_000  # training drawings that are measured


class Said(NamedTuple):
    """What a version says to the held-out drawings of its kind: probabilities, float32 (n, 10)."""

    sidecar: Sidecar
    answers: Probabilities


def references(challenges: Sequence[Challenge], splits: Splits, root: Path, *, seed: int) -> dict[str, bytes]:
    """The `reference.json` of each challenger, by kind.

    Together they are heard with those champions in `root` whose kinds the run did not train.
    """
    said = {each.sidecar.kind: Said(each.sidecar, each.trial.challenger) for each in challenges}
    beside = {
        kind: Said(champion.sidecar, probabilities(champion, splits.read_by(kind).held_out))
        for kind, champion in Registry(root).champions().classifiers.items()
        if kind not in said and (kind in PIXEL_KINDS or splits.strokes)
    }
    return describe(said, splits, beside=beside, seed=seed)


def describe(
    said: Mapping[str, Said], splits: Splits, *, seed: int, beside: Mapping[str, Said] | None = None
) -> dict[str, bytes]:
    """The `reference.json` of each version in `said`, by kind; `beside` are others that answer with them."""
    all_of_them = together({**said, **(beside or {})}, splits)
    training: dict[bool, dict[str, NDArray[np.int64]]] = {}
    found = {}
    for kind, (_, answers) in said.items():
        reads_pixels = kind in PIXEL_KINDS
        if reads_pixels not in training:
            training[reads_pixels] = _training(splits.read_by(kind), seed)
        confidence = count("confidence", answers.max(axis=1))
        found[kind] = Reference(training[reads_pixels], {"confidence": confidence}, all_of_them).to_bytes()
    return found


def together(said: Mapping[str, Said], splits: Splits) -> Together | None:
    """What versions, by kind, say together to the held-out drawings.

    Those that read strokes are heard on the held-out pen strokes, which are among the held-out drawings once for each
    pen. None where none reads pixels, or these strokes are not there: then it is not known.
    """
    readers = [said[kind] for kind in PIXEL_KINDS if kind in said]
    pens = [said[kind] for kind in STROKE_KINDS if kind in said]
    part, strokes = splits.parts.get("held_out_strokes", slice(0, 0)), splits.strokes
    drawn = part.stop - part.start
    if not readers or (pens and not (strokes and drawn == len(PENS) * len(strokes.deciding) > 0)):
        return None
    stacked = np.stack([answers for _, answers in readers], axis=1)  # (n, kinds, 10)
    confidence = np.empty(len(stacked))
    verdicts = np.empty(len(stacked), np.intp)
    for row, pixels in enumerate(splits.held_out.pixels):
        heard, weights = list(stacked[row]), [1.0] * len(readers)
        if strokes and part.start <= row < part.stop:
            which = (row - part.start) % len(strokes.deciding)
            heard += [answers[which] for _, answers in pens]
            weights += [sidecar.calibration.get("weight", 1.0) for sidecar, _ in pens]
        confidence[row] = calibrated_pool(heard, weights).max()
        verdicts[row] = VERDICTS.index(consensus(heard, pixels, weights=weights).verdict)
    counts = {"confidence": count("confidence", confidence), "verdicts": count("verdicts", verdicts)}
    return Together({each.sidecar.kind: each.sidecar.sha256 for each in (*readers, *pens)}, counts)


def _training(read: Splits | StrokeSplits, seed: int) -> dict[str, NDArray[np.int64]]:
    """Histograms of a sample of the drawings that a kind was trained on; of strokes, only how often each digit is."""
    if isinstance(read, StrokeSplits):
        return {"digits": count("digits", read.training.labels)}
    seen = _seen(read, np.random.default_rng(seed))
    found = {name: count(name, values) for name, values in measure(seen.pixels).items()}
    return found | {"digits": count("digits", seen.labels)}


def _seen(splits: Splits, random: np.random.Generator) -> Dataset:
    """About SAMPLE drawings in the mixture in which classifiers see them: no outliers, and before augmentation."""
    share = reviewed.missing_share(len(splits.training), splits.n_reviewed) if len(splits.varied) else 0.0
    n_varied = round(SAMPLE * share)
    return _some(splits.training, SAMPLE - n_varied, random) + _some(splits.varied, n_varied, random)


def _some(data: Dataset, n: int, random: np.random.Generator) -> Dataset:
    return data[np.sort(random.choice(len(data), min(n, len(data)), replace=False))]
