"""Promoted versions arrive from the store, whole and checked, and answer; until then the champion before them does."""

import dataclasses
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory

from mnistsite import s3
from predictor.api import operations
from predictor.ml import artifacts, files, manifests
from predictor.ml.champions import promote as write
from predictor.ml.champions import read_champions
from predictor.models import ModelVersion, Promotion
from predictor.services.answering import champions as answering
from predictor.services.answering.champions import champions, refresh, store_trouble
from predictor.services.collecting.readiness import readiness
from predictor.services.learning import publishing
from predictor.services.store import arrivals, objects
from predictor.services.store.fetching import LOCK, Wanted
from tests import store
from tests.conftest import SHIPPED, use
from tests.services.learning.test_promotions import following
from tests.site import wait_for

pytestmark = pytest.mark.django_db
VERSIONS = (1, 2)


@pytest.fixture
def uploaded(bucket, models_dir, tmp_path):
    """Versions 1 and 2 of svm are in the store, the first is champion, and nothing is here."""
    for version in VERSIONS:
        shutil.copytree(
            SHIPPED / f"svm/v{version}", tmp_path / f"elsewhere/svm/v{version}", ignore=shutil.ignore_patterns("*.png")
        )
    publishing.upload(objects.store(), tmp_path / "elsewhere")
    Promotion.objects.create(kind="svm", version=1)
    return bucket


@pytest.fixture
def root(uploaded, models_dir) -> Path:
    return models_dir


def look(root: Path) -> float:
    """What the thread does again and again; returns for how long it would rest."""
    refresh()
    pause = answering._followed(root).arrivals.look(objects.store())
    refresh()
    return pause


