"""What must be the same on two machines, and how it is said that it is not."""

from pathlib import Path

import pytest

from predictor.training.jobs import fingerprint as module
from predictor.training.jobs.fingerprint import code, differences, fingerprint
from predictor.training.jobs.worker import faults

OURS = {"Python": "3.11.7", "code": "a" * 64, "revision": "b" * 40, "numpy": "2.4.6"}


def test_it_names_python_the_code_and_the_libraries_that_decide_on_results() -> None:
    found = fingerprint()
    assert {
        "Python",
        "code",
        "numpy",
        "scikit-learn",
        "scipy",
        "tensorflow",
        "keras",
        "onnx",
        "skl2onnx",
    } <= found.keys()
    assert len(found["code"]) == 64
    assert list(differences(found, found)) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"numpy": "2.4.5"}, ["numpy 2.4.5, here 2.4.6"]),
        ({"code": "c" * 64}, ["code cccccccccccc, here aaaaaaaaaaaa"]),
        ({"revision": "d" * 40}, ["revision dddddddddddd, here bbbbbbbbbbbb"]),
        ({"Python": "3.12.1", "numpy": "none"}, ["Python 3.12.1, here 3.11.7", "numpy none, here 2.4.6"]),
        ({"keras": "3.15.1"}, []),
    ],
    ids=["a library", "the code", "the revision", "two", "what is not known here"],
)
def test_each_difference_is_named(change: dict[str, str], said: list[str]) -> None:
    assert list(differences(OURS | change, OURS)) == said


def test_a_library_that_only_this_machine_has_differs_and_a_revision_that_only_it_knows_does_not() -> None:
    assert list(differences({"Python": "3.11.7", "code": "a" * 64}, OURS)) == ["numpy none, here 2.4.6"]


def test_the_code_is_that_of_all_files_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.py").write_text("1")
    digests = [code(tmp_path)]
    (tmp_path / "a/one.py").write_text("2")
    digests.append(code(tmp_path))
    (tmp_path / "a/one.py").rename(tmp_path / "a/two.py")
    digests.append(code(tmp_path))
    (tmp_path / "notes.txt").write_text("not imported")
    assert code(tmp_path) == digests[-1]
    assert len(set(digests)) == 3
    assert code(module.PACKAGE) == fingerprint()["code"]


def test_a_worker_that_would_do_several_jobs_at_a_time_is_refused() -> None:
    assert faults(OURS, 1, OURS) == []
    assert faults(OURS, 4, OURS) == ["4 threads, not one: start it with --nthreads 1"]
