"""Cached answers, keyed by content: the drawing, the classifier, and how the drawing was normalised.

A key holds the hash of the pixels, the version and SHA-256 of the artifact, and the version of the preprocessing. So
two drawings never share an answer, and a promotion never serves an old one: nothing needs to be invalidated.

A circuit breaker leaves a cache alone for a while when it is slower than the models: a Redis that hangs costs one
request a timeout, not every request two.
"""

import time
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import numpy as np
from django.core.cache import cache

from predictor.ml.artifacts import Sidecar
from predictor.ml.runtime import Probabilities

SLOW = 0.15  # seconds, just under the timeouts; the models take a hundredth of it
PAUSE = 5.0  # seconds
MARK = 60  # seconds that the mark of a deletion may stay
TOLERANCE = 1e-3  # of the sum of ten probabilities

_paused_until = 0.0


class Version(Protocol):
    """What a key holds of a version: a sidecar or a row has it."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def preprocessing(self) -> int: ...


def get_answers(digests: Iterable[str], sidecars: Collection[Sidecar]) -> dict[str, dict[str, Probabilities]]:
    """The cached answers by digest and kind; none while the cache is unavailable.

    Others may write to the same Redis: what is not ten probabilities is not an answer, and the next one overwrites it.
    """
    keys = {_key(digest, sidecar): (digest, sidecar.kind) for digest in digests for sidecar in sidecars}
    found = {}
    with _circuit_breaker() as closed:
        if closed:
            found = cache.get_many(list(keys))
    answers: dict[str, dict[str, Probabilities]] = {}
    for key, answer in found.items():
        if _is_sound(answer):
            digest, kind = keys[key]
            answers.setdefault(digest, {})[kind] = np.array(answer, np.float32)
    return answers


def set_answers(answers: Mapping[str, Mapping[str, Probabilities]], sidecars: Collection[Sidecar]) -> None:
    """Cache answers by digest and kind."""
    values = {
        _key(digest, sidecar): given[sidecar.kind].tolist()
        for digest, given in answers.items()
        for sidecar in sidecars
        if sidecar.kind in given
    }
    with _circuit_breaker() as closed:
        if closed:
            cache.set_many(values)


def delete_answers(digests: Iterable[str], versions: Collection[Version]) -> bool:
    """Delete what these versions answered to these pixels, even during a pause; False if the cache did not do it.

    A cache that is unavailable neither raises nor returns anything. So a mark is set first, and must be all that is
    found in the end.
    """
    keys = [_key(digest, version) for digest in digests for version in versions]
    mark = f"deletion:{uuid.uuid4().hex}"
    cache.set(mark, 1, MARK)
    if cache.get(mark) != 1:
        return False
    cache.delete_many(keys)
    found = cache.get_many([*keys, mark])
    cache.delete(mark)
    return found == {mark: 1}


def _is_sound(answer: object) -> bool:
    """Whether it is ten numbers from 0 to 1 that sum to 1."""
    return (
        isinstance(answer, list)
        and len(answer) == 10
        and all(type(p) in {int, float} and 0 <= p <= 1 for p in answer)
        and abs(sum(answer) - 1) < TOLERANCE
    )


@contextmanager
def _circuit_breaker() -> Iterator[bool]:
    """True where the cache may be used; a use that takes too long opens the circuit for a pause."""
    global _paused_until  # noqa: PLW0603
    started = time.monotonic()
    if started < _paused_until:
        yield False
        return
    yield True
    ended = time.monotonic()
    if ended - started > SLOW:
        _paused_until = ended + PAUSE


def _key(digest: str, version: Version) -> str:
    return f"answer:p{version.preprocessing}:{version.kind}-{version.version}-{version.sha256[:16]}:{digest}"
