"""What goes into `classify`, and what comes out."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from predictor.ml.consensus import Consensus, consensus
from predictor.ml.images import Pixels
from predictor.ml.occlusion import Importance
from predictor.ml.registry import Broken
from predictor.ml.runtime import Probabilities


@dataclass(frozen=True)
class Drawing:
    """What came in, beside the picture itself."""

    image: bytes
    source: str
    request_id: str
    strokes: dict[str, Any] | None = None
    prompt: int | None = None


@dataclass(frozen=True)
class ModelAnswer:
    version: int
    probabilities: Probabilities

    @property
    def prediction(self) -> int:
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        return float(self.probabilities.max())


@dataclass(frozen=True)
class Kept:
    """A drawing's row. With `token` it can be claimed and deleted; None for anybody but who sent it first."""

    id: str
    token: str | None


@dataclass(frozen=True)
class Answer:
    """`models` are the classifiers that answered, `broken` says why the others that were asked did not."""

    pixels: Pixels
    models: dict[str, ModelAnswer]
    broken: dict[str, Broken] = field(default_factory=dict)
    kept: Kept | None = None

    @cached_property
    def consensus(self) -> Consensus:
        return consensus([answer.probabilities for answer in self.models.values()], self.pixels)


@dataclass(frozen=True)
class Explanation:
    """What the classifiers answered, and by kind what in the drawing mattered to each."""

    answer: Answer
    maps: dict[str, Importance]
