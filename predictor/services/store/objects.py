"""The store of published versions: objects that are written once, under names that hold their SHA-256."""

from typing import Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from predictor.ml import manifests
from predictor.ml.artifacts import MANIFEST
from predictor.ml.errors import ArtifactError
from predictor.ml.manifests import Contents, Described, Files

NAME: Final = "models"  # in STORAGES


class StoreUnavailable(OSError):
    """The store cannot be reached, or refuses; what was asked of it may succeed later."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"The store of versions is unavailable: {error}.")


class NotInStore(ArtifactError):
    """An object that should be in the store is not."""


class Store:
    """Django's storage of that name; its OSErrors are told in words."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def put(self, kind: str, version: int, contents: Contents) -> Files:
        """Store the files of a version, then its manifest; what is there already is compared. Returns what they are.

        Raises:
            ArtifactError: an object of this name has another content.
            StoreUnavailable: the store does not answer, or refuses.
        """
        found = manifests.described(contents)
        for file, content in contents.items():
            self.put_file(kind, version, file, content)
        self._put(*manifests.manifest(kind, version, found))
        return found

    def put_file(self, kind: str, version: int, file: str, content: bytes) -> None:
        """Store one file: see `put`."""
        self._put(manifests.name(kind, version, file, manifests.describe(content)["sha256"]), content)

    def get(self, kind: str, version: int, file: str, what: Described) -> bytes:
        """A file of a version, checked.

        Raises:
            NotInStore: it is missing.
            ArtifactError: it is damaged.
            StoreUnavailable: the store does not answer, or refuses.
        """
        content = self._read(manifests.name(kind, version, file, what["sha256"]))
        if manifests.describe(content) != what:
            raise ArtifactError(f"{file} of {kind} v{version} is damaged in the store: it has another SHA-256.")
        return content

    def check_manifest(self, kind: str, version: int, files: Files) -> None:
        """Raises as `get` does if the manifest of a version is not what its row says."""
        name, content = manifests.manifest(kind, version, files)
        if self._read(name) != content:
            raise ArtifactError(f"{MANIFEST} of {kind} v{version} is damaged in the store: it has another SHA-256.")

    def has(self, kind: str, version: int, files: Files) -> bool:
        """Whether the manifest of a version is there; also a cheap way to find out whether the store answers."""
        return self._exists(manifests.manifest(kind, version, files)[0])

    def has_file(self, kind: str, version: int, file: str, what: Described) -> bool:
        """Whether there is an object of this name; it may be damaged."""
        return self._exists(manifests.name(kind, version, file, what["sha256"]))

    def versions(self, kind: str) -> set[int]:
        """The versions of a kind of which there is something, even if they were never published."""
        try:
            names = self._storage.listdir(kind)[0]
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise StoreUnavailable(error) from error
        return {int(name[1:]) for name in names if name[:1] == "v" and name[1:].isdecimal()}

    def delete(self, kind: str, version: int) -> None:
        """Delete all objects of a version, those of a publisher that was too slow to get the number, too."""
        directory = f"{kind}/v{version}"
        try:
            for name in self._storage.listdir(directory)[1]:
                self._storage.delete(f"{directory}/{name}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreUnavailable(error) from error

    def _exists(self, name: str) -> bool:
        try:
            return self._storage.exists(name)
        except OSError as error:
            raise StoreUnavailable(error) from error

    def _put(self, name: str, content: bytes) -> None:
        try:
            if self._save(name, content):
                return
        except OSError as error:
            raise StoreUnavailable(error) from error
        if self._read(name) != content:
            raise ArtifactError(f"{name} is in the store with another content: it is damaged there.")

    def _save(self, name: str, content: bytes) -> bool:
        """Whether it was stored; it is not if there is an object of this name, and then no renamed copy is left."""
        if self._storage.exists(name):
            return False
        try:
            saved = self._storage.save(name, ContentFile(content))
        except FileExistsError:  # somebody else was faster
            return False
        if saved != name:
            self._storage.delete(saved)
        return saved == name

    def _read(self, name: str) -> bytes:
        try:
            with self._storage.open(name) as file:
                content: bytes = file.read()
                return content
        except FileNotFoundError as error:
            raise NotInStore(f"{name} is not in the store.") from error
        except OSError as error:
            raise StoreUnavailable(error) from error


def store() -> Store | None:
    """The store, if there is one besides MODELS_DIR."""
    return Store(storages[NAME]) if settings.MODELS_STORE else None
