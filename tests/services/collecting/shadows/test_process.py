"""The thread that follows which versions are in the shadow: it is not in the database for long, and nothing ends it."""

import pytest
from django.db import OperationalError

from predictor.models import Shadow
from predictor.services.collecting.shadows import chosen, process
from predictor.services.collecting.shadows.loaded import Loaded
from predictor.services.collecting.shadows.process import Process

from .fakes import Fake


def test_nobody_is_in_the_database_while_a_version_is_loaded(is_inside):
    Shadow.objects.create(kind="cnn", version=3)
    inside = []

    def load(version):
        inside.append(is_inside())
        return Fake(version)

    found = Process(Loaded(load))
    found.refresh()
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
    found.follow([("cnn", 2), ("cnn", 3)])
    assert [*found.classifiers] == [("cnn", 3)]
    assert found.silent == {("cnn", 2): str(error) or "MemoryError"}


def test_while_the_database_is_away_a_version_is_not_to_blame():
    def load(version):
        raise OperationalError("away")

    found = Loaded(load)
    with pytest.raises(OperationalError):
        found.follow([("cnn", 3)])
    assert not found.silent


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
