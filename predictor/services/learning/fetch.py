"""Fetch pen strokes from UCI's archive, or from a copy of it, as files that `evaluate --strokes` reads."""

import gzip
import hashlib
from collections.abc import Callable
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
    """A file to download: where it is, its size in bytes, and its SHA-256 in hexadecimal."""

    url: str
    size: int
    sha256: str


# Size and SHA-256 as other public projects have pinned them.
PENDIGITS = Archive(
    url="https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip",
    size=1_668_118,
    sha256="1e02bea023613c2b11c9492f6f34caf975420455934f3527d270cee9a1f03b64",
)


def fetch_strokes(
    *, directory: Path, source: Path | None = None, report: Callable[[str], None], progress: Callable[[str], None]
) -> None:
    """Write UCI's pen digits to `directory`: both files of strokes, one for each group of writers, or neither.

    Args:
        directory: created if it does not exist.
        source: UCI's ZIP archive or the directory that it was unpacked to; without it the archive is downloaded.
        report: called with a line when the download starts, and for each file that was written.
        progress: called repeatedly with the amount that has been downloaded.

    Raises:
        DatasetError: the archive could not be downloaded, or is not what UCI published.
        OSError: the files could not be written.
    """
    from predictor.training.data import unipen

    files.sweep([directory / part.target for part in unipen.PARTS])
    if source:
        lines = unipen.convert(source, str(source))
    else:
        report(f"Downloading {PENDIGITS.url} …")
        lines = unipen.convert(BytesIO(_download(PENDIGITS, progress)), PENDIGITS.url)
    packed = {directory / name: gzip.compress("\n".join([*each, ""]).encode(), mtime=0) for name, each in lines.items()}
    directory.mkdir(parents=True, exist_ok=True)
    with files.replacing(list(packed)) as opened:
        for file, content in zip(opened, packed.values(), strict=True):
            file.write(content)
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
            f"{archive.url} is not the known archive: {len(content):,} bytes of "
            f"{answer.headers.get_content_type()} with SHA-256 {sha256[:8]}…, not {archive.size:,} with "
            f"{archive.sha256[:8]}…. If it was repacked, download it by hand and pass it with --from: "
            "the digits in it are checked separately."
        )
    return content
