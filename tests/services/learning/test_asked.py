"""How often held-out drawings were asked is counted by their digest."""

import pytest

from predictor.services.learning import asked
from predictor.services.learning.asked import NAME, count
from tests import disk


def test_each_set_has_its_own_count(tmp_path):
    assert [count(tmp_path, digest) for digest in ("a", "a", "b", "a")] == [1, 2, 1, 3]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_the_last_sets_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(asked, "SETS", 2)
    assert [count(tmp_path, digest) for digest in "abacab"] == [1, 1, 2, 1, 3, 1]


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"a": "many"}', b'{"a": null}', b"\xff"])
def test_a_damaged_count_begins_anew(content, tmp_path):
    (tmp_path / NAME).write_bytes(content)
    assert count(tmp_path, "a") == 1
    assert count(tmp_path, "a") == 2


def test_on_a_full_disk_it_fails_and_the_count_stays(tmp_path):
    count(tmp_path, "a")
    with disk.full(after=1), pytest.raises(OSError, match="File too large"):
        count(tmp_path, "a")
    assert count(tmp_path, "a") == 2
