"""Small classifiers of each kind, trained once for all tests of this package."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pytest

from predictor.ml import kinds
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.images import PREPROCESSING, to_images
from predictor.ml.runtime import Classifier
from predictor.training.classifiers import network
from predictor.training.classifiers.train import Trained, train
from predictor.training.outliers.outliers import outliers
from predictor.training.preparation.splits import Splits
from predictor.training.preparation.training_data import TrainingData
from tests.training.conftest import EPOCHS

SEED = 3
NETWORKS = ("cnn", "mlp")
MEMBERS = {"folds": 2, "validation": 1}
Steps: TypeAlias = list[tuple[Any, ...]]  # see `training.progress`
Make: TypeAlias = Callable[[str, str], Trained]


@pytest.fixture(scope="package", autouse=True)
def small_networks() -> Iterator[None]:
    """Networks that are trained on little data in small steps, two in a committee: enough to see them learn."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"FOLDS": 2, "CHECKS": 4, "MIN_CHECKS": 2, "BATCH": 32}.items():
            patch.setattr(network, name, value)
        yield


@pytest.fixture(scope="package")
def variants(training_data: TrainingData, few: Splits) -> dict[str, TrainingData]:
    """Without a validation set, with one, and with outliers as well."""
    validation = few.held_out[np.arange(100)]
    with_validation = dataclasses.replace(training_data, validation=validation)
    with_outliers = dataclasses.replace(with_validation, outliers=outliers(120, seed=1))
    return {"folds": training_data, "validation": with_validation, "outliers": with_outliers}


@pytest.fixture(scope="package")
def reported() -> dict[tuple[str, str], Steps]:
    """The progress of the training of each kind on each variant."""
    return {}


@pytest.fixture(scope="package")
def make(variants: dict[str, TrainingData], reported: dict[tuple[str, str], Steps]) -> Make:
    """Trains a kind on a variant, once."""

    @cache
    def make(kind: str, which: str) -> Trained:
        steps = reported[kind, which] = []
        return train(kind, variants[which], seed=SEED, epochs=EPOCHS, progress=lambda *step: steps.append(step))

    return make


@pytest.fixture(scope="module", params=kinds.PIXEL_KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module", params=["folds", "validation"])
def which(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def trained(make: Make, kind: str, which: str) -> Trained:
    return make(kind, which)


@pytest.fixture(scope="module")
def served(trained: Trained, few: Splits) -> Classifier:
    return serve(trained, few)


def serve(trained: Trained, few: Splits) -> Classifier:
    """The same classifier as the web process runs it."""
    artifact = trained.to_onnx()
    first = few.held_out.pixels[0]
    sidecar = Sidecar(
        **{field.name: None for field in dataclasses.fields(Sidecar)}
        | {"kind": trained.kind, "version": 1, "preprocessing": PREPROCESSING}
        | {"sha256": hashlib.sha256(artifact).hexdigest()}
        | {"selftest": SelfTest(first, trained.probabilities(to_images(first)[None])[0])}
    )
    return Classifier(sidecar, artifact)
