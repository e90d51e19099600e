"""What must be the same in two processes, so that the same job has the same result in both."""

import hashlib
import importlib.metadata
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parents[2]
LIBRARIES: Final = (
    "dask", "distributed", "keras", "numpy", "onnx", "onnxruntime", "pillow", "scikit-learn", "scipy", "skl2onnx",
    "tensorflow", "tf2onnx", "threadpoolctl",
)  # fmt: skip
GIT: Final = 10  # seconds
NONE: Final = "none"
SHOWN: Final = 12  # characters of a version, a revision or a digest
Fingerprint = Mapping[str, str]  # what differs, in words, to its state


@cache
def fingerprint() -> Fingerprint:
    """That of this process; what is not known is left out.

    It is taken once: files that change later are not what this process has imported.
    """
    known = (revision(PACKAGE.parent) or "").rstrip("+")  # the code below says whether files differ
    return {
        "Python": platform.python_version(),
        "code": code(),
        **({"revision": known} if known else {}),
        **{name: _version(name) for name in LIBRARIES},
    }


def differences(theirs: Fingerprint, ours: Fingerprint) -> Iterator[str]:
    """What differs, in words; a revision that only one of them knows does not, as the code is compared, too."""
    for name, here in ours.items():
        there = theirs.get(name, here if name == "revision" else NONE)
        if there != here:
            yield f"{name} {there[:SHOWN]}, here {here[:SHOWN]}"


def code(directory: Path = PACKAGE) -> str:
    """SHA-256 of all Python files below a directory, with their names, in hexadecimal."""
    digest = hashlib.sha256()
    for path in sorted(directory.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(directory).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def revision(directory: Path) -> str | None:
    """The commit that is checked out in a directory, with a plus sign if files differ from it; None without Git."""
    git = shutil.which("git")
    if git is None or not (directory / ".git").exists():
        return None
    command = [git, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"]
    try:
        run = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=GIT, check=False)  # noqa: S603  fixed arguments
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() or None if run.returncode == 0 else None


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return NONE
