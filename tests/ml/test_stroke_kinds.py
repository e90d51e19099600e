"""A kind that reads strokes is published, promoted, copied and answers like the others, and may be missing."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from predictor.ml import artifacts, runtime
from predictor.ml.artifacts import SelfTest, Sidecar
from predictor.ml.champions import CHAMPIONS, promote, read_champions
from predictor.ml.copying import copy_versions
from predictor.ml.errors import ArtifactError
from predictor.ml.images import PREPROCESSING
from predictor.ml.inputs import input_of
from predictor.ml.kinds import ALL, KINDS, PIXEL_KINDS, STROKE_KINDS
from predictor.ml.registry import Registry
from predictor.ml.strokes.trajectory import CHANNELS, POINTS, STROKES_PREPROCESSING
from tests.ml import tiny


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """With champions of all kinds that read pixels."""
    for seed, kind in enumerate(PIXEL_KINDS):
        tiny.publish(tmp_path, kind, seed)
    promote(tmp_path, dict.fromkeys(PIXEL_KINDS, 1))
    return tmp_path


def test_each_kind_reads_one_thing_and_the_pixels_kinds_are_those_that_were() -> None:
    assert PIXEL_KINDS == ("cnn", "mlp", "svm")
    assert STROKE_KINDS == ("pen",)
    assert (*PIXEL_KINDS, *STROKE_KINDS) == KINDS
    assert [kind.name for kind in ALL.values()] == list(KINDS)
    assert input_of("svm").shape == (28, 28)
    assert input_of("pen").shape == (POINTS, CHANNELS)


def test_its_sidecar_keeps_a_trajectory_for_the_self_test() -> None:
    sidecar = tiny.sidecar("pen")
    found = Sidecar.from_json(json.loads(json.dumps(sidecar.to_json())))
    assert found.selftest.given.dtype == np.float32
    assert np.array_equal(found.selftest.given, tiny.TRAJECTORY)


def test_it_answers_trajectories(root: Path) -> None:
    tiny.publish(root, "pen", 7)
    classifier = runtime.load(root / "pen/v1")
    some = np.random.default_rng(1).normal(size=(3, POINTS, CHANNELS)).astype(np.float32)
    assert classifier.probabilities(some) == pytest.approx(tiny.probabilities(some, 7), abs=1e-5)
    assert classifier.takes.preprocessing == STROKES_PREPROCESSING


def test_one_that_takes_images_is_refused() -> None:
    content = tiny.artifact()
    sidecar = dataclasses.replace(tiny.sidecar("pen"), sha256=tiny.sha256(content))
    with pytest.raises(ArtifactError, match=rf"not one input of \(n, {POINTS}, {CHANNELS}\)"):
        runtime.Classifier(sidecar, content)


def test_one_that_was_tested_with_an_image_is_refused() -> None:
    sidecar = tiny.sidecar("pen", selftest=SelfTest(tiny.PIXELS, np.full(10, 0.1, np.float32)))
    with pytest.raises(ArtifactError, match="cannot answer"):
        runtime.Classifier(sidecar, tiny.artifact(shape=(POINTS, CHANNELS)))


def test_its_preprocessing_is_that_of_strokes() -> None:
    other = tiny.sidecar("pen", preprocessing=STROKES_PREPROCESSING + 1)
    with pytest.raises(ArtifactError, match=f"with preprocessing {STROKES_PREPROCESSING + 1}, not"):
        runtime.Classifier(other, tiny.artifact(shape=(POINTS, CHANNELS)))
    assert tiny.sidecar("svm").preprocessing == PREPROCESSING


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ArtifactError, match="no kind 'knn'"):
        runtime.Classifier(tiny.sidecar("knn"), tiny.artifact())


def test_where_it_was_never_promoted_nothing_is_broken(root: Path) -> None:
    assert "pen" not in json.loads((root / CHAMPIONS).read_text())
    champions = Registry(root).champions()
    assert champions.classifiers.keys() == set(PIXEL_KINDS)
    assert champions.broken == {}
    assert champions.silent == {}


def test_nor_where_it_was_published_only(root: Path) -> None:
    tiny.publish(root, "pen")
    assert Registry(root).champions().broken == {}


def test_a_damaged_champions_file_does_not_make_it_missing(root: Path) -> None:
    (root / CHAMPIONS).write_text("{")
    assert Registry(root).champions().broken.keys() == set(PIXEL_KINDS)


def test_once_promoted_it_answers_and_a_damaged_one_is_broken(root: Path) -> None:
    registry = Registry(root)
    assert "pen" not in registry.champions().classifiers
    tiny.publish(root, "pen")
    promote(root, {"pen": 1})
    assert read_champions(root) == dict.fromkeys(KINDS, 1)
    assert registry.champions().classifiers["pen"].version == 1
    tiny.publish(root, "pen", 1)
    promote(root, {"pen": 2})
    (root / "pen/v2/model.onnx").write_bytes(b"rubbish")
    fresh = Registry(root).champions()
    assert fresh.broken["pen"].version == 2
    assert "pen" in fresh.silent


def test_a_promoted_one_answers_from_the_last_good_state_while_the_file_is_damaged(root: Path) -> None:
    tiny.publish(root, "pen")
    promote(root, {"pen": 1})
    (root / CHAMPIONS).write_text("{")
    champions = Registry(root).champions()
    assert champions.classifiers["pen"].version == 1
    assert champions.broken.keys() == set(KINDS)


def test_it_is_copied_like_the_others(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    tiny.publish(root, "pen")
    there = tmp_path_factory.mktemp("there")
    assert copy_versions(root, there) == [(kind, 1) for kind in KINDS]
    assert runtime.load(artifacts.version_directory(there, "pen", 1)).version == 1
    assert "pen" not in read_champions(there)
