"""Answers kept by content: what was drawn, who answers, and how the drawing was normalised.

A key holds the hash of the pixels, the version and SHA-256 of the artifact, and the version of the preprocessing. So
two drawings never share an answer, and a promotion never serves an old one: nothing needs to be invalidated.

A cache that is slower than the models is left alone for a while: a Redis that hangs costs one request its time-out, not
every request two.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from django.core.cache import cache

from predictor.ml.artifacts import Sidecar
from predictor.ml.runtime import Probabilities

SLOW = 0.15  # seconds, just under the time-outs; the models take a hundredth of it
REST = 5.0

_rest_until = 0.0


class Version(Protocol):
    """What a key holds of a version: of its sidecar, or of its row."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def preprocessing(self) -> int: ...


def get_answers(digest: str, sidecars: Iterable[Sidecar]) -> dict[str, Probabilities]:
    """The answers that are known, by kind; none when the cache is out of reach."""
    keys = {_key(digest, sidecar): sidecar.kind for sidecar in sidecars}
    found = {}
    with _unless_slow() as awake:
        if awake:
            found = cache.get_many(list(keys))
    return {keys[key]: np.array(answer, np.float32) for key, answer in found.items()}


def set_answers(digest: str, answers: Mapping[str, Probabilities], sidecars: Iterable[Sidecar]) -> None:
    found = {_key(digest, sidecar): sidecar.kind for sidecar in sidecars if sidecar.kind in answers}
    with _unless_slow() as awake:
        if awake:
            cache.set_many({key: [float(p) for p in answers[kind]] for key, kind in found.items()})


def forget(digests: Iterable[str], versions: Collection[Version]) -> None:
    """Drop what these versions answer to these pixels, though the cache rests: somebody wants them forgotten."""
    cache.delete_many([_key(digest, version) for digest in digests for version in versions])


@contextmanager
def _unless_slow() -> Iterator[bool]:
    """False while the cache rests; a call inside that takes too long sends it to rest."""
    global _rest_until  # noqa: PLW0603
    started = time.monotonic()
    if started < _rest_until:
        yield False
        return
    yield True
    ended = time.monotonic()
    if ended - started > SLOW:
        _rest_until = ended + REST


def _key(digest: str, version: Version) -> str:
    return f"answer:p{version.preprocessing}:{version.kind}-{version.version}-{version.sha256[:16]}:{digest}"
