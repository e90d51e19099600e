"""What can be kept of what a file holds: normalised, labelled, and each drawing once."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from predictor.ml import images, pictures
from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels
from predictor.ml.pictures import Gray
from predictor.services.datasets.rows import LABELS, Picture, Refusal

BATCH: Final = 1000
BATCH_SIZE: Final = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class Drawing:
    """A picture that can be kept."""

    digest: str
    label: str
    pixels: Pixels
    image: bytes


def batches(drawings: Iterator[Drawing]) -> Iterator[dict[str, Drawing]]:
    """By digest, a thousand at a time, or fewer that are large."""
    batch: dict[str, Drawing] = {}
    size = 0
    for drawing in drawings:
        batch[drawing.digest] = drawing
        size += len(drawing.image)
        if len(batch) == BATCH or size > BATCH_SIZE:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def drawings(
    entries: Iterator[Picture | Refusal], tally: Counter[str], report: Callable[[str], None]
) -> Iterator[Drawing]:
    """What can be kept, no drawing twice; the rest is counted, and reported if it is refused."""
    seen: dict[str, str] = {}
    for entry in entries:
        match _drawing(entry, seen):
            case Drawing() as drawing:
                yield drawing
            case Refusal(name, reason, count):
                tally["refused"] += count
                report(_printable(f"{name}: {reason}"))
            case None:
                tally["known"] += 1


def _drawing(entry: Picture | Refusal, seen: dict[str, str]) -> Drawing | Refusal | None:
    """None if the file held it before, with the same label. `seen` are the labels by digest."""
    if isinstance(entry, Refusal):
        return entry
    if entry.label not in LABELS:
        return Refusal(entry.name, f"its label {entry.label[:20]!r} is not 0 to 9")
    try:
        levels = pictures.decode(entry.picture) if isinstance(entry.picture, bytes) else entry.picture
        pixels = levels if _is_normalised(entry, levels) else images.normalise(levels)
    except ImageError as error:
        return Refusal(entry.name, str(error))
    digest = images.digest(pixels)
    if digest not in seen:
        seen[digest] = entry.label
        image = entry.picture if isinstance(entry.picture, bytes) else images.to_png(entry.picture)
        return Drawing(digest, entry.label, pixels, image)
    if seen[digest] == entry.label:
        return None
    return Refusal(entry.name, f"the same drawing is labelled {seen[digest]} before")


def _is_normalised(entry: Picture, levels: Gray) -> bool:
    """Whether it is to be taken as it is: `normalise` alters one in five thousand of its own results.

    It is where the file says so, unless the picture was touched since.
    """
    if entry.preprocessing != images.PREPROCESSING or levels.shape != (images.SIDE, images.SIDE) or not levels.any():
        return False
    return entry.digest is None or entry.digest == images.digest(levels)


def _printable(text: str) -> str:
    """Names come from the file, and might move a terminal's cursor."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
