"""What a training run tells whoever watches it; `recording.Recording` writes it down."""

from collections.abc import Mapping
from typing import Any, Protocol

from predictor.models import TrainingRun


class Watch(Protocol):
    @property
    def run(self) -> TrainingRun | None:
        """The run's row."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def freeze(self, dataset: Mapping[str, Any]) -> None:
        """What it is trained on is known."""

    def judged(self, kind: str, accuracy: float) -> None:
        """A challenger has this accuracy on what was held out."""

    def confirm(self) -> None:
        """About to publish: raises whatever speaks against it."""


class Unwatched:
    """Nobody watches."""

    run = None

    def stage(self, name: str) -> None: ...

    def freeze(self, dataset: Mapping[str, Any]) -> None: ...

    def judged(self, kind: str, accuracy: float) -> None: ...

    def confirm(self) -> None: ...
