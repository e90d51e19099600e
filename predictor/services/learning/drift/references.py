"""What the champions were trained on, as it was recorded with their versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from predictor.ml import artifacts
from predictor.ml.drift.histograms import Counts
from predictor.ml.drift.reference import Reference, read_reference
from predictor.ml.errors import ArtifactError
from predictor.services.answering.champions import PIXEL_KINDS, champions


@dataclass(frozen=True)
class References:
    """Of the versions that answer, by kind; `damaged` says in sentences which cannot be read."""

    versions: Mapping[str, int]
    sha256: Mapping[str, str]
    found: Mapping[str, Reference]
    unrecorded: Mapping[str, int] = field(default_factory=dict)
    damaged: Sequence[str] = ()

    def counts(self, name: str, kind: str | None = None) -> Counts | None:
        """Of the training drawings or, of confidence and verdicts, the held-out ones; None where it is not known.

        Without a kind it is what all champions have in common.
        """
        if kind:
            return self.found[kind].held_out.get(name) if kind in self.found else None
        if name in {"confidence", "verdicts"}:
            return self._together(name)
        known = (self.found[kind].training for kind in PIXEL_KINDS if kind in self.found)
        return next((each[name] for each in known if name in each), None)

    def _together(self, name: str) -> Counts | None:
        """What these very versions say together to the held-out drawings, if that was recorded with any of them."""
        known = (each.together for each in self.found.values())
        return next((each.counts[name] for each in known if each and each.artifacts == self.sha256), None)


def references() -> References:
    current = champions()
    versions = {kind: each.version for kind, each in current.classifiers.items()}
    found, unrecorded, damaged = {}, {}, []
    for kind, version in versions.items():
        try:
            reference = read_reference(artifacts.version_directory(settings.MODELS_DIR, kind, version))
        except ArtifactError as error:
            damaged.append(str(error))
            continue
        if reference:
            found[kind] = reference
        else:
            unrecorded[kind] = version
    sha256 = {kind: each.sidecar.sha256 for kind, each in current.classifiers.items()}
    return References(versions, sha256, found, unrecorded, damaged)
