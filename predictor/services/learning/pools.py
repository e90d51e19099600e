"""Where jobs are trained: on this machine's cores, or on a Dask cluster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from predictor.training.jobs.job import Pool


@contextmanager
def pool(dask: str | None, report: Callable[[str], None]) -> "Iterator[Pool | None]":
    """The cluster whose scheduler is at `dask`; without an address, None stands for this machine.

    Raises:
        ClusterError: the scheduler does not answer, or its workers cannot take jobs from this machine.
        ModuleNotFoundError: Dask is not installed.
    """
    if not dask:
        yield None
        return
    from predictor.training.jobs.cluster import connected

    with connected(dask) as cluster:
        report(f"Training on the Dask cluster at {dask}; workers: {cluster.at_once}.")
        yield cluster
