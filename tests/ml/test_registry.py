"""The champions as they stand on disk: promotions, losses and repairs while the server runs."""

import json
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from predictor.ml import artifacts, runtime
from predictor.ml.champions import BACKUP, CHAMPIONS, promote
from predictor.ml.images import to_images
from predictor.ml.kinds import PIXEL_KINDS
from predictor.ml.registry import Champions, Registry
from predictor.ml.runtime import Classifier

from . import tiny

IMAGE = to_images(tiny.PIXELS)[None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Champions of all kinds, version 1, each with its own answers."""
    for seed, kind in enumerate(PIXEL_KINDS):
        tiny.publish(tmp_path, kind, seed)
    promote(tmp_path, dict.fromkeys(PIXEL_KINDS, 1))
    return tmp_path


def versions(champions: Champions) -> dict[str, int]:
    return {kind: classifier.version for kind, classifier in champions.classifiers.items()}


def promote_new(root: Path, kind: str, seed: int = 0) -> int:
    version = tiny.publish(root, kind, seed).version
    promote(root, {kind: version})
    return version


def break_new(root: Path) -> bytes:
    """Name by hand a version whose artifact is truncated; returns what the artifact was."""
    path = root / f"svm/v{tiny.publish(root, 'svm').version}/model.onnx"
    sound = path.read_bytes()
    path.write_bytes(sound[:100])
    write(root, svm=2)
    return sound


def write(root: Path, **versions: int) -> None:
    """Write `champions.json` by hand."""
    (root / CHAMPIONS).write_text(json.dumps(dict.fromkeys(PIXEL_KINDS, 1) | versions))


# It works.


def test_the_champions_of_all_kinds_answer(root: Path) -> None:
    champions = Registry(root).champions()
    assert versions(champions) == {"cnn": 1, "mlp": 1, "svm": 1}
    assert champions.broken == {}
    for seed, kind in enumerate(PIXEL_KINDS):
        answer = champions.classifiers[kind].probabilities(IMAGE)
        assert answer == pytest.approx(tiny.probabilities(IMAGE, seed), abs=1e-5)


def test_nothing_is_loaded_before_the_first_call(root: Path) -> None:
    registry = Registry(root)
    shutil.rmtree(root / "svm")
    champions = registry.champions()
    assert versions(champions) == {"cnn": 1, "mlp": 1}
    assert champions.broken["svm"].version == 1


def test_a_classifier_is_loaded_once(root: Path) -> None:
    registry = Registry(root)
    first = registry.champions()
    assert registry.champions() is first


def test_a_promotion_shows_at_the_next_call_and_leaves_the_others_alone(root: Path) -> None:
    registry = Registry(root)
    before = registry.champions()
    assert promote_new(root, "svm", seed=9) == 2
    after = registry.champions()
    assert versions(after) == {"cnn": 1, "mlp": 1, "svm": 2}
    assert after.classifiers["svm"].probabilities(IMAGE) == pytest.approx(tiny.probabilities(IMAGE, 9), abs=1e-5)
    assert after.classifiers["cnn"] is before.classifiers["cnn"]
    assert versions(before)["svm"] == 1, "a caller that holds the former champions keeps them"


def test_a_version_that_is_published_but_not_promoted_does_not_show(root: Path) -> None:
    registry = Registry(root)
    before = registry.champions()
    tiny.publish(root, "svm", seed=9)
    assert registry.champions() is before


def test_a_former_version_can_be_promoted_again(root: Path) -> None:
    registry = Registry(root)
    promote_new(root, "svm")
    assert versions(registry.champions())["svm"] == 2
    promote(root, {"svm": 1})
    assert versions(registry.champions())["svm"] == 1


def test_a_version_promoted_after_the_first_call_shows(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    assert versions(registry.champions()) == {}
    promote_new(tmp_path / "models", "svm")
    assert versions(registry.champions()) == {"svm": 1}


# Something is missing.


def test_kinds_that_were_never_published_are_named(tmp_path: Path) -> None:
    promote_new(tmp_path, "mlp")
    champions = Registry(tmp_path).champions()
    assert versions(champions) == {"mlp": 1}
    assert champions.broken.keys() == {"cnn", "svm"}
    assert champions.broken["cnn"].version is None
    assert champions.broken["cnn"].reason == "No version of cnn has been published."


def test_a_directory_without_anything_has_no_champions(tmp_path: Path) -> None:
    champions = Registry(tmp_path / "nowhere").champions()
    assert champions.classifiers == {}
    assert champions.broken.keys() == set(PIXEL_KINDS)


def test_a_classifier_that_works_survives_the_loss_of_its_files(root: Path) -> None:
    registry = Registry(root)
    registry.champions()
    shutil.rmtree(root / "svm")
    promote_new(root, "cnn")
    champions = registry.champions()
    assert versions(champions) == {"cnn": 2, "mlp": 1, "svm": 1}
    assert champions.classifiers["svm"].probabilities(IMAGE).shape == (1, 10)


def test_classifiers_that_work_survive_the_loss_of_the_whole_directory(root: Path) -> None:
    registry = Registry(root)
    registry.champions()
    shutil.rmtree(root)
    assert versions(registry.champions()) == {"cnn": 1, "mlp": 1, "svm": 1}


# Something is broken.


def test_a_broken_champion_is_reported_and_the_others_answer(root: Path) -> None:
    (root / "svm/v1/model.onnx").write_bytes(b"no ONNX")
    champions = Registry(root).champions()
    assert versions(champions) == {"cnn": 1, "mlp": 1}
    assert champions.broken.keys() == {"svm"}
    assert champions.broken["svm"].version == 1
    assert "svm/v1/model.onnx" in champions.broken["svm"].reason


@pytest.mark.parametrize("file", [artifacts.ARTIFACT, artifacts.SIDECAR])
@pytest.mark.parametrize("damage", ["changed", "removed"])
def test_a_broken_champion_recovers_when_its_files_are_repaired(root: Path, file: str, damage: str) -> None:
    path = root / "svm/v1" / file
    sound = path.read_bytes()
    if damage == "changed":
        path.write_bytes(sound[:100])
    else:
        path.unlink()
    registry = Registry(root)
    broken = registry.champions()
    assert broken.broken.keys() == {"svm"}
    assert registry.champions() is broken, "it is not loaded again while nothing changes"
    path.write_bytes(sound)
    repaired = registry.champions()
    assert repaired.broken == {}
    assert versions(repaired) == {"cnn": 1, "mlp": 1, "svm": 1}


def test_a_champion_that_was_promoted_broken_gives_way_to_the_next_promotion(root: Path) -> None:
    registry = Registry(root)
    version = tiny.publish(root, "svm").version
    (root / f"svm/v{version}/model.onnx").write_bytes(b"no ONNX")
    write(root, svm=version)
    assert registry.champions().broken["svm"].version == 2
    promote_new(root, "svm")
    assert versions(registry.champions())["svm"] == 3


def test_a_damaged_champions_file_leaves_what_works_until_it_is_repaired(root: Path) -> None:
    registry = Registry(root)
    registry.champions()
    (root / CHAMPIONS).write_text("{")
    assert versions(registry.champions()) == {"cnn": 1, "mlp": 1, "svm": 1}
    tiny.publish(root, "svm")
    (root / CHAMPIONS).write_text('{"cnn": 1, "mlp": 1, "svm": 2}')
    assert versions(registry.champions()) == {"cnn": 1, "mlp": 1, "svm": 2}


def test_a_champions_file_damaged_from_the_start_leaves_the_last_good_state_and_says_so_once(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    promote_new(root, "svm")
    (root / CHAMPIONS).write_text('{"svm": "1"}')
    registry = Registry(root)
    champions = registry.champions()
    assert versions(champions) == {"cnn": 1, "mlp": 1, "svm": 2}
    assert champions.broken.keys() == set(PIXEL_KINDS)
    assert champions.silent == {}
    assert registry.champions() is champions
    (record,) = caplog.records
    assert record.getMessage() == (
        "champions.json must map cnn, mlp, svm, pen to version numbers. Answering instead: cnn v1, mlp v1, svm v2."
    )


def test_where_the_last_good_state_is_damaged_too_all_kinds_are_broken_until_it_is_repaired(root: Path) -> None:
    sound = (root / BACKUP).read_bytes()
    (root / CHAMPIONS).write_text('{"svm": "1"}')
    (root / BACKUP).write_text("{")
    registry = Registry(root)
    champions = registry.champions()
    assert champions.classifiers == {}
    assert champions.silent.keys() == set(PIXEL_KINDS)
    assert all("champions.json" in broken.reason for broken in champions.broken.values())
    (root / BACKUP).write_bytes(sound)
    assert versions(registry.champions()) == {"cnn": 1, "mlp": 1, "svm": 1}


def test_a_damaged_version_does_not_replace_a_working_one(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    registry = Registry(root)
    before = registry.champions()
    break_new(root)
    after = registry.champions()
    assert after.classifiers == before.classifiers
    assert after.broken.keys() == {"svm"}
    assert after.broken["svm"].version == 2
    assert after.silent == {}
    assert registry.champions() is after, "it is not loaded again while nothing changes"
    (record,) = caplog.records
    assert "svm/v2/model.onnx" in record.getMessage()
    assert record.getMessage().endswith("Answering instead: svm v1.")


def test_a_damaged_version_does_not_replace_a_working_one_in_a_new_process_either(root: Path) -> None:
    break_new(root)
    champions = Registry(root).champions()
    assert versions(champions) == {"cnn": 1, "mlp": 1, "svm": 1}
    assert champions.broken["svm"].version == 2


def test_a_damaged_version_answers_once_it_is_repaired(root: Path) -> None:
    registry = Registry(root)
    registry.champions()
    sound = break_new(root)
    assert versions(registry.champions())["svm"] == 1
    (root / "svm/v2/model.onnx").write_bytes(sound)
    assert versions(registry.champions())["svm"] == 2
    assert registry.champions().broken == {}


def test_a_damaged_version_gives_way_to_another_one(root: Path) -> None:
    registry = Registry(root)
    registry.champions()
    break_new(root)
    assert registry.champions().broken.keys() == {"svm"}
    write(root, svm=1)
    assert registry.champions().broken == {}
    assert versions(registry.champions())["svm"] == 1


def test_while_one_thread_loads_a_champion_the_others_get_the_former_ones(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry(root)
    before = registry.champions()
    promote_new(root, "svm")
    begun, go = threading.Event(), threading.Event()
    load = runtime.load

    def slow(directory: Path) -> Classifier:
        begun.set()
        assert go.wait(60)
        return load(directory)

    monkeypatch.setattr(runtime, "load", slow)
    with ThreadPoolExecutor(1) as threads:
        loading = threads.submit(registry.champions)
        try:
            assert begun.wait(60)
            assert registry.champions() is before
        finally:
            go.set()
        assert versions(loading.result())["svm"] == 2
    assert registry.champions() is loading.result()


# Several at once.


def test_many_threads_get_the_answers_of_a_champion_while_others_are_promoted(root: Path) -> None:
    registry = Registry(root)
    stop = threading.Event()
    # Version 1 of svm has the weights of seed 2; version v after it those of seed 100 + v.
    expected = {1: tiny.probabilities(IMAGE, 2)} | {v: tiny.probabilities(IMAGE, 100 + v) for v in range(2, 12)}

    def ask() -> set[int]:
        seen = set()
        while not stop.is_set():
            champions = registry.champions()
            classifier = champions.classifiers["svm"]
            assert champions.broken == {}
            assert np.allclose(classifier.probabilities(IMAGE), expected[classifier.version], atol=1e-5)
            seen.add(classifier.version)
        return seen

    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(ask) for _ in range(8)]
        try:
            for version in range(2, 12):
                assert promote_new(root, "svm", seed=100 + version) == version
                while versions(registry.champions())["svm"] != version:
                    time.sleep(0.01)  # another thread is loading it
        finally:
            stop.set()
        assert all(each.result() for each in asked)
    assert versions(registry.champions())["svm"] == 11


def test_the_first_call_of_many_threads_loads_the_champions_once(root: Path) -> None:
    registry = Registry(root)
    start = threading.Barrier(8)

    def first() -> Champions:
        start.wait()
        return registry.champions()

    with ThreadPoolExecutor(8) as threads:
        found = [each.result() for each in [threads.submit(first) for _ in range(8)]]
    assert all(champions is found[0] for champions in found)
    assert versions(found[0]) == {"cnn": 1, "mlp": 1, "svm": 1}
