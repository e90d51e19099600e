"""Objects are written once, under the name of their content."""

import pytest

from mnistsite import s3
from predictor.ml import manifests
from predictor.ml.errors import ArtifactError
from predictor.services.store import objects
from predictor.services.store.objects import NotInStore, StoreUnavailable
from tests import store
from tests.conftest import use

CONTENTS = {"model.onnx": b"a model", "sidecar.json": b"{}", "card.md": b"# About it\n"}


@pytest.fixture
def remote(bucket) -> objects.Store:
    found = objects.store()
    assert found
    return found


def test_without_the_setting_there_is_none():
    assert objects.store() is None


def test_files_are_stored_under_their_sha256_beside_a_manifest(remote, bucket):
    found = remote.put("svm", 2, CONTENTS)
    assert len(bucket.names()) == 4
    for file, content in CONTENTS.items():
        name = bucket.name("svm/v2", file)
        assert name == f"svm/v2/{found[file]['sha256']}-{file}"
        assert bucket.read(name) == content == remote.get("svm", 2, file, found[file])
    assert bucket.read(bucket.name("svm/v2", "manifest.json")) == manifests.to_json("svm", 2, found)
    assert remote.has("svm", 2, found)
    assert not remote.has("svm", 3, found)


def test_the_same_again_changes_nothing_and_leaves_no_renamed_copy(remote, bucket):
    remote.put("svm", 2, CONTENTS)
    before = {name: bucket.client.head_object(Bucket=store.BUCKET, Key=f"site/{name}") for name in bucket.names()}
    remote.put("svm", 2, CONTENTS)
    assert bucket.names() == [*before]
    for name, head in before.items():
        again = bucket.client.head_object(Bucket=store.BUCKET, Key=f"site/{name}")
        assert again["LastModified"] == head["LastModified"]


def test_an_object_with_another_content_is_not_overwritten(remote, bucket):
    remote.put("svm", 2, CONTENTS)
    name = bucket.name("svm/v2", "model.onnx")
    bucket.write(name, b"another one")
    with pytest.raises(ArtifactError, match=r"model.onnx is in the store with another content"):
        remote.put("svm", 2, CONTENTS)
    assert bucket.read(name) == b"another one"


def test_who_comes_a_moment_later_does_not_overwrite_either(remote, bucket, monkeypatch):
    """Both found that there is nothing yet."""
    found = remote.put("svm", 2, CONTENTS)
    name = bucket.name("svm/v2", "model.onnx")
    bucket.write(name, b"another one")
    monkeypatch.setattr(remote._storage, "exists", lambda _: False)
    with pytest.raises(ArtifactError, match="another content"):
        remote.put("svm", 2, CONTENTS)
    bucket.write(name, CONTENTS["model.onnx"])
    assert remote.put("svm", 2, CONTENTS) == found


def test_a_folder_as_store_keeps_no_renamed_copy(remote, settings, tmp_path, monkeypatch):
    settings.STORAGES = settings.STORAGES | {
        "models": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    folder = objects.store()
    folder.put("svm", 2, CONTENTS)
    before = sorted(tmp_path.rglob("*"))
    exists, asked = folder._storage.exists, set[str]()

    def not_yet(name: str) -> bool:
        """Somebody else stores it after it was first asked for."""
        was_asked = name in asked
        asked.add(name)
        return was_asked and exists(name)

    monkeypatch.setattr(folder._storage, "exists", not_yet)
    folder.put("svm", 2, CONTENTS)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("file", [*CONTENTS, "manifest.json"])
def test_a_flipped_bit_is_found(remote, bucket, file):
    found = remote.put("svm", 2, CONTENTS)
    bucket.flip(bucket.name("svm/v2", file))
    with pytest.raises(ArtifactError, match=rf"^{file} of svm v2 is damaged in the store"):
        _ = remote.get("svm", 2, file, found[file]) if file in found else remote.check_manifest("svm", 2, found)


def test_a_missing_object_is_named(remote, bucket):
    found = remote.put("svm", 2, CONTENTS)
    bucket.delete(bucket.name("svm/v2", "card.md"))
    with pytest.raises(NotInStore, match=r"card\.md is not in the store"):
        remote.get("svm", 2, "card.md", found["card.md"])


def test_a_version_is_deleted_with_what_a_slower_publisher_left(remote, bucket):
    remote.put("svm", 2, CONTENTS)
    remote.put("svm", 2, CONTENTS | {"card.md": b"of another machine"})
    remote.put("svm", 20, CONTENTS)
    assert remote.versions("svm") == {2, 20}
    remote.delete("svm", 2)
    remote.delete("svm", 3)
    assert remote.versions("svm") == {20}


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (store.refusing, "cannot be reached"),
        (store.hanging, "does not answer in time"),
        (store.failing, "it answers 500"),
    ],
)
def test_a_store_that_does_not_work_is_told_in_words(bucket, settings, monkeypatch, broken, words):
    short = {"read_timeout": 0.2} if broken is store.hanging else {}
    monkeypatch.setattr(s3, "CONFIG", s3.CONFIG.merge(s3.Config(**short, retries={"total_max_attempts": 1})))
    with broken() as endpoint:
        use(settings, endpoint)
        away = objects.store()
        for call in (
            lambda: away.put("svm", 1, CONTENTS),
            lambda: away.get("svm", 1, "card.md", manifests.describe(b"")),
            lambda: away.has("svm", 1, {}),
            lambda: away.versions("svm"),
        ):
            with pytest.raises(StoreUnavailable, match=f"^The store of versions is unavailable: .*{words}"):
                call()


def test_a_store_that_sends_byte_after_byte_is_given_up(bucket, settings, monkeypatch):
    monkeypatch.setattr(s3, "DEADLINE", 0.5)
    with store.dripping() as endpoint:
        use(settings, endpoint)
        with pytest.raises(StoreUnavailable, match=r"it has not sent svm/v1/.*-card\.md within 0 s"):
            objects.store().get("svm", 1, "card.md", manifests.describe(b""))


def test_an_object_that_ends_early_is_told(bucket, settings):
    with store.dripping(n=3) as endpoint:
        use(settings, endpoint)
        with pytest.raises(StoreUnavailable, match=r"it has sent 3 of the 1,000 bytes of svm/v1/"):
            objects.store().get("svm", 1, "card.md", manifests.describe(b""))


def test_an_object_that_is_too_large_is_not_read(remote, monkeypatch):
    found = remote.put("svm", 2, CONTENTS)
    monkeypatch.setattr(s3, "MOST", 5)
    with pytest.raises(StoreUnavailable, match=r"-model\.onnx has 7 bytes"):
        remote.get("svm", 2, "model.onnx", found["model.onnx"])


def test_a_bucket_that_does_not_exist_is_no_missing_file(bucket, settings):
    settings.STORAGES["models"]["OPTIONS"]["bucket_name"] = "elsewhere"
    settings.STORAGES = {**settings.STORAGES}
    with pytest.raises(StoreUnavailable, match="it has no bucket of that name"):
        objects.store().get("svm", 1, "card.md", manifests.describe(b""))
