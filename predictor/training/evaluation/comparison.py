"""A challenger beside the champions: on the machine that has them, wherever it was trained."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from predictor.ml.champions import answering
from predictor.ml.kinds import ALL
from predictor.ml.registry import Champions, Registry
from predictor.ml.runtime import Classifier
from predictor.training.augmentation.redraw import redrawn_and_shuffled
from predictor.training.data.dataset import Dataset
from predictor.training.evaluation.challenge import Challenge
from predictor.training.evaluation.differences import differences
from predictor.training.evaluation.evaluate import probabilities, score
from predictor.training.evaluation.weighing import weigh, worth
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.strokes import StrokeSplits

WEIGHED: Final = 4  # redrawn copies of each drawing that a classifier is weighed on


def compared(challenger: Challenge, splits: Splits, root: Path, *, seed: int) -> Challenge:
    """Weigh a challenger beside the champions in `root`, and compare it with that of its kind, if there is one.

    Raises:
        ArtifactError: it is not known which versions are the champions.
    """
    answering(root)
    read = splits.read_by(challenger.sidecar.kind)
    champions = Registry(root).champions()
    if isinstance(read, StrokeSplits):
        challenger = _weighed(challenger, read, list(champions.classifiers.values()), seed)
    return _with_champion(challenger, read, champions)


def _with_champion(challenger: Challenge, splits: Splits | StrokeSplits, champions: Champions) -> Challenge:
    """With what the champion of its kind, if there is one, says to the same held-out images."""
    kind = challenger.sidecar.kind
    if champion := champions.classifiers.get(kind):
        answers = probabilities(champion, splits.held_out)
        trial = dataclasses.replace(challenger.trial, champion=answers, missing=_missing(champion, splits))
        return dataclasses.replace(
            challenger,
            trial=trial,
            differences=differences(trial, splits.pictures),
            champion=champion.version,
            champion_misses=score(answers, splits.held_out)["misses"],
        )
    broken = champions.broken.get(kind)
    if broken is None or broken.version is None:
        return challenger
    return dataclasses.replace(challenger, champion=broken.version, champion_error=broken.reason)


def _weighed(challenger: Challenge, splits: StrokeSplits, champions: Sequence[Classifier], seed: int) -> Challenge:
    """With what it counts beside the champions that read pixels, fitted on the writers who calibrate it, and its worth.

    Their drawings are redrawn, and half of them traced in an order of chance: people who were taught to write otherwise
    are not in the file.
    """
    others = [each for each in champions if ALL[each.kind].reads == "pixels"]
    if not others:
        return challenger
    own = Classifier(challenger.sidecar, challenger.artifact)
    drawn, traces = redrawn_and_shuffled(splits.validating, WEIGHED, seed=seed)
    fitted = weigh([probabilities(each, drawn) for each in others], probabilities(own, traces), drawn.labels)
    pictures = Dataset(splits.pictures, splits.held_out.labels)
    beside = [probabilities(each, pictures) for each in others]
    held_out = worth(beside, challenger.trial.challenger, pictures.labels, fitted.weight)
    weighed = {
        "others": {each.kind: each.version for each in others},
        "fitted": fitted.to_json(),
        "held_out": held_out.to_json(),
    }
    calibration = challenger.sidecar.calibration | {"weight": fitted.weight}
    sidecar = dataclasses.replace(challenger.sidecar, calibration=calibration, weighed=weighed)
    return dataclasses.replace(challenger, sidecar=sidecar)


def _missing(champion: Classifier, splits: Splits | StrokeSplits) -> list[str]:
    """The sets that the champion's base has, and these splits lack."""
    parts = {f"held_out_{part}" for part in champion.sidecar.base.split("+")[1:]}
    return sorted(parts - splits.parts.keys())
