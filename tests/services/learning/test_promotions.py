"""The log of promotions, and the processes that follow it."""

import datetime as dt
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone

from predictor.ml.champions import BACKUP, CHAMPIONS, read_champions
from predictor.ml.champions import promote as write
from predictor.ml.errors import ArtifactError
from predictor.models import Promotion
from predictor.services.answering import champions as answering
from predictor.services.answering.champions import champions, refresh
from predictor.services.learning import promotions
from predictor.services.learning.promotions import (
    ChampionChanged,
    champions_at,
    history,
    promote,
    synchronise,
    undeletable,
)
from tests.conftest import SHIPPED
from tests.site import wait_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(models_dir: Path) -> Path:
    """Versions 1 to 3 of svm, the first of which is champion by `champions.json`; nothing was ever promoted."""
    for version in (1, 2, 3):
        shutil.copytree(SHIPPED / f"svm/v{version}", models_dir / f"svm/v{version}")
    write(models_dir, {"svm": 1})
    return models_dir


def answers() -> int:
    return champions().classifiers["svm"].version


def test_the_file_decides_until_something_was_promoted(root):
    assert answers() == 1
    promote("svm", 2)
    assert answers() == 2
    (root / CHAMPIONS).write_text('{"svm": 1}')
    assert answers() == 2


def test_a_promotion_says_who_when_why_and_what_was_before(root):
    user = User.objects.create(username="ada")
    promote("svm", "v2", by=user, reason="It knows slashed zeros.")
    row = history("svm").get()
    assert (row.earlier, row.version, row.by, row.reason) == (1, 2, user, "It knows slashed zeros.")
    assert timezone.now() - row.at < dt.timedelta(minutes=1)


def test_the_champion_gets_no_second_row_but_its_files_are_mended(root):
    first = promote("svm", 2)
    (root / CHAMPIONS).write_text("damaged")
    assert promote("svm", 2) == first
    assert history("svm").count() == 1
    assert read_champions(root) == {"svm": 2}


def test_a_rollback_is_one_more_row(root):
    promote("svm", 3)
    promote("svm", 1, reason="Version 3 confuses 1 and 7.")
    assert [(row.earlier, row.version) for row in history("svm")] == [(3, 1), (1, 3)]
    assert answers() == 1


def test_which_version_answered_at_a_moment_is_known(root):
    start = timezone.now()
    promote("svm", 2)
    between = timezone.now()
    promote("svm", 3)
    assert champions_at(start - dt.timedelta(days=1)) == {"svm": 1}
    assert champions_at(between) == {"svm": 2}
    assert champions_at(timezone.now()) == {"svm": 3}


def test_a_kind_that_was_never_promoted_has_the_champion_of_the_file(root):
    assert champions_at(timezone.now()) == {"svm": 1}


@pytest.mark.parametrize(("kind", "version"), [("svm", 9), ("knn", 1), ("cnn", 1)])
def test_what_is_not_there_is_refused_and_nothing_changes(root, kind, version):
    with pytest.raises(ArtifactError):
        promote(kind, version)
    assert not Promotion.objects.exists()
    assert answers() == 1


def test_a_version_that_does_not_work_is_refused_and_nothing_changes(root):
    (root / "svm/v2/model.onnx").write_bytes(b"no model")
    with pytest.raises(ArtifactError):
        promote("svm", 2)
    assert not Promotion.objects.exists()
    assert read_champions(root) == {"svm": 1}