@contextmanager
def impatient() -> Iterator[None]:
    config = s3.CONFIG.merge(s3.Config(read_timeout=2, retries={"total_max_attempts": 1}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3, "CONFIG", config)
        yield


def answers() -> int | None:
    found = champions().classifiers.get("svm")
    return found and found.version


def reason() -> str:
    return champions().broken["svm"].reason


def test_an_empty_machine_gets_its_champion(root, client):
    refresh()
    assert answers() is None
    assert reason() == "svm v1 is being fetched from the store."
    assert client.get("/readyz").status_code == 503
    look(root)
    assert answers() == 1
    assert "svm" not in champions().broken
    body = client.get("/readyz").json()
    assert (body["store"], body["models"]) == ("ok", {"svm": 1})


def test_what_arrives_is_what_was_uploaded_but_for_weights(root, tmp_path):
    look(root)
    for path in (tmp_path / "elsewhere/svm/v1").iterdir():
        assert (root / "svm/v1" / path.name).read_bytes() == path.read_bytes()
    shutil.copytree(SHIPPED / "mlp/v2", tmp_path / "elsewhere/mlp/v2")
    publishing.upload(objects.store(), tmp_path / "elsewhere")
    Promotion.objects.create(kind="mlp", version=2)
    look(root)
    assert not (root / "mlp/v2" / artifacts.WEIGHTS).exists()
    assert champions().classifiers["mlp"].version == 2


def test_a_promotion_elsewhere_is_fetched_and_then_answers(root):
    look(root)
    Promotion.objects.create(kind="svm", version=2)
    refresh()
    assert (answers(), reason()) == (1, "svm v2 is being fetched from the store.")
    assert readiness().status != "ready"
    look(root)
    assert answers() == 2


def test_a_version_that_is_here_already_needs_no_store(root, settings):
    shutil.copytree(SHIPPED / "svm/v1", root / "svm/v1")
    with store.refusing() as endpoint:
        use(settings, endpoint)
        refresh()
        assert answers() == 1


@pytest.mark.parametrize("file", ["model.onnx", "sidecar.json", "card.md", "manifest.json"])
def test_a_flipped_bit_is_refused_and_arrives_when_it_is_mended(root, uploaded, file, caplog):
    look(root)
    name = uploaded.name("svm/v2", file)
    before = uploaded.flip(name)
    Promotion.objects.create(kind="svm", version=2)
    look(root)
    assert answers() == 1
    assert reason() == f"{file} of svm v2 is damaged in the store: it has another SHA-256."
    assert readiness().status != "ready"
    assert not (root / "svm/v2").exists()
    look(root)
    assert len([line for line in caplog.messages if "is damaged" in line]) == 1, "it is said once"
    uploaded.write(name, before)
    look(root)
    assert answers() == 2


def test_a_bucket_cannot_pass_off_one_version_as_another(root, uploaded):
    """Files, manifest and names of version 1 stand where those of version 2 are expected."""
    for file in ("model.onnx", "sidecar.json", "manifest.json"):
        uploaded.write(uploaded.name("svm/v2", file), uploaded.read(uploaded.name("svm/v1", file)))
    look(root)
    Promotion.objects.create(kind="svm", version=2)
    look(root)
    assert answers() == 1
    assert "is damaged in the store" in reason()


def test_a_missing_object_is_named(root, uploaded):
    uploaded.delete(uploaded.name("svm/v1", "model.onnx"))
    look(root)
    assert "model.onnx is not in the store." in reason()


@pytest.mark.parametrize(
    "case",
    [
        (store.refusing, "it cannot be reached"),
        (store.hanging, "it does not answer in time"),
        (store.failing, "it answers 500"),
    ],
)
def test_without_the_store_the_champion_goes_on_and_says_why(root, uploaded, settings, caplog, case):
    broken, words = case
    look(root)
    with broken() as endpoint, impatient():
        use(settings, endpoint)
        pauses = [look(root) for _ in range(3)]
        assert words in store_trouble()
        assert readiness().status != "ready"
        assert operations.readyz(RequestFactory().get("/readyz")).content.decode().count(words)
        Promotion.objects.create(kind="svm", version=2)
        look(root)
        assert answers() == 1
        assert reason() == store_trouble()
        assert 1 <= pauses[0] <= 2 < pauses[2] <= 8
    assert len([line for line in caplog.messages if words in line]) == 1, "it is said once"
    use(settings, uploaded.endpoint)
    look(root)
    assert (answers(), store_trouble()) == (2, "")
    assert "The store of versions can be used again." in caplog.messages


def test_the_pause_grows_up_to_a_minute_and_differs_from_process_to_process():
    for failures, most in [(1, 2), (2, 4), (3, 8), (6, 60), (1000, 60)]:
        found = {arrivals.pause(failures) for _ in range(20)}
        assert len(found) > 1
        assert most / 2 <= min(found) <= max(found) <= most


def test_a_version_that_the_store_has_lost_is_told(root, uploaded):
    look(root)
    uploaded.delete(uploaded.name("svm/v1", "manifest.json"))
    look(root)
    assert store_trouble() == "svm v1 is no longer in the store: run `manage.py upload_versions` to restore it."
    assert (answers(), readiness().status) == (1, "degraded")


def test_whatever_goes_wrong_it_is_tried_again(root, monkeypatch, caplog):
    end, looks = threading.Event(), []
    found = answering._followed(root).arrivals

    def look_once(_: objects.Store) -> float:
        looks.append(1)
        if len(looks) == 2:
            end.set()
        raise ZeroDivisionError

    monkeypatch.setattr(found, "look", look_once)
    monkeypatch.setattr(arrivals, "LOOK", 0)
    found.follow(end)
    assert len(looks) == 2
    assert "The promoted versions could not be fetched from the store." in caplog.messages


def test_one_process_of_a_machine_fetches_at_a_time(root):
    with files.locked(root / LOCK):
        assert look(root) == arrivals.SHORT
        assert answers() is None
        assert reason() == "svm v1 is being fetched from the store."
    look(root)
    assert answers() == 1


def test_a_damaged_copy_here_is_mended(root):
    look(root)
    (root / "svm/v1/model.onnx").write_bytes(b"damaged")
    answering._followed.cache_clear()  # as a new process
    look(root)
    assert answers() == 1
    assert (root / "svm/v1/model.onnx").read_bytes() == (SHIPPED / "svm/v1/model.onnx").read_bytes()


def test_another_version_of_the_same_number_here_makes_room(root):
    """As of an image, whose number the site has given to a version of its own."""
    sidecar = dataclasses.replace(artifacts.read_sidecar(SHIPPED / "svm/v2"), version=1)
    shutil.copytree(SHIPPED / "svm/v2", root / "svm/v1")
    (root / "svm/v1/sidecar.json").write_text(json.dumps(sidecar.to_json()))
    write(root, {"svm": 1})
    before = manifests.read(root / "svm/v1")
    assert champions().classifiers["svm"].sidecar.sha256 == sidecar.sha256
    look(root)
    assert champions().classifiers["svm"].sidecar.sha256 == ModelVersion.objects.get(version=1).sha256
    assert manifests.read(root / f"svm/v1-other-{sidecar.sha256[:12]}") == before
    assert artifacts.published_versions(root, "svm") == [1]


def test_a_disk_that_is_full_is_told(root, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write", full)
    look(root)
    assert reason() == "A version cannot be written to MODELS_DIR: No space left on device."
    assert not list(root.glob("svm/.new-*"))


def test_what_is_wrong_with_one_kind_does_not_keep_another_away(root, monkeypatch, tmp_path):
    shutil.copytree(SHIPPED / "mlp/v2", tmp_path / "elsewhere/mlp/v2")
    publishing.upload(objects.store(), tmp_path / "elsewhere")
    Promotion.objects.create(kind="mlp", version=2)
    works = arrivals.fetch

    def fetch(remote: objects.Store, root: Path, wanted: Wanted) -> None:
        if wanted.kind == "mlp":  # it is the first one
            raise objects.StoreUnavailable(OSError("it answers 500"))
        works(remote, root, wanted)

    monkeypatch.setattr(arrivals, "fetch", fetch)
    look(root)
    assert answers() == 1
    assert store_trouble() == "The store of versions is unavailable: it answers 500."


def test_a_new_process_starts_with_what_answered_whatever_is_away(root, settings):
    look(root)
    Promotion.objects.create(kind="svm", version=2)
    look(root)
    answering._write_down(answering._followed(root))
    assert read_champions(root) == {"svm": 2}
    answering._followed.cache_clear()
    assert answers() == 2, "neither the database nor the store was asked"


def test_rows_of_versions_in_the_store_stay_where_they_are_not_here(root):
    answering.sync_model_versions()
    assert sorted(ModelVersion.objects.values_list("version", flat=True)) == [1, 2]


def test_a_row_of_the_store_is_not_changed_by_another_version_here(root):
    shutil.copytree(SHIPPED / "svm/v2", root / "svm/v1")
    before = ModelVersion.objects.values().get(version=1)
    answering.sync_model_versions()
    assert ModelVersion.objects.values().get(version=1) == before


@pytest.mark.django_db(transaction=True)
def test_threads_do_all_of_it(root, monkeypatch):
    connection.close()
    with following(monkeypatch):
        wait_for(lambda: answers() == 1)
        Promotion.objects.create(kind="svm", version=2)
        wait_for(lambda: answers() == 2)
    for thread in threading.enumerate():
        if thread.name == "store":
            answering._followed(root).arrivals._news.set()
            thread.join(30)
