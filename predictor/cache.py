"""Answers kept by content: what was drawn, who answers, and how the drawing was normalised.

A key holds the hash of the pixels, the version and SHA-256 of the artifact, and the version of the preprocessing. So
two drawings never share an answer, and a promotion never serves an old one: nothing needs to be invalidated.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from django.core.cache import cache

from predictor.ml.artifacts import Sidecar
from predictor.ml.runtime import Probabilities

LIFETIME = 7 * 24 * 3600  # seconds


def get_answers(digest: str, sidecars: Iterable[Sidecar]) -> dict[str, Probabilities]:
    """The answers that are known, by kind; none when the cache is out of reach."""
    keys = {_key(digest, sidecar): sidecar.kind for sidecar in sidecars}
    found = cache.get_many(list(keys)) or {}
    return {keys[key]: np.array(answer, np.float32) for key, answer in found.items()}


def set_answers(digest: str, answers: Mapping[str, Probabilities], sidecars: Iterable[Sidecar]) -> None:
    found = {_key(digest, sidecar): sidecar.kind for sidecar in sidecars if sidecar.kind in answers}
    cache.set_many({key: [float(p) for p in answers[kind]] for key, kind in found.items()}, LIFETIME)


def _key(digest: str, sidecar: Sidecar) -> str:
    return f"answer:p{sidecar.preprocessing}:{sidecar.kind}-{sidecar.version}-{sidecar.sha256[:16]}:{digest}"
