"""A labelled drawing on its way between the database and a file, whatever the layout."""

from dataclasses import dataclass
from typing import Any, Final

from predictor.ml.images import Pixels
from predictor.ml.pictures import Gray
from predictor.models import CLAIMS

LABELS: Final = frozenset(dict(CLAIMS))  # as we write them; `labels.label_of` knows how others do


@dataclass(frozen=True)
class Row:
    """A labelled drawing to export; `metadata` is what else is known about it."""

    id: str
    label: str
    pixels: Pixels
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Picture:
    """A labelled picture to import: an image file, or grey levels, uint8 (h, w).

    `name` tells people where it is; `label` is the text of its label, valid or not. `preprocessing` is the version that
    the picture has gone through already, if the file says so, and `digest` that of its pixels then.
    """

    name: str
    label: str
    picture: bytes | Gray
    preprocessing: object = None
    digest: object = None


@dataclass(frozen=True)
class Refusal:
    """An entry that cannot be imported: where it is, why, and how many pictures are lost with it."""

    name: str
    reason: str
    count: int = 1
