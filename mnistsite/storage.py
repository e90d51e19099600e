"""Compressed static files with their content's hash in their names, which browsers may cache for ever."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import brotli
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.urls import get_script_prefix
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

SUFFIXES: Final = (".br", ".gz")
LARGE: Final = 100_000  # bytes; the page's own files are smaller, Swagger and jQuery are larger


class QuickCompressor(Compressor):
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """At brotli's highest quality, 11, the large files would take ten times as long for a tenth fewer bytes."""
        compressed: bytes = brotli.compress(data, quality=9 if len(data) > LARGE else 11)
        return compressed


class StaticStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True  # without it, imports between modules keep their unhashed names

    # A file may name its source map, which is not collected.
    patterns = tuple(
        (files, tuple(pattern for pattern in patterns if "sourceMappingURL" not in str(pattern)))
        for files, patterns in HashedFilesMixin.patterns
    )

    def create_compressor(self, **options: Any) -> Compressor:
        return QuickCompressor(**options)

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Compress only the file with the hash: the other one is for the error page 500, and brotli is slow."""
        hashed = paths & set(self.hashed_files.values())
        for name in paths - hashed:
            for suffix in SUFFIXES:
                Path(self.path(name + suffix)).unlink(missing_ok=True)  # WhiteNoise would serve it for a new file
        yield from super().compress_files(hashed)

    def url(self, name: str | None, force: bool = False) -> str:
        """Below the path that this request was served at; Django would fix STATIC_URL at the first request."""
        return f"{get_script_prefix().rstrip('/')}{super().url(name, force)}"
