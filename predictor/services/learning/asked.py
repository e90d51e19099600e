"""How often the held-out drawings were asked who is better: each answer wears them out.

`.asked.json` beside the versions counts the runs by the digest of the held-out drawings. A label more or less among
these makes another digest, and the count begins anew, although most of the drawings are the same.
"""

import json
from pathlib import Path
from typing import Final

from predictor.ml import files
from predictor.ml.artifacts import MALFORMED

NAME: Final = ".asked.json"
SETS: Final = 1000  # of held-out drawings, the last ones
MAX_SIZE: Final = 1024 * 1024  # bytes; so many sets take less than a tenth


def count(root: Path, digest: str) -> int:
    """Count one more run that asked the held-out drawings with this digest, and return how many there were."""
    path = root / NAME
    files.sweep([path])
    counts = _read(path)
    counts[digest] = counts.pop(digest, 0) + 1  # now the last of them
    with files.replacing([path]) as (file,):
        file.write((json.dumps(dict(list(counts.items())[-SETS:]), indent=1) + "\n").encode())
    return counts[digest]


def _read(path: Path) -> dict[str, int]:
    """The counts; none if there is no file, or if it is damaged."""
    try:
        found = json.loads(files.read(path, MAX_SIZE))
        return {str(digest): int(n) for digest, n in found.items()}
    except (FileNotFoundError, *MALFORMED):
        return {}
