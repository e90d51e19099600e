"""The versions in the shadow that a process has loaded, and why others do not answer."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from django.db import Error

from predictor.ml.inputs import Inputs
from predictor.ml.runtime import Probabilities
from predictor.services.collecting.shadows.chosen import Version, load

RETRY: Final = 60.0  # seconds until one that does not work is loaded again
TOLERANCE: Final = 1e-3  # of the sum of ten probabilities
log = logging.getLogger(__name__)


class Asked(Protocol):
    """What is needed of a classifier."""

    @property
    def kind(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def takes(self) -> Any: ...
    def probabilities(self, inputs: Inputs, /) -> Probabilities: ...


@dataclass
class Loaded:
    """Safe to use from several threads: each change replaces what others may be reading.

    Attributes:
        classifiers: those that work.
        silent: why the others are not asked.
    """

    load: Callable[[Version], Asked] = load
    classifiers: dict[Version, Asked] = field(default_factory=dict)
    silent: dict[Version, str] = field(default_factory=dict)
    _retry_at: dict[Version, float] = field(default_factory=dict)
    _failed: set[Version] = field(default_factory=set)  # that were loaded and gave no answers: until they give some
    _wanted: Collection[Version] | None = None  # None: any
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def follow(self, wanted: Collection[Version]) -> None:
        """Forget all others."""
        with self._lock:
            self._wanted = {*wanted}
            self.classifiers = {each: found for each, found in self.classifiers.items() if each in wanted}
            self.silent = {each: why for each, why in self.silent.items() if each in wanted}
            self._retry_at = {each: at for each, at in self._retry_at.items() if each in wanted}
            self._failed &= {*wanted}

    def load_if_due(self, version: Version) -> None:
        """Load a version, unless it is loaded; one that does not work is tried now and then.

        Raises:
            Error: the database is away.
        """
        if version not in self.classifiers and time.monotonic() >= self._retry_at.get(version, 0.0):
            self._try(version)

    def ask(self, version: Version, inputs: Inputs) -> Probabilities | None:
        """Its answers, float32 (n, 10); None if it has none. Then it is not asked again before it was loaded anew."""
        classifier = self.classifiers.get(version)
        if classifier is None:
            return None
        try:
            answers = classifier.probabilities(inputs)
        except Exception as error:  # noqa: BLE001  whatever it is, the others are asked
            self._fail(version, str(error) or type(error).__name__, was_loaded=True)
            return None
        if answers.shape != (len(inputs), 10) or not np.allclose(answers.sum(axis=1), 1, rtol=0, atol=TOLERANCE):
            self._fail(version, f"{_name(version)} does not answer with ten probabilities.", was_loaded=True)
            return None
        if version in self._failed:
            self._clear(version)
        return answers

    def _try(self, version: Version) -> None:
        try:
            found = self.load(version)
        except Error:  # the database is away: it says nothing about the version
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the others are loaded
            self._fail(version, str(error) or type(error).__name__)
            return
        with self._lock:
            if self._wanted is not None and version not in self._wanted:  # it was stopped meanwhile
                return
            self.classifiers = self.classifiers | {version: found}
        if version not in self._failed:
            self._clear(version)
            log.info("%s is asked in the shadow.", _name(version))

    def _clear(self, version: Version) -> None:
        with self._lock:
            self._failed.discard(version)
            self.silent = {each: why for each, why in self.silent.items() if each != version}

    def _fail(self, version: Version, reason: str, *, was_loaded: bool = False) -> None:
        with self._lock:
            is_known = self.silent.get(version) == reason
            self.classifiers = {each: found for each, found in self.classifiers.items() if each != version}
            self.silent = self.silent | {version: reason}
            self._retry_at[version] = time.monotonic() + RETRY
            if was_loaded:
                self._failed.add(version)
        if not is_known:
            log.warning("%s is not asked in the shadow: %s", _name(version), reason)


def _name(version: Version) -> str:
    return "{} v{}".format(*version)
