"""Committees of networks whose members are trained apart, and then joined: what is done for each is a job."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from predictor.training.classifiers.member import FOLDS, Member
from predictor.training.classifiers.train import train_member
from predictor.training.data.dataset import folds as cut
from predictor.training.evaluation.challenge import Challenge, challenger
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.splits import Splits
from predictor.training.progress import Progress

_latest: WeakKeyDictionary[Splits, tuple[tuple[Any, ...], Prepared]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Numbered:
    """A member with its number, from 0."""

    number: int
    member: Member


@dataclass
class Committee:
    """One that is being trained, of `n` members."""

    n: int
    members: dict[int, Member] = field(default_factory=dict)
    _has_failed: bool = False

    def completed_by(self, found: Numbered) -> list[Member]:
        """All members in their order, if this is the last one; else none."""
        self.members[found.number] = found.member
        return [self.members[number] for number in range(self.n)] if len(self.members) == self.n else []

    def has_just_failed(self) -> bool:
        """Whether this is the first time that it is asked: other members may fail, too."""
        before, self._has_failed = self._has_failed, True
        return not before


def members_needed(kind: str, splits: Splits, *, folds: int | None, seed: int) -> int:
    """How many members a network of a kind has; 0 if it is none, or there is a validation set."""
    read = splits.read_by(kind)
    if kind == "svm" or len(read.validation):
        return 0
    return len(list(cut(read.training, folds or FOLDS, seed=seed)))


def numbered(
    kind: str,
    number: int,
    splits: Splits,
    *,
    seed: int,
    epochs: int | None,
    folds: int | None,
    progress: Progress,
) -> Numbered:
    """Train one member."""
    data = _data(kind, splits, seed, epochs, progress)
    member = train_member(kind, data, number, seed=seed, epochs=epochs, folds=folds, progress=progress)
    return Numbered(number, member)


def joined(
    kind: str,
    splits: Splits,
    *,
    members: Sequence[Member],
    seed: int,
    epochs: int | None,
    folds: int | None,
    progress: Progress,
) -> Challenge:
    """The challenger that these members are."""
    data = _data(kind, splits, seed, epochs, progress)
    return challenger(
        kind, splits, seed=seed, epochs=epochs, folds=folds, data=data, members=members, progress=progress
    )


def _data(kind: str, splits: Splits, seed: int, epochs: int | None, progress: Progress) -> Prepared:
    """What a kind is trained on, kept for the next member until these splits are forgotten, or another kind's turn."""
    asked = (kind, seed, epochs)
    if splits not in _latest or _latest[splits][0] != asked:
        _latest.pop(splits, None)  # before others take its place in memory
        _latest[splits] = asked, splits.read_by(kind).prepared([kind], seed=seed, epochs=epochs, progress=progress)
    return _latest[splits][1]
