"""A challenger, trained and then compared with the champion, as a run does."""

from pathlib import Path
from typing import Any

from predictor.training.evaluation.challenge import Challenge, challenger
from predictor.training.evaluation.comparison import compared
from predictor.training.preparation.splits import Splits


def challenge(kind: str, splits: Splits, root: Path, *, seed: int, **options: Any) -> Challenge:
    return compared(challenger(kind, splits, seed=seed, **options), splits, root, seed=seed)
