"""Publishing and uploading with a store that several machines share: each is a MODELS_DIR of its own here."""

import shutil
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection

from predictor.ml import artifacts
from predictor.ml.champions import promote as write
from predictor.ml.errors import ArtifactError
from predictor.models import ModelVersion, Promotion
from predictor.services.answering.champions import champions, refresh, sync_model_versions
from predictor.services.learning import publishing
from predictor.services.learning.promotions import promote, promote_all, synchronise
from predictor.services.learning.pruning import prunable, prune_versions
from predictor.services.learning.publishing import publish, upload, upload_rest
from predictor.services.store import fetching, objects, rows, versions
from predictor.services.store.objects import Store, StoreUnavailable
from predictor.services.store.rows import row_of
from tests import store
from tests.conftest import SHIPPED, use
from tests.ml import tiny

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine(settings, bucket, tmp_path):
    """Go to the machine of this name."""

    def go(name: str) -> Path:
        settings.MODELS_DIR = tmp_path / name
        settings.MODELS_DIR.mkdir(exist_ok=True)
        return settings.MODELS_DIR

    return go


@pytest.fixture
def remote(bucket) -> Store:
    found = objects.store()
    assert found
    return found


def train(root: Path, seed: int = 0) -> int:
    described = tiny.sidecar(seed=seed)
    return publish(root, described, tiny.artifact(seed), lambda sidecar: {"card.md": b"v%d" % sidecar.version}).version


def stored(kind: str = "svm") -> list[int]:
    return sorted(ModelVersion.objects.filter(kind=kind, files__isnull=False).values_list("version", flat=True))


def test_a_version_is_in_the_store_in_the_table_and_here(machine, bucket):
    root = machine("a")
    assert train(root) == 1
    assert stored() == artifacts.published_versions(root, "svm") == [1]
    assert (root / "svm/v1/card.md").read_bytes() == bucket.read(bucket.name("svm/v1", "card.md")) == b"v1"
    row = ModelVersion.objects.get()
    assert row.sha256 == row.files["model.onnx"]["sha256"] == tiny.sha256(tiny.artifact())


def test_machines_count_on_from_each_other(machine):
    assert [train(machine(name), seed) for seed, name in enumerate("abba")] == [1, 2, 3, 4]


