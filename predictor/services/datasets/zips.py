"""ZIP archives that are streamed. `zipfile` would hold half a kilobyte of memory for each of a million pictures.

https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3 and 4.5.3.
"""

import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Self

from predictor.training.errors import DatasetError

BLOCK: Final = 65_536
STORED, DEFLATED = 0, 8
PLAIN, ZIP64 = 20, 45  # the version of the format that a reader must support
NEW_YEAR: Final = 0x21  # 1980-01-01, so that the same drawings give the same archive
MODE: Final = 0o100644 << 16
# A value that does not fit into its original field is all ones there, and in full in the ZIP64 fields.
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF
ZIP64_ENTRIES: Final = MAX_16  # the number of entries that needs ZIP64
ZIP64_BYTES: Final = MAX_32  # the size or offset that needs ZIP64

# What reading a damaged or encrypted archive raises.
UNREADABLE: Final = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)


def opened(path: Path) -> zipfile.ZipFile:
    """Open an archive; raises DatasetError if it is not one."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise DatasetError(f"{path} is not a ZIP archive, or is truncated: {error}.") from error


def entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> IO[bytes]:
    """Open an entry; raises OSError if it is neither stored nor deflated.

    A kilobyte of bzip2 or LZMA may unpack to gigabytes before `zipfile` returns the first byte.
    """
    if info.compress_type not in (STORED, DEFLATED):
        raise OSError("its compression method is not deflate")
    return archive.open(info)


class ZipWriter:
    """A context manager; its methods return the bytes of the archive in order."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryFile()  # noqa: SIM115  closed by the `with`
        self._entries = self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._directory.close()

    def add_stored(self, name: str, content: bytes) -> bytes:
        """An entry that compression would not make smaller."""
        return self._begin(name, STORED, zlib.crc32(content), len(content), len(content)) + content

    def add_deflated(self, name: str, file: "Deflated") -> Iterator[bytes]:
        """An entry that is deflated already."""
        yield self._begin(name, DEFLATED, file.crc, file.finish(), file.size)
        yield from _blocks(file.content)

    def finish(self) -> Iterator[bytes]:
        start, size, entries = self._written, self._directory.tell(), self._entries
        yield from _blocks(self._directory)
        if entries >= ZIP64_ENTRIES or max(start, size) >= ZIP64_BYTES:
            yield struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, ZIP64, ZIP64, 0, 0, entries, entries, size, start)
            yield struct.pack("<IIQI", 0x07064B50, 0, start + size, 1)
        entries, size, start = min(entries, MAX_16), min(size, MAX_32), min(start, MAX_32)
        yield struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, entries, entries, size, start, 0)

    def _begin(self, name: str, method: int, crc: int, packed: int, size: int) -> bytes:
        """The entry's header; the directory at the end of the archive gets one too."""
        encoded = name.encode("ascii")
        version, (plain, short), extra = _fitted(size, packed)
        common = (0, method, 0, NEW_YEAR, crc)
        header = struct.pack("<IHHHHHIIIHH", 0x04034B50, version, *common, short, plain, len(encoded), len(extra))
        header += encoded + extra
        version, (plain, short, place), extra = _fitted(size, packed, self._written)
        lengths = (len(encoded), len(extra), 0)
        self._directory.write(
            struct.pack("<IHHHHHHIII", 0x02014B50, 3 << 8 | version, version, *common, short, plain)
            + struct.pack("<HHHHHII", *lengths, 0, 0, MODE, place)
            + encoded
            + extra
        )
        self._entries += 1
        self._written += len(header) + packed
        return header


class Deflated:
    """A text of any length, deflated into a temporary file first, as an entry's header gives its length."""

    def __init__(self, content: IO[bytes]) -> None:
        self.content, self.crc, self.size = content, 0, 0
        self._packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)

    def write(self, text: bytes) -> None:
        self.crc, self.size = zlib.crc32(text, self.crc), self.size + len(text)
        self.content.write(self._packer.compress(text))

    def finish(self) -> int:
        """Returns the deflated length."""
        self.content.write(self._packer.flush())
        return self.content.tell()


def _fitted(*numbers: int) -> tuple[int, list[int], bytes]:
    """The version that these numbers need, the values of their fields, and the ZIP64 field with large numbers."""
    if max(numbers) < ZIP64_BYTES:
        return PLAIN, list(numbers), b""
    extra = struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers)
    return ZIP64, [MAX_32] * len(numbers), extra


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(BLOCK):
        yield block
