"""A picture file without its side data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stripped:
    """What is left of a file.

    Attributes:
        form: PNG, JPEG or WEBP.
        content: the file; if the picture lies on its side, it still says so.
        orientation: EXIF's, 1 (upright) to 8.
    """

    form: str
    content: bytes
    orientation: int
