"""Files that no one put into a dataset: what operating systems, archivers and file servers leave in every directory.

Every reader asks here, so that all of them pass over the same files.
"""

import re
from fnmatch import translate
from pathlib import PurePath
from typing import Final

# A dot hides on Unix, and begins what macOS leaves on foreign disks (.DS_Store, ._a.png).
PATTERNS: Final = (
    ".*",
    "__macosx",
    "icon\r",
    "icon\uf00d",
    "thumbs.db*",
    "ehthumbs*.db",
    "desktop.ini",
    "*zone.identifier",
    "picasa.ini",
    "~$*",
    "$recycle.bin",
    "recycler",
    "system volume information",
    "lost+found",
    "found.000",
    "@eadir",
    "@recycle",
    "#recycle",
    "#snapshot",
    "network trash folder",
    "temporary items",
)
_left_behind = re.compile("|".join(map(translate, PATTERNS)), re.IGNORECASE)


def is_hidden(path: PurePath) -> bool:
    """Whether a path inside a dataset is, or lies in, something hidden or left by a system."""
    return any(part not in {".", ".."} and _left_behind.match(part) for part in path.parts)
