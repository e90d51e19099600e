"""The challenges of several kinds at the same time, on this machine's cores or on a cluster; if one fails, the others
finish.

The networks and the SVM use one core each. On a cluster, the members of a committee are jobs of their own, too. The
champions are asked here, wherever a challenger was trained.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from predictor.ml.champions import answering
from predictor.ml.errors import ArtifactError, MlError
from predictor.ml.kinds import STROKE_KINDS
from predictor.ml.weights import Weights
from predictor.training.errors import TrainingError
from predictor.training.evaluation.challenge import Challenge, challenger
from predictor.training.evaluation.committees import Committee, Numbered, joined, members_needed, numbered
from predictor.training.evaluation.comparison import compared
from predictor.training.jobs.cores import Cores
from predictor.training.jobs.job import InTurn, Job, Pool
from predictor.training.preparation.copies import Prepared
from predictor.training.preparation.splits import Splits
from predictor.training.progress import Progress, no_progress

T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """Why a kind has no challenger: what `challenger` or `compared` raised, or a TrainingError if its process died."""

    kind: str
    error: Exception


def challenges(
    kinds: Sequence[str],
    splits: Splits,
    root: Path,
    *,
    seed: int,
    epochs: int | None = None,
    folds: int | None = None,
    starts: Mapping[str, Weights] | None = None,
    pool: Pool | None = None,
    progress: Progress = no_progress,
) -> Iterator[Challenge | Failure]:
    """Yield the challenge of each kind, or why there is none, as it finishes; the arguments are those of `challenger`.

    `root` has the champions, and is only read. `starts` has the weights that some of the kinds go on from. `pool` is
    where they are trained: by default on this machine's cores, and in this process if there is only one kind.

    If the caller stops iterating or is interrupted, the remaining processes are terminated.

    Raises:
        DatasetError: a digit is missing from the training images, or a kind reads strokes and there are none; no
            training was started.
    """
    try:
        answering(root)
    except ArtifactError as error:
        yield from (Failure(kind, error) for kind in kinds)
        return
    pool = pool or (InTurn() if len(kinds) == 1 else Cores())
    starts = starts or {}
    recipe: dict[str, Any] = {"seed": seed, "epochs": epochs, "folds": folds}
    groups = _checked(kinds, splits)
    data = {} if pool.remote else _prepared(groups, splits, starts, progress, seed=seed, epochs=epochs)
    committees: dict[str, Committee] = {}
    with pool.work(splits, progress) as work:
        for kind in kinds:
            if pool.remote and (n := members_needed(kind, splits, folds=folds, seed=seed)):
                committees[kind] = Committee(n)
                calls: list[Callable[..., Any]] = [partial(numbered, kind, number, **recipe) for number in range(n)]
            else:
                calls = [partial(challenger, kind, start=starts.get(kind), data=data.get(kind), **recipe)]
            for call in calls:
                work.submit(Job(kind, partial(_attempt, kind, call)))
        for job, found in work.results():
            kind = job.name
            if isinstance(found, Numbered):
                if members := committees[kind].completed_by(found):
                    work.submit(Job(kind, partial(_attempt, kind, partial(joined, kind, members=members, **recipe))))
            elif isinstance(found, Challenge):
                yield _attempt(kind, compared, found, splits, root, seed=seed)
            elif kind not in committees or committees[kind].has_just_failed():
                yield found if isinstance(found, Failure) else Failure(kind, found)


def _checked(kinds: Sequence[str], splits: Splits) -> list[list[str]]:
    """Those that read pixels and those that read strokes, without a group that is empty.

    Raises:
        DatasetError: one of them cannot be trained.
    """
    pixels = [kind for kind in kinds if kind not in STROKE_KINDS]
    groups = [group for group in (pixels, [kind for kind in kinds if kind in STROKE_KINDS]) if group]
    for group in groups:
        splits.read_by(group[0]).require_all_classes()
    return groups


def _prepared(
    groups: Sequence[Sequence[str]],
    splits: Splits,
    starts: Mapping[str, Weights],
    progress: Progress,
    *,
    seed: int,
    epochs: int | None,
) -> dict[str, Prepared]:
    """What each kind is trained on; those of a group share it."""
    found: dict[str, Prepared] = {}
    for group in groups:
        data = splits.read_by(group[0]).prepared(group, seed=seed, epochs=epochs, started=starts, progress=progress)
        found |= dict.fromkeys(group, data)
    return found


def _attempt(kind: str, call: Callable[..., T], *arguments: Any, **named: Any) -> T | Failure:
    """Also as a job."""
    try:
        return call(*arguments, **named)
    except (MlError, TrainingError, OSError, ModuleNotFoundError) as error:
        return Failure(kind, error)
