"""A published version answers as its framework does, or says why it cannot."""

import dataclasses
import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnxruntime import InferenceSession

from predictor.ml import artifacts, kinds, runtime
from predictor.ml.artifacts import SelfTest
from predictor.ml.champions import read_champions
from predictor.ml.errors import ArtifactError, ModelUnavailable
from predictor.ml.images import PREPROCESSING, to_images
from predictor.ml.runtime import Classifier

from . import tiny

IMAGES = to_images(np.random.default_rng(1).integers(0, 256, (50, 28, 28)).astype(np.uint8))
SHIPPED = Path(__file__).parents[2] / "models"


# It works.


def test_a_published_version_answers_as_its_framework_does(tmp_path: Path) -> None:
    tiny.publish(tmp_path, seed=7)
    classifier = runtime.load(tmp_path / "svm/v1")
    answers = classifier.probabilities(IMAGES)
    assert (classifier.kind, classifier.version, str(classifier)) == ("svm", 1, "svm v1")
    assert answers.shape == (50, 10)
    assert answers.dtype == np.float32
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert answers == pytest.approx(tiny.probabilities(IMAGES, seed=7), abs=1e-5)


def test_it_answers_one_image_as_it_answers_many() -> None:
    classifier = Classifier(tiny.sidecar(), tiny.artifact())
    single = np.concatenate([classifier.probabilities(image[None]) for image in IMAGES])
    assert single == pytest.approx(classifier.probabilities(IMAGES), abs=1e-6)


def test_it_does_not_keep_the_artifact_beside_the_session() -> None:
    artifact = tiny.artifact()
    before = sys.getrefcount(artifact)
    classifier = Classifier(tiny.sidecar(), artifact)
    assert sys.getrefcount(artifact) == before
    assert classifier.probabilities(IMAGES).shape == (50, 10)


def test_it_answers_several_threads_at_once() -> None:
    classifier = Classifier(tiny.sidecar(), tiny.artifact())
    expected = tiny.probabilities(IMAGES)
    with ThreadPoolExecutor(8) as threads:
        for answers in threads.map(classifier.probabilities, [IMAGES] * 200):
            assert answers == pytest.approx(expected, abs=1e-5)


def test_a_difference_below_the_tolerance_passes_the_self_test() -> None:
    Classifier(_expecting(0.9 * runtime.TOLERANCE), tiny.artifact())


@pytest.mark.parametrize("kind", kinds.PIXEL_KINDS)
def test_the_shipped_champions_load(kind: str) -> None:
    version = read_champions(SHIPPED)[kind]
    answers = runtime.load(artifacts.version_directory(SHIPPED, kind, version)).probabilities(IMAGES)
    assert answers.shape == (50, 10)
    assert answers.sum(axis=1) == pytest.approx(1, abs=1e-5)


# Refusals.


def _expecting(difference: float) -> artifacts.Sidecar:
    selftest = tiny.sidecar().selftest
    shifted = selftest.probabilities + np.float32(difference) * np.eye(10, dtype=np.float32)[3]
    return tiny.sidecar(selftest=SelfTest(selftest.given, shifted))


@pytest.mark.parametrize("preprocessing", [PREPROCESSING - 1, PREPROCESSING + 1])
def test_it_refuses_an_artifact_trained_with_another_preprocessing(preprocessing: int) -> None:
    with pytest.raises(ArtifactError, match=f"svm v1 was trained with preprocessing {preprocessing}, not"):
        Classifier(tiny.sidecar(preprocessing=preprocessing), tiny.artifact())


@pytest.mark.parametrize("difference", [2 * runtime.TOLERANCE, -2 * runtime.TOLERANCE, np.nan])
def test_it_refuses_an_artifact_that_fails_its_self_test(difference: float) -> None:
    with pytest.raises(ArtifactError, match="svm v1 fails its self-test"):
        Classifier(_expecting(difference), tiny.artifact())


