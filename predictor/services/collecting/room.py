"""How much of the disk one drawing may take: its picture and its strokes together."""

import json
from typing import Any, Final

from predictor.ml import keeping
from predictor.ml.pictures import Gray
from predictor.services.answering.answers import Drawing

MAX_STROKES: Final = 240_000  # bytes of JSON: what the page's 10,000 points can take
ALWAYS: Final = 30_000  # bytes, beside any strokes; the page's pictures are smaller, whatever is on them


def strokes_size(strokes: Any) -> int:
    """Bytes of strokes as JSON."""
    return len(json.dumps(strokes, separators=(",", ":")))


def picture_room(strokes: dict[str, Any] | None) -> int:
    """Bytes that a picture may take beside these strokes."""
    if strokes is None:
        return keeping.LARGEST
    return max(ALWAYS, keeping.LARGEST - strokes_size(strokes))


def picture_to_keep(drawing: Drawing, gray: Gray) -> bytes:
    """The picture of a drawing, made to fit beside its strokes."""
    room = ALWAYS if len(drawing.image) < ALWAYS else picture_room(drawing.strokes)
    return keeping.to_keep(drawing.image, gray, room)
