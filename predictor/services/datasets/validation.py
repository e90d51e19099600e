"""Which pictures of a file can be imported: those with a valid label and a drawing on them, each drawing once."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from predictor.ml import images, pictures
from predictor.ml.errors import ImageError
from predictor.ml.images import Pixels
from predictor.ml.keeping import to_keep
from predictor.ml.pictures import Gray
from predictor.services.datasets.rows import Picture, Refusal
from predictor.training.data.labels import label_of

BATCH: Final = 1000
BATCH_SIZE: Final = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True)
class ValidDrawing:
    """A picture that can be imported."""

    digest: str
    label: str
    pixels: Pixels
    image: bytes


def batches(drawings: Iterator[ValidDrawing]) -> Iterator[dict[str, ValidDrawing]]:
    """By digest, a thousand at a time, or fewer if they are large."""
    batch: dict[str, ValidDrawing] = {}
    size = 0
    for drawing in drawings:
        batch[drawing.digest] = drawing
        size += len(drawing.image)
        if len(batch) == BATCH or size > BATCH_SIZE:
            yield batch
            batch, size = {}, 0
    if batch:
        yield batch


def valid_drawings(
    entries: Iterator[Picture | Refusal], tally: Counter[str], report: Callable[[str], None]
) -> Iterator[ValidDrawing]:
    """The drawings that can be imported, each once; the rest is counted, and reported if it is refused."""
    seen: dict[str, str] = {}
    for entry in entries:
        match _validate(entry, seen):
            case ValidDrawing() as drawing:
                yield drawing
            case Refusal(name, reason, count):
                tally["refused"] += count
                report(_printable(f"{name}: {reason}"))
            case None:
                tally["known"] += 1


def _validate(entry: Picture | Refusal, seen: dict[str, str]) -> ValidDrawing | Refusal | None:
    """None for a drawing that the file already had with the same label; `seen` are the labels by digest."""
    if isinstance(entry, Refusal):
        return entry
    label = label_of(entry.label)
    if label is None:
        return Refusal(entry.name, f"its label {entry.label[:20]!r} is not 0 to 9")
    try:
        levels = pictures.decode(entry.picture) if isinstance(entry.picture, bytes) else entry.picture
        pixels = levels if _is_normalised(entry, levels) else images.normalise(levels)
    except ImageError as error:
        return Refusal(entry.name, str(error))
    digest = images.digest(pixels)
    if digest not in seen:
        seen[digest] = label
        image = entry.picture if isinstance(entry.picture, bytes) else images.to_png(entry.picture)
        return ValidDrawing(digest, label, pixels, to_keep(image, levels))
    if seen[digest] == label:
        return None
    return Refusal(entry.name, f"the same drawing was labelled {seen[digest]} before")


def _is_normalised(entry: Picture, levels: Gray) -> bool:
    """Whether to take the picture as it is: `normalise` alters one in five thousand of its own results.

    The file must say so, and the picture must not have been changed since.
    """
    if entry.preprocessing != images.PREPROCESSING or levels.shape != (images.SIDE, images.SIDE) or not levels.any():
        return False
    return entry.digest is None or entry.digest == images.digest(levels)


def _printable(text: str) -> str:
    """Names come from the file, and could control the terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
