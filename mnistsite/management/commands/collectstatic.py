"""`collectstatic`, which does nothing if nothing has changed."""

import hashlib
import inspect
from collections.abc import Iterator
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands import collectstatic
from django.core.files.storage import Storage

from mnistsite import apps, settings, storage

Named: TypeAlias = tuple[str, Path]

STAMP: Final = ".collected"  # in STATIC_ROOT
PACKAGES: Final = ("brotli", "django", "whitenoise")


class Command(collectstatic.Command):
    """Hashing and compressing take seconds of processor time; finding out that nothing has changed takes almost none.

    The stamp is a digest of everything that was read, including the code that did it, and of everything that was
    written. While both are the same, collecting again would change nothing.
    """

    def collect(self) -> dict[str, list[str]]:
        if self.dry_run:
            return super().collect()
        stamp = Path(self.storage.path(STAMP))
        if not self.clear and stamp.is_file() and stamp.read_bytes() == self._digest():
            return {"modified": [], "unmodified": [name for name, _ in self._sources()], "post_processed": []}
        collected: dict[str, list[str]] = super().collect()
        stamp.write_bytes(self._digest())
        return collected

    def delete_file(self, path: str, prefixed_path: str, source_storage: Storage) -> bool:
        """Copy every file. Django compares times, which are misleading after `cp -p` or two changes within a second."""
        if not self.dry_run:
            self.storage.delete(prefixed_path)
        return True

    def _digest(self) -> bytes:
        options = self.symlink, self.post_process, sorted(self.ignore_patterns), *map(version, PACKAGES)
        code = ((module.__name__, Path(inspect.getfile(module))) for module in (apps, settings, storage))
        files = chain(code, [("", Path(__file__))], self._sources(), self._written())
        lines = [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in files]
        return hashlib.sha256("\n".join([repr(options), *lines]).encode()).hexdigest().encode()

    def _sources(self) -> Iterator[Named]:
        for finder in get_finders():
            for path, source in finder.list(self.ignore_patterns):
                yield path, Path(source.path(path))

    def _written(self) -> Iterator[Named]:
        root = Path(self.storage.location)
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.name != STAMP:
                yield str(path.relative_to(root)), path
