"""What passes between the database and a file: one labelled drawing, whatever the layout."""

from dataclasses import dataclass
from typing import Any, Final

from predictor.ml.images import Pixels
from predictor.ml.pictures import Gray
from predictor.models import CLAIMS

LABELS: Final = frozenset(dict(CLAIMS))


@dataclass(frozen=True)
class Row:
    """A labelled drawing to write; `facts` are what else is known of it."""

    id: str
    label: str
    pixels: Pixels
    facts: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A labelled picture as a file has it: a file of its own, or grey levels, uint8 (h, w).

    `name` says to people where it stands; `label` is what stands there, whatever it is. `preprocessing` is what the
    picture went through already, if the file says so, and `digest` what its pixels had then.
    """

    name: str
    label: str
    picture: bytes | Gray
    preprocessing: object = None
    digest: object = None


@dataclass(frozen=True)
class Refusal:
    """What cannot be taken: where it stands, why, and how many pictures are lost with it."""

    name: str
    reason: str
    count: int = 1
