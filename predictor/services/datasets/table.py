"""Comma-separated values: the label, 784 grey levels row by row from the top left, the id and how it was normalised.

    label,pixel0,pixel1,…,pixel783,id,preprocessing

Other columns behind the levels, or none, and no first line: all that is read as well.
"""

import codecs
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO, Final

import numpy as np

from predictor.ml.images import PREPROCESSING, SIDE
from predictor.services.datasets.rows import Picture, Refusal, Row
from predictor.training.errors import DatasetError

LEVELS: Final = slice(1, 1 + SIDE * SIDE)
HEADER: Final = ["label", *(f"pixel{i}" for i in range(SIDE * SIDE)), "id", "preprocessing"]
MAX_LINE: Final = 16_384  # bytes; ours have 3,200 at most
_text: Final = [str(level) for level in range(256)]
_level: Final = {text.encode(): level for level, text in enumerate(_text)}


def chunks(rows: Iterable[Row]) -> Generator[bytes]:
    yield f"{','.join(HEADER)}\n".encode()
    for row in rows:
        levels = ",".join([_text[level] for level in row.pixels.tobytes()])
        yield f"{row.label},{levels},{row.id},{PREPROCESSING}\n".encode()


def read(path: Path) -> Iterator[Picture | Refusal]:
    """Raises DatasetError if the first line names columns that are not these."""
    columns = HEADER[: LEVELS.stop]
    with path.open("rb") as file:
        for number, line in enumerate(_lines(file), 1):
            head = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if number == 1 and head.startswith(b"label,"):
                columns = head.decode(errors="replace").split(",")
                if len(columns) < LEVELS.stop:
                    raise DatasetError(f"{path} has {len(columns)} columns, not a label and {SIDE}×{SIDE} levels.")
            elif head:
                yield _picture(f"line {number}", columns, head)


def _picture(name: str, columns: list[str], line: bytes) -> Picture | Refusal:
    cells = line.split(b",")
    if len(cells) != len(columns):
        return Refusal(name, f"it has {len(cells)} columns, not {len(columns)}")
    try:
        levels = bytes([_level[cell] for cell in cells[LEVELS]])
    except KeyError as error:
        return Refusal(name, f"{error.args[0][:20].decode(errors='replace')!r} is not a level from 0 to 255")
    facts = dict(zip(columns[LEVELS.stop :], cells[LEVELS.stop :], strict=True))
    pixels = np.frombuffer(levels, np.uint8).reshape(SIDE, SIDE)
    return Picture(name, cells[0].decode(errors="replace"), pixels, _level.get(facts.get("preprocessing", b"")))


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines without their ends; one that is too long for any row is cut."""
    while line := file.readline(MAX_LINE):
        rest = line
        while len(rest) == MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE)
        yield line.rstrip(b"\r\n")
