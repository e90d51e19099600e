"""A command whose surroundings fail says so in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ending import PROJECT

AWAY = "postgres://nobody:secret@127.0.0.1:1/nothing"


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=os.environ | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [("runs",), ("drift", "--fail"), ("prune", "--older-than", "9")], ids=" ".join)
def test_without_a_database_there_is_one_sentence(command: tuple[str, ...]) -> None:
    found = manage(*command, DATABASE_URL=AWAY)
    assert found.returncode == 1
    lines = [line for line in found.stderr.splitlines() if "The database is unavailable" in line]
    assert lines
    assert "Traceback" not in found.stderr
    assert "secret" not in found.stderr


def test_without_tables_it_says_how_to_make_them(tmp_path: Path) -> None:
    found = manage("runs", DATABASE_URL=f"sqlite:///{tmp_path / 'empty'}")
    assert found.returncode == 1
    assert found.stderr == (
        "The database is unavailable: no such table: predictor_trainingrun. Run `manage.py migrate` first.\n"
    )


def test_a_traceback_can_be_asked_for(tmp_path: Path) -> None:
    found = manage("runs", "--traceback", DATABASE_URL=f"sqlite:///{tmp_path / 'empty'}")
    assert "Traceback" in found.stderr


def test_a_reader_that_has_left_is_told_nothing() -> None:
    theirs, ours = os.pipe()
    os.close(theirs)
    command = [sys.executable, "manage.py", "help", "--commands"]
    try:
        found = subprocess.run(command, cwd=PROJECT, stdout=ours, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(ours)
    assert found.returncode == 1
    assert found.stderr == ""
