"""Pen strokes from UCI's archive, or from a copy of it, written as files that `evaluate --strokes` reads."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from urllib.request import Request, urlopen

from predictor.ml import files
from predictor.training.errors import DatasetError

TIMEOUT = 30  # seconds without a byte
CHUNK = 65_536


@dataclass(frozen=True)
class Archive:
    """Where a file is to be had, its size in bytes, and its SHA-256 in hexadecimal."""

    url: str
    size: int
    sha256: str


# Size and SHA-256 are those that other public projects have pinned.
PENDIGITS = Archive(
    url="https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip",
    size=1_668_118,
    sha256="1e02bea023613c2b11c9492f6f34caf975420455934f3527d270cee9a1f03b64",
)


def fetch_strokes(
    *, directory: Path, source: Path | None = None, report: Callable[[str], None], progress: Callable[[str], None]
) -> None:
    """Write UCI's pen digits to `directory`, one file of strokes for each of its two groups of people, or neither.

    Args:
        directory: made if it is not there.
        source: UCI's ZIP archive or the directory that it was unpacked to; without it the archive is downloaded.
        report: told what begins, and of each file that was written.
        progress: told how much has come, again and again.

    Raises:
        DatasetError: the archive could not be had, or is not what UCI published.
        OSError: the files could not be written.
    """
    from predictor.training import unipen

    if source:
        lines = unipen.convert(source, str(source))
    else:
        report(f"Downloading {PENDIGITS.url} …")
        lines = unipen.convert(BytesIO(_download(PENDIGITS, progress)), PENDIGITS.url)
    packed = {directory / name: gzip.compress("\n".join([*each, ""]).encode(), mtime=0) for name, each in lines.items()}
    _publish(directory, packed)
    for path, each in zip(packed, lines.values(), strict=True):
        report(f"{path}: {len(each):,} digits")


def _download(archive: Archive, progress: Callable[[str], None]) -> bytes:
    content = b""
    try:
        request = Request(archive.url, headers={"User-Agent": "draw-a-digit"})  # noqa: S310  the URL is ours
        with urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            while len(content) <= archive.size and (chunk := answer.read(CHUNK)):
                content += chunk
                progress(f"{len(content) / 1e6:.1f} of {archive.size / 1e6:.1f} MB")
    except (OSError, HTTPException) as error:
        raise DatasetError(f"{archive.url} cannot be downloaded: {error}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != archive.sha256:
        raise DatasetError(
            f"{archive.url} is not the archive that is known: {len(content):,} bytes of "
            f"{answer.headers.get_content_type()} with SHA-256 {sha256[:8]}…, not {archive.size:,} with "
            f"{archive.sha256[:8]}…. If it was packed anew, download it by hand and give it with --from: "
            "the digits in it are checked by themselves."
        )
    return content


def _publish(directory: Path, contents: Mapping[Path, bytes]) -> None:
    """Write files of a directory aside, and put them in their places once all are written."""
    directory.mkdir(parents=True, exist_ok=True)
    asides = {path.with_name(f".{path.name}.new"): path for path in contents}
    try:
        for aside, path in asides.items():
            files.write(aside, contents[path])
        for aside, path in asides.items():
            aside.replace(path)
    except BaseException:
        for aside in asides:
            aside.unlink(missing_ok=True)
        raise
    files.flush(directory)
