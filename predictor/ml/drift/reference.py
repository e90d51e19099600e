"""What a version was trained on, as histograms: the document `reference.json` beside its sidecar.

    format      1
    training    ink, width, slant and digits of drawings that it was trained on; a version that reads strokes has only
                digits
    held_out    its confidence on the held-out drawings
    together    the confidence and the verdicts of several versions together on the held-out drawings, and which ones:
                kind → SHA-256 of the artifact; empty if that is not known

Versions before this document have none.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from predictor.ml import files
from predictor.ml.artifacts import MALFORMED
from predictor.ml.drift.histograms import Counts, from_json, to_json
from predictor.ml.errors import ArtifactError

REFERENCE: Final = "reference.json"
FORMAT: Final = 1
MAX_SIZE: Final = 100_000  # bytes; ours have 2,000


@dataclass(frozen=True)
class Together:
    """What versions say together: `artifacts` is kind → SHA-256 of each of them, `counts` is by measure."""

    artifacts: Mapping[str, str]
    counts: Mapping[str, Counts]

    def to_json(self) -> dict[str, Any]:
        counts = {name: to_json(name, counts) for name, counts in self.counts.items()}
        return {"artifacts": dict(self.artifacts), **counts}


@dataclass(frozen=True)
class Reference:
    """Histograms by measure: of the training drawings, of what a version says, and of what it says with others."""

    training: Mapping[str, Counts]
    held_out: Mapping[str, Counts] = field(default_factory=dict)
    together: Together | None = None

    def to_bytes(self) -> bytes:
        value = {
            "format": FORMAT,
            "training": {name: to_json(name, counts) for name, counts in self.training.items()},
            "held_out": {name: to_json(name, counts) for name, counts in self.held_out.items()},
            "together": self.together.to_json() if self.together else {},
        }
        return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def read_reference(directory: Path) -> Reference | None:
    """The reference of the version in a directory; None if none was recorded.

    Raises:
        ArtifactError: it cannot be read, or has another form.
    """
    name = f"{directory.parent.name}/{directory.name}/{REFERENCE}"
    try:
        return _reference(json.loads(files.read(directory / REFERENCE, MAX_SIZE)))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtifactError(f"{name} cannot be read: {error.strerror}.") from error
    except MALFORMED as error:
        raise ArtifactError(f"{name} is not a valid reference: {error}.") from error


def _reference(value: Mapping[str, Any]) -> Reference:
    if value["format"] != FORMAT:
        raise ValueError(f"its format is {value['format']!r}, not {FORMAT}")
    together = dict(value["together"])
    artifacts = dict(together.pop("artifacts", {}))
    return Reference(
        _histograms(value["training"]),
        _histograms(value["held_out"]),
        Together(artifacts, _histograms(together)) if artifacts else None,
    )


def _histograms(value: Mapping[str, Any]) -> dict[str, Counts]:
    return {name: from_json(name, each) for name, each in value.items()}