@pytest.mark.django_db(transaction=True)
def test_two_that_publish_at_once_get_two_numbers(machine, bucket, monkeypatch):
    """Both have found the same next number."""
    first, second = machine("a"), machine("b")
    both, upload_all = threading.Barrier(2, timeout=30), Store.put

    def at_once(self: Store, kind: str, version: int, contents: object) -> object:
        if version == 1:
            both.wait()
        return upload_all(self, kind, version, contents)

    monkeypatch.setattr(Store, "put", at_once)
    numbers: list[int] = []

    def run(root: Path, seed: int) -> None:
        numbers.append(train(root, seed))
        connection.close()

    threads = [threading.Thread(target=run, args=each) for each in ((first, 1), (second, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(numbers) == stored() == [1, 2]
    for root in (first, second):
        (version,) = artifacts.published_versions(root, "svm")
        sidecar = artifacts.read_sidecar(root / f"svm/v{version}")
        assert sidecar.version == version
        assert (root / f"svm/v{version}/card.md").read_bytes() == b"v%d" % version
        assert sidecar.sha256 == ModelVersion.objects.get(version=version).sha256


def test_what_one_machine_promotes_answers_on_another(machine):
    train(machine("a"))
    promote("svm", 1)
    root = machine("b")
    versions.fetch(publishing.promotions.in_store({"svm": 1}))
    assert refresh().classifiers["svm"].version == 1
    assert artifacts.published_versions(root, "svm") == [1]


@pytest.mark.parametrize("broken", [store.refusing, store.failing])
def test_if_the_store_is_away_nothing_is_published_or_promoted(machine, settings, monkeypatch, caplog, broken):
    root = machine("a")
    monkeypatch.setattr(publishing, "PAUSES", (0, 0))
    with broken() as endpoint:
        use(settings, endpoint)
        with pytest.raises(StoreUnavailable, match=r"^The store of versions is unavailable: "):
            train(root)
    assert len([line for line in caplog.messages if "Trying again" in line]) == 2
    assert artifacts.published_versions(root, "svm") == stored() == []


def test_it_is_published_when_the_store_comes_back(machine, bucket, settings, monkeypatch):
    root = machine("a")
    with store.refusing() as endpoint:
        use(settings, endpoint)
        storage, away = objects.store()._storage, publishing.log.warning

        def back(*words: object) -> None:
            away(*words)
            storage.endpoint_url, storage._connections = bucket.endpoint, threading.local()

        monkeypatch.setattr(publishing, "PAUSES", (0,))
        monkeypatch.setattr(publishing.log, "warning", back)
        assert train(root) == 1
    assert stored() == [1]


@pytest.mark.parametrize("call", ["exists", "save"])
def test_a_store_that_fails_once_loses_nothing(machine, settings, monkeypatch, call):
    """At whichever question; version 1 was uploaded before."""
    root = machine("a")
    train(root)
    storage = type(objects.store()._storage)
    asked, works = [], getattr(storage, call)

    def once(*given: object) -> object:
        asked.append(given)
        if len(asked) == 1:
            raise ConnectionError("it cannot be reached")
        return works(*given)

    monkeypatch.setattr(storage, call, once)
    monkeypatch.setattr(publishing, "PAUSES", (0,))
    assert train(root, 1) == 2
    assert stored() == [1, 2]
    assert len(asked) > 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_next", "claim"])
def test_a_database_that_is_away_for_a_moment_loses_nothing(machine, monkeypatch, step):
    asked, works = [], getattr(publishing, step)

    def once(*given: object) -> object:
        """The second time, what was written is there, although nobody was told."""
        asked.append(given)
        found = works(*given)
        if len(asked) == 1:
            raise OperationalError("gone")
        return found

    monkeypatch.setattr(publishing, step, once)
    monkeypatch.setattr(publishing, "PAUSES", (0,))
    assert train(machine("a")) == 1
    assert stored() == [1]
    assert len(asked) == 2


def test_a_row_that_the_database_refuses_ends_it(machine, monkeypatch):
    monkeypatch.setattr(rows, "row_of", lambda sidecar: row_of(sidecar) | {"base": None})
    with pytest.raises(IntegrityError):
        train(machine("a"))


def test_numbers_that_are_taken_again_and_again_end_it(machine, monkeypatch):
    monkeypatch.setattr(publishing, "ATTEMPTS", 2)
    monkeypatch.setattr(publishing, "claim", lambda *_: False)
    with pytest.raises(ArtifactError, match=r"^svm could not be published: 2 numbers were given to other versions"):
        train(machine("a"))


def test_a_version_that_cannot_be_written_here_is_published_all_the_same(machine, monkeypatch, caplog):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    root = machine("a")
    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "install", full)
        assert train(root) == 1
    assert "svm v1 is published, but cannot be written to MODELS_DIR: No space left on device." in caplog.messages
    assert (stored(), artifacts.published_versions(root, "svm")) == ([1], [])
    assert promote("svm", 1).version == 1


def test_a_version_that_is_only_in_the_store_is_fetched_and_promoted(machine):
    train(machine("a"))
    root = machine("b")
    assert promote("svm", "v1").version == 1
    assert champions().classifiers["svm"].version == 1
    assert artifacts.published_versions(root, "svm") == [1]


def test_without_the_store_it_is_not_promoted_and_nobody_waits_for_long(machine, settings, monkeypatch):
    train(machine("a"))
    machine("b")
    monkeypatch.setattr(versions, "DEADLINE", 0.3)
    with store.hanging() as endpoint:
        use(settings, endpoint)
        with pytest.raises(StoreUnavailable, match="it has not answered within 0 s"):
            promote("svm", 1)
    assert not Promotion.objects.exists()


def test_an_evaluation_says_that_the_store_is_away(machine, settings):
    train(machine("a"))
    machine("b")
    with store.refusing() as endpoint:
        use(settings, endpoint)
        with pytest.raises(CommandError, match=r"^The store of versions is unavailable: "):
            call_command("evaluate", "--models", "svm=1")


def test_nobody_waits_for_long_for_another_process_that_fetches(machine, monkeypatch):
    train(machine("a"))
    root = machine("b")
    monkeypatch.setattr(versions, "DEADLINE", 0.3)
    with artifacts.files.locked(root / fetching.LOCK), pytest.raises(StoreUnavailable):
        promote("svm", 1)


def test_a_version_that_is_damaged_in_the_store_is_not_promoted(machine, bucket):
    train(machine("a"))
    machine("b")
    bucket.flip(bucket.name("svm/v1", "model.onnx"))
    with pytest.raises(ArtifactError, match="is damaged in the store"):
        promote("svm", 1)
    assert not Promotion.objects.exists()


def test_a_version_that_only_this_machine_has_is_not_promoted(machine):
    root = machine("a")
    tiny.publish(root)
    with pytest.raises(ArtifactError, match=r"svm v1 is not in the store: run `manage.py upload_versions` first\."):
        promote("svm", 1)


# Uploading what a directory has.


@pytest.fixture
def image(tmp_path) -> Path:
    """The versions of an image, of which svm v2 and mlp v3 are champions."""
    root = tmp_path / "image"
    for version in ("svm/v1", "svm/v2", "mlp/v3"):
        shutil.copytree(SHIPPED / version, root / version, ignore=shutil.ignore_patterns("*.png"))
    write(root, {"svm": 2, "mlp": 3})
    return root


def test_the_first_deployment_uploads_and_promotes(machine, remote, image):
    root = machine("a")
    done = publishing.introduce(remote, image)
    assert done.versions == [("mlp", 3), ("svm", 1), ("svm", 2)]
    assert sorted(done.promoted) == [("mlp", 3), ("svm", 2)]
    assert (stored(), stored("mlp")) == ([1, 2], [3])
    assert champions().classifiers["svm"].version == 2
    assert artifacts.published_versions(root, "svm") == [2], "only what was promoted is fetched"
    again = publishing.introduce(remote, image)
    assert (again.versions, again.taken, again.promoted) == ([], [], [])


def test_a_release_uploads_what_is_newer_and_promotes_nothing(machine, remote, image):
    machine("a")
    publishing.introduce(remote, image)
    shutil.copytree(SHIPPED / "svm/v3", image / "svm/v3")
    write(image, {"svm": 3})
    done = publishing.introduce(remote, image)
    assert (done.versions, done.promoted) == ([("svm", 3)], [])
    assert champions().classifiers["svm"].version == 2


def test_a_number_that_is_taken_is_left_out(machine, remote, image, tmp_path):
    machine("a")
    publishing.introduce(remote, image)
    before = ModelVersion.objects.get(kind="svm", version=2).files
    other = tmp_path / "other"
    for seed in (5, 6):
        tiny.publish(other, seed=seed)
    assert upload(remote, other).taken == [("svm", 1), ("svm", 2)]
    assert ModelVersion.objects.get(kind="svm", version=2).files == before


def test_weights_are_uploaded_by_whoever_has_them_and_fetched_for_training(machine, remote, image, bucket):
    (image / "mlp/v3" / artifacts.WEIGHTS).unlink()  # as in the image that serves
    root = machine("a")
    publishing.introduce(remote, image)
    synchronise()
    assert not (root / "mlp/v3" / artifacts.WEIGHTS).exists()
    shutil.copy(SHIPPED / "mlp/v3" / artifacts.WEIGHTS, image / "mlp/v3")
    assert upload(remote, image) == publishing.Uploaded()
    synchronise()
    assert (root / "mlp/v3" / artifacts.WEIGHTS).read_bytes() == (SHIPPED / "mlp/v3" / artifacts.WEIGHTS).read_bytes()


def test_what_was_lost_in_the_store_is_uploaded_again(machine, remote, image, bucket):
    machine("a")
    publishing.introduce(remote, image)
    names = bucket.names()
    remote.delete("svm", 2)
    assert upload(remote, image) == publishing.Uploaded(again=[("svm", 2)])
    assert bucket.names() == names


def test_a_run_uploads_first_what_nobody_has_uploaded(machine, image):
    root, said = machine("a"), []
    shutil.copytree(image, root, dirs_exist_ok=True)
    upload_rest(root, ["svm"], said.append)
    assert (stored(), stored("mlp"), said) == ([1, 2], [], [])
    assert train(root) == 3
    assert stored() == [1, 2, 3]


def test_a_damaged_old_version_is_reported_and_does_not_stop_a_new_one(machine, image):
    root, said = machine("a"), []
    shutil.copytree(image, root, dirs_exist_ok=True)
    (root / "svm/v1/model.onnx").write_bytes(b"?")
    upload_rest(root, ["svm", "mlp"], said.append)
    (line,) = said
    assert line.startswith("svm: versions that only this machine has could not be uploaded: svm/v1/model.onnx")
    assert stored("mlp") == [3]
    assert train(root) == 3


def test_weights_that_are_stored_are_not_read_again(machine, remote, image, monkeypatch):
    machine("a")
    upload(remote, image)
    monkeypatch.setattr(Store, "_read", None)
    assert upload(remote, image) == publishing.Uploaded()


def test_a_version_whose_row_was_lost_gets_it_back_if_it_is_the_same(machine, remote, image, bucket):
    """As after a former release of the site has deleted rows that it did not know."""
    machine("a")
    publishing.introduce(remote, image)
    before, names = ModelVersion.objects.values().get(kind="svm", version=1), bucket.names()
    ModelVersion.objects.get(kind="svm", version=1).delete()
    assert upload(remote, image) == publishing.Uploaded(), "a run does not"
    card = image / "svm/v1/card.md"
    content = card.read_bytes()
    card.write_bytes(b"another one")
    assert publishing.introduce(remote, image) == publishing.Uploaded()
    card.write_bytes(content)
    assert publishing.introduce(remote, image) == publishing.Uploaded(restored=[("svm", 1)])
    assert ModelVersion.objects.values().get(kind="svm", version=1) | {"id": before["id"]} == before
    assert bucket.names() == names


def test_a_damaged_version_is_not_uploaded(remote, image):
    (image / "svm/v2/model.onnx").write_bytes(b"?")
    with pytest.raises(ArtifactError, match=r"svm/v2/model\.onnx"):
        upload(remote, image)
    assert stored() == [1]


# Pruning.


def test_pruning_reaches_the_store_and_does_not_come_back(machine, bucket):
    first, second = machine("a"), machine("b")
    machine("a")
    for seed in range(6):
        train(first, seed)
    for version in (2, 3, 4):
        promote("svm", version)
    shutil.copytree(first / "svm/v1", second / "svm/v1")
    assert prunable() == [("svm", 1), ("svm", 5)]
    assert prune_versions() == [("svm", 1), ("svm", 5)]
    assert stored() == artifacts.published_versions(first, "svm") == [2, 3, 4, 6]
    assert {name.split("/")[1] for name in bucket.names()} == {"v2", "v3", "v4", "v6"}
    machine("b")
    sync_model_versions()
    assert stored() == [2, 3, 4, 6], "what is left of version 1 here gets no row"
    assert versions.numbers("svm") == [2, 3, 4, 6]
    assert publishing.introduce(objects.store(), second) == publishing.Uploaded()
    assert prune_versions() == [("svm", 1)]


def test_what_a_killed_publisher_has_left_is_pruned(machine, remote):
    root = machine("a")
    remote.put("svm", 1, {"sidecar.json": b"{}"})
    assert train(root) == 1
    remote.put("svm", 2, {"sidecar.json": b"{}"})
    assert prunable() == [], "somebody may be publishing it"
    row = ModelVersion.objects.get()
    row.pk, row.version = None, 3
    row.save()
    assert prune_versions() == [("svm", 1), ("svm", 2)]
    assert remote.versions("svm") == set()


def test_a_version_that_was_deleted_meanwhile_is_not_promoted(machine):
    train(machine("a"))
    ModelVersion.objects.all().delete()
    shutil.rmtree(machine("a") / "svm/v1")
    with pytest.raises(ArtifactError):
        promote_all({"svm": 1})


def test_without_a_store_all_is_as_before(models_dir):
    assert publish(models_dir, tiny.sidecar(), tiny.artifact()).version == 1
    assert artifacts.read_sidecar(models_dir / "svm/v1").version == 1
    assert not ModelVersion.objects.exists()


# A store that was given up, or a shell in which it is not set.


@pytest.fixture
def without(machine, settings) -> Path:
    """A machine without the store, in which versions 1 and 3 of svm are; it has version 1, and another version 2."""
    root = machine("a")
    train(root)
    train(machine("b"), 1)
    train(machine("b"), 2)
    ModelVersion.objects.get(version=2).delete()
    machine("a")
    tiny.publish(root, seed=5)
    settings.MODELS_STORE = None
    return root


def test_without_the_store_its_rows_stay_and_local_versions_have_theirs(without):
    before = list(ModelVersion.objects.values())
    sync_model_versions()
    assert list(ModelVersion.objects.exclude(version=2).values()) == before
    assert ModelVersion.objects.get(version=2).sha256 == tiny.sha256(tiny.artifact(5))
    assert versions.numbers("svm") == [1, 2]
    assert promote("svm", 2).version == 2
    assert promote("svm", 1).version == 1


def test_without_the_store_no_number_is_given_twice(without):
    assert train(without, 6) == 4
    assert promote("svm", 4).version == 4
    assert stored() == [1, 3]


def test_without_the_store_a_version_is_not_promoted_as_another(without):
    tiny.publish(without, seed=6)
    with pytest.raises(ArtifactError, match=r"^svm v3 in MODELS_DIR is another one than in the store"):
        promote("svm", 3)
    assert not Promotion.objects.exists()
