"""A drawing that is sent, and the answers to it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from predictor.ml.consensus import Consensus, consensus
from predictor.ml.images import PREPROCESSING, Pixels, to_data_url
from predictor.ml.occlusion import Importance
from predictor.ml.paper.box import Box
from predictor.ml.pictures import Gray
from predictor.ml.registry import Broken
from predictor.ml.runtime import Probabilities
from predictor.ml.strokes.occlusion import Weighed
from predictor.ml.strokes.trajectory import Trajectory
from predictor.services.answering import wording


@dataclass(frozen=True)
class Drawing:
    """A picture as it was sent, with what is known about it."""

    image: bytes
    source: str
    request_id: str
    strokes: dict[str, Any] | None = None
    prompt: int | None = None
    client: str = ""  # whose quota it counts against; it is not stored


@dataclass(frozen=True)
class Legible:
    """A drawing whose picture has been read.

    Attributes:
        gray: its grey levels.
        pixels: what the classifiers see of it.
        box: where it stands in its picture.
    """

    drawing: Drawing
    gray: Gray
    pixels: Pixels
    box: Box


@dataclass(frozen=True)
class ModelAnswer:
    """What a classifier says, and what that counts beside the others."""

    version: int
    probabilities: Probabilities
    weight: float = 1.0

    @property
    def prediction(self) -> int:
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        return float(self.probabilities.max())


@dataclass(frozen=True)
class Unheard:
    """Why a classifier that works was not asked about a drawing: what it reads is of no use."""

    version: int
    code: str
    detail: str


@dataclass(frozen=True)
class Kept:
    """A stored drawing. With `token`, it can be claimed and deleted; None for anybody but its first sender."""

    id: str
    token: str | None


@dataclass(frozen=True)
class NotKept:
    """Why a drawing that should have been stored was not."""

    code: str
    detail: str


@dataclass
class Answer:
    """What the classifiers said to a drawing, and then what became of it.

    Attributes:
        models: the answers by kind.
        broken: the reasons of those that were asked and did not answer.
        unheard: of those that could not be asked, because the strokes that came with the drawing are of no use.
        kept: set once it is stored,
        not_kept: or once it is clear that it cannot be.
        trajectory: what the classifiers that read strokes were given; None where none was asked.
        box: where the drawing stands in its picture; None where the picture was not looked at again.
        is_cached: no classifier had to be asked.
    """

    pixels: Pixels
    models: dict[str, ModelAnswer]
    broken: dict[str, Broken] = field(default_factory=dict)
    unheard: dict[str, Unheard] = field(default_factory=dict)
    kept: Kept | None = None
    not_kept: NotKept | None = None
    trajectory: Trajectory | None = None
    box: Box | None = None
    is_cached: bool = False

    @property
    def preprocessing(self) -> int:
        """The version of the preprocessing that the pixels went through."""
        return PREPROCESSING

    @property
    def pixels_url(self) -> str:
        """The 28×28 picture that the classifiers saw, as a `data:` URL."""
        return to_data_url(self.pixels)

    @cached_property
    def consensus(self) -> Consensus:
        return joint(self.models.values(), self.pixels)

    @property
    def summary(self) -> str:
        """The answer in one to three sentences."""
        return wording.summary(
            {kind: answer.prediction for kind, answer in self.models.items()},
            prediction=self.consensus.prediction,
            verdict=self.consensus.verdict,
            is_several=self.consensus.is_several,
            unavailable=self.broken,
        )


def joint(answers: Collection[ModelAnswer], pixels: Pixels) -> Consensus:
    """What several answers to a drawing say together."""
    probabilities, weights = zip(*((each.probabilities, each.weight) for each in answers), strict=True)
    return consensus(probabilities, pixels, weights=weights)


@dataclass(frozen=True)
class Explanation:
    """The classifiers' answers, and by kind what mattered: a map of the ink, or the lines of the strokes."""

    answer: Answer
    maps: dict[str, Importance] = field(default_factory=dict)
    lines: dict[str, Weighed] = field(default_factory=dict)
