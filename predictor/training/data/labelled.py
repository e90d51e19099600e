"""Labelled drawings, whatever of them classifiers read."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Self

import numpy as np
from numpy.typing import NDArray

from predictor.ml.inputs import Inputs
from predictor.training.errors import DatasetError


class Labelled(ABC):
    """Drawings with `labels`, uint8 (n,) in 0–9."""

    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    @abstractmethod
    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The drawings `which`."""

    @abstractmethod
    def inputs(self, which: slice = slice(None)) -> Inputs:
        """What a classifier is given of the drawings `which`, float32 (k, …): see `predictor.ml.inputs`."""

    @abstractmethod
    def identities(self) -> Iterator[str]:
        """A text for each drawing that no other one has."""

    @property
    def digest(self) -> str:
        """SHA-256 of the drawings with their labels, in hexadecimal; it does not depend on their order."""
        rows = sorted(f"{identity}{label}" for identity, label in zip(self.identities(), self.labels, strict=True))
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()

    @property
    def class_counts(self) -> list[int]:
        """The number of drawings of each digit: ten numbers."""
        counts: list[int] = np.bincount(self.labels, minlength=10).tolist()
        return counts

    def require_all_classes(self) -> None:
        """Raise DatasetError if there are fewer than two drawings of some digits; it names them."""
        missing = [str(digit) for digit, count in enumerate(self.class_counts) if count < 2]
        if missing:
            raise DatasetError(f"The dataset has fewer than two drawings of {', '.join(missing)}.")
