"""Progress of long commands: bars on a terminal, a line for each quarter elsewhere; both with the time left."""

import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TextIO, cast

from django.core.management.base import OutputWrapper


class Progress:
    """Call it as `training.progress` says; `out` is the command's stdout."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out, self._stack = out, ExitStack()
        self._bars: Any = None
        self._first: dict[str, tuple[float, int]] = {}
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        if self._out.isatty():
            from rich import console, progress

            self._stack.callback(setattr, self._out, "ending", self._out.ending)
            self._out.ending = ""  # bars end their lines themselves
            columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.TimeRemainingColumn())
            bars = progress.Progress(*columns, console=console.Console(file=cast(TextIO, self._out)))
            self._bars = self._stack.enter_context(bars)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(self, what: str, done: int, total: int, accuracy: float | None = None, /) -> None:
        if self._bars:
            if what not in self._tasks:
                self._tasks[what] = self._bars.add_task(what, total=total)
            self._bars.update(self._tasks[what], completed=done)
            return
        started, first = self._first.setdefault(what, (time.monotonic(), done))
        if done == total:
            self.say(f"{what}: done")
        elif done and 4 * done // total > 4 * (done - 1) // total:
            each = (time.monotonic() - started) / max(done - first, 1)
            left = f", {each * (total - done):.0f} s left" if done > first else ""  # unknown before the first step
            right = "" if accuracy is None else f", {accuracy:.2%} right on the validation set"
            self.say(f"{what}: {done} of {total}{left}{right}")

    def say(self, line: str) -> None:
        """Print a line, above the bars if there are any."""
        if self._bars:
            self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)  # brackets are not markup
        else:
            self._out.write(line)
            self._out.flush()
