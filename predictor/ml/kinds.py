"""The kinds of classifiers, and what each of them reads. This is their only list."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Reads: TypeAlias = Literal["pixels", "strokes"]


@dataclass(frozen=True)
class Kind:
    """One kind of classifier.

    Attributes:
        name: as in paths, in the database and in the API.
        title: as people read it, alone.
        spoken: the same in a sentence.
        reads: the normalised pixels of a picture, or the strokes that a picture may come with.
    """

    name: str
    title: str
    spoken: str
    reads: Reads = "pixels"

    @property
    def is_needed(self) -> bool:
        """Whether something is wrong if no version of it was ever promoted: every drawing has pixels."""
        return self.reads == "pixels"


ALL: Final = {
    kind.name: kind
    for kind in (
        Kind("cnn", "CNN", "CNN"),
        Kind("mlp", "MLP", "MLP"),
        Kind("svm", "SVM", "SVM"),
        Kind("pen", "Pen", "the pen", reads="strokes"),
    )
}
KINDS: Final = tuple(ALL)
PIXEL_KINDS: Final = tuple(name for name, kind in ALL.items() if kind.reads == "pixels")
STROKE_KINDS: Final = tuple(name for name, kind in ALL.items() if kind.reads == "strokes")
