"""What a run depends on beside its data: the code's revision, Python, the libraries, the machine's cores."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from django.conf import settings

LIBRARIES: Final = (
    "django", "numpy", "onnx", "onnxruntime", "scikit-learn", "scipy", "skl2onnx", "tensorflow", "tf2onnx",
)  # fmt: skip
GIT: Final = 10  # seconds


def environment() -> dict[str, Any]:
    return {
        "revision": revision(settings.BASE_DIR) or settings.REVISION or None,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
    }


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


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
