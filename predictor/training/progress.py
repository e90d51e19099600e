"""How long computations report their progress, and readers what they leave out."""

from collections.abc import Callable
from typing import Protocol, TypeAlias

Report: TypeAlias = Callable[[str], None]  # called with a sentence


class Progress(Protocol):
    """Called with a task's name, the steps done, and the steps in all.

    `accuracy`, in 0 to 1, is that on the validation set, where the step ended with a check of it.
    """

    def __call__(self, task: str, done: int, total: int, accuracy: float | None = None, /) -> None: ...


def no_progress(task: str, done: int, total: int, accuracy: float | None = None, /) -> None:
    """Report nothing."""


def no_report(sentence: str) -> None:
    """Report nothing."""
