"""Write comma-separated values: the label, 784 grey levels row by row from the top left, the id, the preprocessing.

label,pixel0,pixel1,…,pixel783,id,preprocessing
"""

from collections.abc import Generator, Iterable
from typing import Final

from predictor.ml.images import PREPROCESSING, SIDE
from predictor.services.datasets.rows import Row

HEADER: Final = ["label", *(f"pixel{i}" for i in range(SIDE * SIDE)), "id", "preprocessing"]
_text: Final = [str(level) for level in range(256)]


def chunks(rows: Iterable[Row]) -> Generator[bytes]:
    """The header, then a line for each row."""
    yield f"{','.join(HEADER)}\n".encode()
    for row in rows:
        levels = ",".join([_text[level] for level in row.pixels.tobytes()])
        yield f"{row.label},{levels},{row.id},{PREPROCESSING}\n".encode()
