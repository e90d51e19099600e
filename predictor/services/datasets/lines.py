"""Lines of text, in any encoding and with any line endings that other programs write."""

import codecs
import io
from collections.abc import Generator
from typing import IO, Final, TypeAlias

Lines: TypeAlias = Generator[str, None, None]

BYTE_ORDER_MARKS: Final = {  # the longer ones first: UTF-32's begins with UTF-16's
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8-sig",
}


def read_lines(file: IO[bytes], longest: int) -> Lines:
    """Lines with their endings, from the start of the file, each cut off after `longest` characters.

    The encoding is UTF-8 unless a byte order mark says otherwise; invalid bytes are replaced. A replacement character
    also ends a line that was cut off, so that half a number is not taken for a number.
    """
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if start.startswith(mark)), "utf-8")
    text = io.TextIOWrapper(file, encoding, errors="replace", newline="")
    try:
        while line := text.readline(longest):
            rest = line
            while len(rest) == longest and rest[-1] not in "\r\n":
                rest = text.readline(longest)
            yield line if rest is line else f"{line}\N{REPLACEMENT CHARACTER}"
    finally:
        text.detach()  # otherwise it would close the file
