"""Cross-validation: estimate how good a kind is from the ancestor's 500 images alone."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from django.conf import settings

from predictor.services.learning.pools import pool

if TYPE_CHECKING:
    from predictor.training.evaluation.crossvalidate import CrossValidation
    from predictor.training.progress import Progress


def cross_validate(
    *,
    kinds: Sequence[str],
    folds: int,
    seed: int,
    epochs: int | None,
    processes: int | None,
    dask: str | None,
    report: Callable[[str], None],
    progress: "Progress",
) -> "Iterator[tuple[str, CrossValidation]]":
    """Cross-validate kinds on the 500, on a Dask cluster or in so many processes here, by default one for each core.

    Raises:
        DatasetError: a file of MNIST is missing or damaged.
        TrainingError: the cluster cannot be used, or a process died.
    """
    from predictor.training.data.dataset import Mnist
    from predictor.training.evaluation.crossvalidate import cross_validate
    from predictor.training.jobs.cores import Cores
    from predictor.training.jobs.job import InTurn

    with pool(dask, report) as cluster:
        data = Mnist.read(settings.MNIST_DIR).mnist500()
        where = cluster or (InTurn() if processes == 1 else Cores(processes))
        for kind in dict.fromkeys(kinds):
            report(f"{kind}: {folds} folds, {min(where.at_once, folds)} at a time.")
            yield kind, cross_validate(kind, data, n=folds, seed=seed, epochs=epochs, pool=where, progress=progress)
