"""The figures that were published with a version."""

import base64
from typing import Final

from django.conf import settings

from predictor.ml import artifacts, files

NAMES: Final = {"confusion": "Confusion matrix", "reliability": "Reliability diagram"}
LARGEST: Final = 500_000  # bytes; ours have 10,000


def pictures(kind: str, version: int) -> list[tuple[str, str]]:
    """Each figure's title and its data: URL; those that cannot be read are left out."""
    directory = artifacts.version_directory(settings.MODELS_DIR, kind, version)
    found = []
    for name, title in NAMES.items():
        try:
            content = files.read(directory / f"{name}.png", LARGEST)
        except OSError:  # another machine's version, or it was pruned
            continue
        found.append((f"{title} of {kind} v{version}", f"data:image/png;base64,{base64.b64encode(content).decode()}"))
    return found
