"""The threads of versions in the shadow, and the one that follows which they are: no version holds up the others."""

import threading
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from predictor.models import Shadow, ShadowAnswer
from predictor.services.collecting.shadows import asking, chosen, process
from predictor.services.collecting.shadows.loaded import Loaded
from predictor.services.collecting.shadows.process import Process
from tests.site import wait_for

from .fakes import Fake, fives, stored, task


def test_nobody_is_in_the_database_while_a_version_is_loaded(is_inside):
    Shadow.objects.create(kind="cnn", version=3)
    inside = []

    def load(version):
        inside.append(is_inside())
        return Fake(version)

    found = Process(Loaded(load))
    found.refresh()
    found.asking["cnn", 3].work()
    assert inside == [False]
    assert [*found.loaded.classifiers] == [("cnn", 3)]


def test_nor_while_the_store_is_waited_for(is_inside, settings, monkeypatch):
    settings.MODELS_STORE = {"BACKEND": "any"}
    inside = []

    def fetch(wanted):
        inside.append(is_inside())
        raise OSError("The store does not answer.")

    monkeypatch.setattr(chosen.versions, "fetch", fetch)
    with pytest.raises(chosen.ArtifactError, match="The store does not answer"):
        chosen.load(("cnn", 3))
    assert inside == [False]


@pytest.mark.parametrize("error", [RuntimeError("no thread"), MemoryError()])
def test_a_version_that_cannot_be_loaded_does_not_stop_the_others(error):
    def load(version):
        if version == ("cnn", 2):
            raise error
        return Fake(version)

    found = Loaded(load)
    for version in (("cnn", 2), ("cnn", 3)):
        found.load_if_due(version)
    assert [*found.classifiers] == [("cnn", 3)]
    assert found.silent == {("cnn", 2): str(error) or "MemoryError"}


def test_while_the_database_is_away_a_version_is_not_to_blame():
    def load(version):
        raise OperationalError("away")

    found = Loaded(load)
    with pytest.raises(OperationalError):
        found.load_if_due(("cnn", 3))
    assert not found.silent


@pytest.fixture
def running(transactional_db, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """The versions in the shadow of this process, with their threads."""
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    monkeypatch.setattr(asking, "DRAIN", 60)
    found = Process(has_threads=True)
    monkeypatch.setattr(process, "here", found)
    yield found
    found.end()
    for each in found.asking.values():
        each._thread.join(60)


def threads() -> list[str]:
    return sorted(each.name for each in threading.enumerate() if each.name.startswith("shadow"))


@pytest.mark.parametrize("where", ["asked", "loaded"])
def test_one_that_hangs_does_not_keep_the_others_from_being_asked(running, settings, where):
    has_begun, may_go_on = threading.Event(), threading.Event()

    def hangs(inputs=()):
        has_begun.set()
        may_go_on.wait(60)
        return fives(inputs)

    def load(version):
        if version == ("cnn", 3):
            return Fake(version)
        if where == "loaded":
            hangs()
        return Fake(version, hangs)

    settings.SHADOW = [("cnn", 2), ("cnn", 3)]
    running.loaded.load = load
    rows = [stored(), stored()]
    running.refresh()
    working = [("cnn", 3)] if where == "loaded" else settings.SHADOW
    wait_for(lambda: running.loaded.classifiers.keys() == {*working})
    try:
        for row in rows:
            for each in running.asking.values():
                each.offer(task(row))
            assert has_begun.wait(60)
        wait_for(lambda: sum(running.loaded.classifiers["cnn", 3].asked) == 2)
        running.asking["cnn", 3].end()
        running.asking["cnn", 3].wait()
        assert set(ShadowAnswer.objects.values_list("submission", "version")) == {(row.pk, 3) for row in rows}
    finally:
        may_go_on.set()


def test_without_a_thread_to_be_had_the_next_look_tries_again(running, settings, monkeypatch):
    running.loaded.load = Fake
    settings.SHADOW = [("cnn", 3)]
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        with pytest.raises(RuntimeError, match="new thread"):
            running.refresh()
    running.end()
    assert not running.asking
    running.refresh()
    assert threads() == ["shadow cnn v3"]


def test_each_version_has_a_thread_as_long_as_it_is_asked(running, settings):
    running.loaded.load = Fake
    running.refresh()
    assert threads() == []
    settings.SHADOW = [("cnn", 3), ("mlp", 2)]
    for _ in range(2):
        running.refresh()
        assert threads() == ["shadow cnn v3", "shadow mlp v2"]
    settings.SHADOW = [("mlp", 2)]
    running.refresh()
    wait_for(lambda: threads() == ["shadow mlp v2"])
    assert [*running.asking] == [("mlp", 2)]


@pytest.mark.django_db(transaction=True)
def test_no_error_ends_the_thread(monkeypatch, caplog):
    errors = [RuntimeError("whatever it is"), OperationalError("away"), None]

    class Fails(Process):
        def refresh(self) -> None:
            if error := errors.pop(0):
                raise error
            process._end.set()

    monkeypatch.setattr(process, "here", Fails())
    monkeypatch.setattr(process, "FOLLOW", 0.001)
    try:
        process._follow()
    finally:
        process._end.clear()
    assert errors == []
    assert "The versions in the shadow stay as they are." in caplog.text
