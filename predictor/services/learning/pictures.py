"""The figures of a run's challengers: of a published one from its card, of any other from the run's report."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings

from predictor.ml import artifacts, files

TITLES: Final = {"confusion.png": "Confusion matrix", "reliability.png": "Reliability diagram"}
LARGEST: Final = 500_000  # bytes; ours have 10,000


def pictures(kind: str, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each figure's title and its data: URL, of what a report says of a kind; those that are missing are left out."""
    version = found.get("version")
    content = _published(kind, version) if version else found.get("pictures") or {}
    name = f"{kind} v{version}" if version else f"the {kind} challenger"
    return [
        (f"{title} of {name}", f"data:image/png;base64,{content[file]}")
        for file, title in TITLES.items()
        if file in content
    ]


def _published(kind: str, version: int) -> dict[str, str]:
    directory = artifacts.version_directory(settings.MODELS_DIR, kind, version)
    found = {}
    for file in TITLES:
        try:
            content = files.read(directory / file, LARGEST)
        except OSError:  # another machine's version, or it was pruned
            continue
        found[file] = base64.b64encode(content).decode()
    return found