def test_a_file_that_cannot_be_written_leaves_no_row(root, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(promotions.champions, "promote", full)
    with pytest.raises(OSError, match="No space"):
        promote("svm", 2)
    assert not Promotion.objects.exists()
    assert answers() == 1


def test_a_promotion_of_another_machine_is_followed(root):
    assert answers() == 1
    Promotion.objects.create(kind="svm", version=3)
    assert answers() == 1, "no request asks the database"
    refresh()
    assert answers() == 3


def test_a_promoted_version_that_is_not_here_leaves_the_old_one_answering_and_says_so(root):
    assert answers() == 1
    Promotion.objects.create(kind="svm", version=7)
    assert refresh().classifiers["svm"].version == 1
    assert champions().broken["svm"].version == 7


def test_a_broken_file_does_not_silence_what_was_promoted(root):
    promote("svm", 2)
    (root / CHAMPIONS).write_text("{")
    assert answers() == 2


@pytest.mark.parametrize("content", ['{"svm": 1}', "{", None])
def test_the_file_is_brought_up_to_date(root, content):
    Promotion.objects.create(kind="svm", version=2)
    (root / BACKUP).unlink()
    if content is None:
        (root / CHAMPIONS).unlink()
    else:
        (root / CHAMPIONS).write_text(content)
    synchronise()
    assert read_champions(root) == {"svm": 2}


def test_a_file_that_says_the_same_is_left_alone(root):
    promote("svm", 2)
    before = (root / CHAMPIONS).stat()
    synchronise()
    assert (root / CHAMPIONS).stat() == before


def test_the_last_three_champions_must_stay(root):
    assert undeletable() == {"svm": {1}, "cnn": set(), "mlp": set(), "pen": set()}
    promote("svm", 2)
    promote("svm", 3)
    promote("svm", 2)
    assert undeletable()["svm"] == {1, 2, 3}


def test_rows_are_added_and_never_changed(root):
    row = promote("svm", 2)
    with pytest.raises(TypeError):
        row.delete()
    with pytest.raises(TypeError):
        Promotion.objects.update(version=3)
    with pytest.raises(TypeError):
        Promotion.objects.all().delete()


@contextmanager
def following(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(answering, "FOLLOW", 0.01)
    end = answering.follow()
    try:
        yield
    finally:
        end.set()
        for thread in threading.enumerate():
            if thread.name == "promotions":
                thread.join(30)


def until_it_answers(version: int) -> None:
    deadline = time.monotonic() + 30
    while answers() != version:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_a_process_that_follows_switches_by_itself(root, monkeypatch):
    with following(monkeypatch):
        Promotion.objects.create(kind="svm", version=3)
        until_it_answers(3)


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_after_the_database_was_away(root, monkeypatch):
    looks = []

    def broken() -> dict[str, int]:
        looks.append(answers())
        if len(looks) < 3:
            raise OperationalError("gone")
        return {"svm": 2}

    monkeypatch.setattr(answering, "promoted", broken)
    with following(monkeypatch):
        until_it_answers(2)
    assert looks[:3] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_after_something_that_nobody_expected(root, monkeypatch, caplog):
    looks = []

    def broken() -> dict[str, int]:
        looks.append(answers())
        if len(looks) < 3:
            raise RuntimeError("can't start new thread")
        return {"svm": 2}

    monkeypatch.setattr(answering, "promoted", broken)
    with following(monkeypatch):
        until_it_answers(2)
    assert caplog.messages.count("The promotions cannot be read.") == 1, "it is said once"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("bucket")
def test_it_goes_on_if_the_champions_cannot_be_written_down(root, monkeypatch):
    tries = []

    def broken(*_: object) -> None:
        tries.append(1)
        raise MemoryError

    monkeypatch.setattr(answering, "write_down", broken)
    monkeypatch.setattr(answering.Arrivals, "follow", lambda *_: None)
    Promotion.objects.create(kind="svm", version=2)
    with following(monkeypatch):
        wait_for(lambda: len(tries) > 2)
        Promotion.objects.create(kind="svm", version=3)
        until_it_answers(3)


def test_what_could_not_be_written_down_is_written_later(root, monkeypatch, caplog):
    refresh()
    promote("svm", 2)
    write(root, {"svm": 1})
    followed, written = answering._followed(root), answering.write_down

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(answering, "write_down", full)
    answering._write_down(followed)
    monkeypatch.setattr(answering, "write_down", written)
    answering._write_down(followed)
    assert read_champions(root) == {"svm": 1}, "it waits for a minute"
    assert len([line for line in caplog.messages if "cannot be written down" in line]) == 1
    followed.rests_until -= answering.REST
    answering._write_down(followed)
    assert read_champions(root) == {"svm": 2}


# Two at once.


def test_the_second_of_two_that_were_decided_against_the_same_champion_is_told(root):
    promote("svm", 2, against={"svm": 1})
    with pytest.raises(ChampionChanged) as refusal:
        promote("svm", 3, against={"svm": 1})
    assert str(refusal.value) == (
        "svm v2 has become the champion meanwhile, in place of v1. Not promoted: svm v3. "
        "Compare them, and promote again if need be."
    )
    assert [row.version for row in history("svm")] == [2]
    assert (answers(), read_champions(root)) == (2, {"svm": 2})


def test_who_wanted_the_same_is_told_that_it_is_so(root):
    promote("svm", 2, against={"svm": 1})
    with pytest.raises(ChampionChanged, match=r"^svm v2 is the champion already\.$"):
        promote("svm", 2, against={"svm": 1})


def test_a_first_champion_is_decided_against_none(root):
    (root / CHAMPIONS).unlink()
    (root / BACKUP).unlink()
    promote("svm", 2, against={})
    with pytest.raises(ChampionChanged, match=r"^svm v2 has become the champion meanwhile\. Not promoted: svm v3\."):
        promote("svm", 3, against={})
    with pytest.raises(ChampionChanged):
        promote("svm", 3, against={"svm": 1})
    assert answers() == 2


def test_of_several_kinds_none_is_promoted_if_one_has_changed(root):
    shutil.copytree(SHIPPED / "mlp/v1", root / "mlp/v1")
    promote("svm", 2)
    with pytest.raises(ChampionChanged, match=r"svm v2 .* Not promoted: svm v3, mlp v1\."):
        promotions.promote_all({"svm": 3, "mlp": 1}, against={"svm": 1})
    assert Promotion.objects.count() == 1


@pytest.mark.skipif(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="its threads need PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_of_two_promotions_at_once_one_wins(root):
    both, told = threading.Barrier(2, timeout=30), []

    def run(version: int) -> None:
        before = promotions.current()
        both.wait()
        try:
            promote("svm", version, against=before)
        except ChampionChanged as changed:
            told.append((version, str(changed)))
        finally:
            connection.close()

    for round_ in range(3):
        pair = [each for each in (1, 2, 3) if each != promotions.current()["svm"]]
        threads = [threading.Thread(target=run, args=(version,)) for version in pair]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(told) == Promotion.objects.count() == round_ + 1
        winner = Promotion.objects.latest("pk").version
        assert {winner, told[-1][0]} == {*pair}
        assert f"svm v{winner} has become the champion meanwhile" in told[-1][1]
        assert read_champions(root) == {"svm": winner}
