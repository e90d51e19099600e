"""The strokes in an export by `export_dataset --with-strokes`, converted to the rows of a file of strokes.

The export is a ZIP archive with a file `metadata.jsonl`, or the folder that it was extracted to, or that file alone:

    {"file_name": "3/6f0c….png", "label": "3", "strokes": {"size": [w, h], "pen": p, "lines": [[[x, y, ms], …], …]}, …}

`strokes` is null if a picture was sent.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from predictor.ml import files
from predictor.training.data.labels import NOT_A_DIGIT, label_of
from predictor.training.errors import DatasetError

METADATA: Final = "metadata.jsonl"
BOX: Final = 500.0  # side of the square that the coordinates in a file of strokes lie in


def metadata(path: Path) -> tuple[bytes, Callable[[str], bool]]:
    """The content of a file of strokes or of an export's metadata, and a function that says whether a picture exists.

    Raises:
        DatasetError: it is missing or damaged.
    """
    try:
        files.require_regular(path / METADATA if path.is_dir() else path)
        if path.is_dir():
            return (path / METADATA).read_bytes(), lambda name: (path / name).is_file()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
                return archive.read(METADATA), names.__contains__
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content, lambda _: True
    except FileNotFoundError as error:
        raise DatasetError(f"{error.filename} is missing.") from error
    except KeyError as error:
        raise DatasetError(f"{path} holds no {METADATA}.") from error
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetError(f"{path} is damaged: {error}") from error


def flaw(row: dict[str, Any], is_there: Callable[[str], bool]) -> str | None:
    """Why a row of an export cannot be drawn; None if it can, or if it is a row of a file of strokes."""
    if "file_name" not in row:
        return None
    if label_of(str(row["label"])) == NOT_A_DIGIT:
        return "are not digits"
    if not is_there(row["file_name"]):
        return "have no picture there any more"
    if not any(0 <= x <= BOX and 0 <= y <= BOX for line in plain(row)["strokes"] for x, y, *_ in line):
        return "have no strokes"
    return None


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row to that of a file of strokes, in a box of 500×500 units; the writers of an export are unknown."""
    if "file_name" not in row:
        return row
    found = row.get("strokes") or {"size": [1, 1], "lines": []}
    width, height = found["size"]
    if not (width > 0 and height > 0):
        raise ValueError("its canvas has no size")
    scale = BOX / max(width, height)
    left, top = (max(width, height) - width) / 2, (max(width, height) - height) / 2
    lines = [[[(x + left) * scale, (y + top) * scale] for x, y, *_ in line] for line in found["lines"] if line]
    return {"label": row["label"], "writer": "", "strokes": lines}
