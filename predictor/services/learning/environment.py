"""What a run depends on beside its data: the code's revision, Python, the libraries, the machine's cores."""

import importlib.metadata
import os
import platform
from typing import Any, Final

from django.conf import settings

LIBRARIES: Final = (
    "django", "numpy", "onnx", "onnxruntime", "scikit-learn", "scipy", "skl2onnx", "tensorflow", "tf2onnx",
)  # fmt: skip


def environment() -> dict[str, Any]:
    from predictor.training.jobs.fingerprint import revision

    return {
        "revision": revision(settings.BASE_DIR) or settings.REVISION or None,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "libraries": {name: version for name in LIBRARIES if (version := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