def test_it_refuses_the_artifact_of_another_classifier() -> None:
    with pytest.raises(ArtifactError, match="fails its self-test"):
        Classifier(tiny.sidecar(seed=1), tiny.artifact(seed=2))


@pytest.mark.parametrize("content", [b"", b"no ONNX", tiny.artifact()[:500]], ids=["empty", "text", "cut off"])
def test_it_refuses_an_artifact_that_is_not_onnx(content: bytes) -> None:
    with pytest.raises(ArtifactError, match="svm v1 is not an artifact that ONNX Runtime loads"):
        Classifier(tiny.sidecar(), content)


@pytest.mark.parametrize("how", ["sequence", "text", "nothing"])
def test_it_refuses_an_artifact_that_answers_with_something_else(how: Any) -> None:
    with pytest.raises(ArtifactError, match="svm v1 does not answer with ten probabilities"):
        Classifier(tiny.sidecar(), tiny.answering_otherwise(how))


@pytest.mark.parametrize(
    ("error", "words"), [(RuntimeError("no such tensor"), "no such tensor"), (AssertionError(), "AssertionE")]
)
def test_whatever_goes_wrong_while_it_is_loaded_is_an_error_of_ours(
    error: Exception, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_inputs(session: InferenceSession) -> None:
        raise error

    tiny.publish(tmp_path)
    monkeypatch.setattr(InferenceSession, "get_inputs", get_inputs)
    with pytest.raises(ArtifactError, match=f"svm/v1 cannot be loaded: {words}"):
        runtime.load(tmp_path / "svm/v1")


@pytest.mark.parametrize("error", [MemoryError(), ImportError("no onnxruntime")])
def test_what_is_not_the_versions_fault_is_not_laid_to_it(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def get_inputs(session: InferenceSession) -> None:
        raise error

    tiny.publish(tmp_path)
    monkeypatch.setattr(InferenceSession, "get_inputs", get_inputs)
    with pytest.raises(type(error)):
        runtime.load(tmp_path / "svm/v1")


def test_it_refuses_an_artifact_that_takes_images_of_another_size() -> None:
    with pytest.raises(ArtifactError, match=r"svm v1 takes \[\[8, 8\]\], not one input of \(n, 28, 28\)"):
        Classifier(tiny.sidecar(), tiny.artifact(side=8))


@pytest.mark.parametrize("changes", [{"kind": "cnn"}, {"version": 2}])
def test_it_refuses_a_directory_that_holds_another_version(changes: dict[str, Any], tmp_path: Path) -> None:
    sidecar = dataclasses.replace(tiny.publish(tmp_path), **changes)
    target = artifacts.version_directory(tmp_path, sidecar.kind, sidecar.version)
    target.parent.mkdir(exist_ok=True)
    (tmp_path / "svm/v1").rename(target)
    with pytest.raises(ArtifactError, match=f"{sidecar.kind}/v{sidecar.version} holds svm v1"):
        runtime.load(target)


def test_it_refuses_a_damaged_artifact_before_starting_it(tmp_path: Path) -> None:
    sidecar = tiny.publish(tmp_path)
    (tmp_path / "svm/v1/model.onnx").write_bytes(tiny.artifact(seed=9))
    assert hashlib.sha256(tiny.artifact(seed=9)).hexdigest() != sidecar.sha256
    with pytest.raises(ArtifactError, match="SHA-256"):
        runtime.load(tmp_path / "svm/v1")


def test_it_refuses_a_version_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"svm/v1/sidecar.json cannot be read"):
        runtime.load(tmp_path / "svm/v1")


@pytest.mark.parametrize("images", [IMAGES[:, :27], IMAGES[0], IMAGES.astype(np.float64)])
def test_images_of_another_shape_or_type_raise_an_error_of_ours(images: Any) -> None:
    classifier = Classifier(tiny.sidecar(), tiny.artifact())
    with pytest.raises(ModelUnavailable, match="svm v1 cannot answer"):
        classifier.probabilities(images)
