"""Which versions answer: what is read, what a promotion changes and refuses, and what remains of a damaged file."""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from predictor.ml import artifacts
from predictor.ml.champions import BACKUP, CHAMPIONS, answering, last_good, promote, read_champions, sweep
from predictor.ml.errors import ArtifactError
from predictor.ml.kinds import PIXEL_KINDS
from tests import disk

from . import tiny

ALL = dict.fromkeys(PIXEL_KINDS, 1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Champions of all kinds, version 1, and version 2 of svm."""
    root = tmp_path / "models"
    for kind in (*PIXEL_KINDS, "svm"):
        tiny.publish(root, kind)
    promote(root, ALL)
    return root


def nested(path: Path) -> None:
    path.write_bytes(b"[" * 2000 + b"]" * 2000)


def huge(path: Path) -> None:
    path.write_bytes(b" " * 10_000_000 + json.dumps(ALL).encode())


def a_directory(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def a_link_to_nothing(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("nowhere")


def content(text: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(text)


DAMAGE = {
    "empty": content(b""),
    "cut off": content(b"{"),
    "no text": content(b"\xff\xfe"),
    "a list": content(b"[]"),
    "null": content(b"null"),
    "a text": content(b'"svm"'),
    "a version as text": content(b'{"svm": "1"}'),
    "a fraction": content(b'{"svm": 1.0}'),
    "true": content(b'{"svm": true}'),
    "no version": content(b'{"svm": null}'),
    "version 0": content(b'{"svm": 0}'),
    "a version of 4000 digits": content(b'{"svm": 1%s}' % (b"0" * 3999)),
    "an unknown kind": content(b'{"knn": 1}'),
    "deeply nested": nested,
    "huge": huge,
    "a directory": a_directory,
    "a pipe": a_pipe,
}
damaged = pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)


# Promotions.


def test_promoting_changes_the_named_kinds_and_keeps_the_others(root: Path) -> None:
    promote(root, {"svm": 2})
    assert read_champions(root) == last_good(root) == ALL | {"svm": 2}


def test_without_a_promotion_there_are_no_champions(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "nowhere"):
        assert read_champions(root) == last_good(root) == answering(root) == {}


def test_promotions_at_the_same_time_do_not_undo_each_other(tmp_path: Path) -> None:
    for kind in PIXEL_KINDS:
        tiny.publish(tmp_path, kind)
    with ThreadPoolExecutor(3) as promoters:
        for _ in range(20):
            (tmp_path / CHAMPIONS).unlink(missing_ok=True)
            list(promoters.map(partial(promote, tmp_path), [{kind: 1} for kind in PIXEL_KINDS]))
            assert read_champions(tmp_path) == ALL


def test_promoting_on_a_full_disk_changes_nothing(root: Path) -> None:
    before = tiny.files_below(root)
    with disk.full(after=10), pytest.raises(OSError, match="File too large"):
        promote(root, {"svm": 2})
    assert tiny.files_below(root) == before


@pytest.mark.parametrize("versions", [{"svm": 3}, {"knn": 1}, {"svm": 2, "mlp": 2}, {"svm": 0}])
def test_it_refuses_to_promote_an_unpublished_version_and_changes_nothing(versions: dict[str, int], root: Path) -> None:
    before = tiny.files_below(root)
    with pytest.raises(ArtifactError, match=r"sidecar.json cannot be read"):
        promote(root, versions)
    assert tiny.files_below(root) == before


def truncate(root: Path) -> None:
    os.truncate(root / "svm/v2/model.onnx", 100)


def take_another_kinds(root: Path) -> None:
    shutil.rmtree(root / "svm/v2")
    shutil.copytree(root / "cnn/v1", root / "svm/v2")


def remove_the_artifact(root: Path) -> None:
    (root / "svm/v2/model.onnx").unlink()


def answer_otherwise(root: Path) -> None:
    """With an artifact that does not give the probabilities of its self-test."""
    shutil.rmtree(root / "svm/v2")
    artifact = tiny.artifact(seed=7)
    artifacts.publish(root, tiny.sidecar("svm", sha256=tiny.sha256(artifact), size=len(artifact)), artifact)


@pytest.mark.parametrize("damage", [truncate, take_another_kinds, remove_the_artifact, answer_otherwise])
def test_it_refuses_to_promote_a_damaged_version_and_changes_nothing(
    damage: Callable[[Path], None], root: Path
) -> None:
    damage(root)
    before = tiny.files_below(root)
    with pytest.raises(ArtifactError, match="svm"):
        promote(root, {"cnn": 1, "svm": 2})
    assert tiny.files_below(root) == before


def test_a_version_that_people_wrote_into_the_file_is_kept_but_is_no_good_state_if_it_is_broken(root: Path) -> None:
    (root / CHAMPIONS).write_text(json.dumps(ALL | {"cnn": 9}))
    promote(root, {"svm": 2})
    assert read_champions(root) == {"cnn": 9, "mlp": 1, "svm": 2}
    assert last_good(root) == ALL | {"svm": 2}


def test_a_version_that_people_wrote_into_the_file_is_a_good_state_if_it_works(root: Path) -> None:
    (root / CHAMPIONS).write_text(json.dumps(ALL | {"svm": 2}))
    promote(root, {"cnn": 1})
    assert last_good(root) == ALL | {"svm": 2}


# Damage.


@damaged
def test_a_damaged_file_is_refused_and_the_last_good_state_takes_its_place(
    damage: Callable[[Path], None], root: Path
) -> None:
    damage(root / CHAMPIONS)
    with pytest.raises(ArtifactError, match=r"champions\.json"):
        read_champions(root)
    assert answering(root) == ALL


@damaged
def test_a_promotion_repairs_a_damaged_file(damage: Callable[[Path], None], root: Path) -> None:
    damage(root / CHAMPIONS)
    promote(root, {"svm": 2})
    assert read_champions(root) == last_good(root) == ALL | {"svm": 2}


@damaged
def test_a_promotion_repairs_both_files(damage: Callable[[Path], None], root: Path) -> None:
    damage(root / CHAMPIONS)
    damage(root / BACKUP)
    with pytest.raises(ArtifactError, match=r"champions\.json"):
        answering(root)
    promote(root, {"svm": 2})
    assert read_champions(root) == last_good(root) == {"svm": 2}


@damaged
def test_a_damaged_copy_does_no_harm(damage: Callable[[Path], None], root: Path) -> None:
    damage(root / BACKUP)
    assert answering(root) == ALL
    promote(root, {"svm": 2})
    assert read_champions(root) == last_good(root) == ALL | {"svm": 2}


@pytest.mark.parametrize("lose", [Path.unlink, a_link_to_nothing], ids=["removed", "a link to nothing"])
def test_a_lost_file_is_damage(lose: Callable[[Path], None], root: Path) -> None:
    lose(root / CHAMPIONS)
    with pytest.raises(ArtifactError, match=r"champions\.json is missing"):
        read_champions(root)
    assert answering(root) == ALL
    promote(root, {"svm": 2})
    assert read_champions(root) == ALL | {"svm": 2}


def test_a_directory_with_files_in_place_of_the_file_stays(root: Path) -> None:
    a_directory(root / CHAMPIONS)
    (root / CHAMPIONS / "notes").write_text("mine")
    before = tiny.files_below(root)
    with pytest.raises(OSError, match="not empty"):
        promote(root, {"svm": 2})
    assert tiny.files_below(root) == before


def test_what_was_left_by_a_process_that_was_killed_is_swept(root: Path) -> None:
    before = tiny.files_below(root)
    for name in (".champions.json.new", ".champions.json.0a1b2c3d.new", ".champions.backup.json.0a1b2c3d.new"):
        (root / name).write_text("{")
    (root / "svm/.new-abc").mkdir()
    (root / "svm/.new-abc/model.onnx").write_text("half")
    (root / ".champions.json.notes").write_text("mine")
    sweep(root)
    assert tiny.files_below(root) == before | {".champions.json.notes": b"mine"}
    assert sorted(path.name for path in (root / "svm").iterdir()) == ["v1", "v2"]
