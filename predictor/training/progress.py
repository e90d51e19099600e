"""How long computations report their progress, and readers what they leave out."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]  # the task's name, steps done, steps in all
Report: TypeAlias = Callable[[str], None]  # called with a sentence


def no_progress(task: str, done: int, total: int) -> None:
    """Report nothing."""


def no_report(sentence: str) -> None:
    """Report nothing."""
