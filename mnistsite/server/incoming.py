"""A request that is still arriving: how much of it is there, and whether that is all."""

import re
import tempfile
import time
from io import BytesIO
from typing import IO, Final

MAX_HEAD: Final = 64 * 1024  # bytes before the empty line
MAX_BODY: Final = 21 * 1024 * 1024  # bytes; the site takes a little less
MAX_IN_MEMORY: Final = 2 * 1024 * 1024  # bytes of a body; a longer one is written to a temporary file
MAX_DISCARDED: Final = 32 * 1024 * 1024  # bytes of a longer body, whose client should get to read the refusal
SILENCE: Final = 10.0  # seconds between two bytes
DURATION: Final = 60.0  # seconds for all of a request

_length = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_chunked = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_expects = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)


class TooLong(Exception):
    """The head does not end."""


class Incoming:
    """Collects a request's bytes. Only its end is found here; gunicorn's parser judges whether it is valid.

    Attributes:
        spooled: bytes of it in a temporary file.
        closes: the connection must not be used again, because the body was not kept, or its length is unknown.
        expects: the client waits for "100 Continue" before it sends the body.
    """

    def __init__(self, data: bytes = b"") -> None:
        self.started_at = self.heard_at = time.monotonic()
        self.closes = False
        self.expects = False
        self.spooled = 0
        self._spool: IO[bytes] | None = None
        self._data = bytearray()
        self._head: int | None = None  # bytes, with the empty line
        self._body = 0  # bytes still to come, or to be discarded
        if data:
            self.feed(data)

    def feed(self, data: bytes) -> None:
        """Add what was received.

        Raises:
            TooLong: the head is longer than `MAX_HEAD`.
        """
        self.heard_at = time.monotonic()
        if self._head is not None and self.closes:
            self._body -= len(data)
            return
        if self._spool is not None:
            self._write(self._spool, data)
            return
        searched = max(0, len(self._data) - 3)
        self._data += data
        if self._head is None:
            self._find_head(searched)

    @property
    def is_complete(self) -> bool:
        if self._head is None:
            return False
        if self.closes:
            return self._body <= 0
        return max(self.spooled, len(self._data)) >= self._head + self._body

    @property
    def is_empty(self) -> bool:
        return not (self._data or self.spooled)

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self._data)

    @property
    def is_overdue(self) -> bool:
        now = time.monotonic()
        return now - self.heard_at > SILENCE or now - self.started_at > DURATION

    def take(self) -> tuple[IO[bytes], bytes]:
        """The request, and what the client sent after it."""
        if self._spool is not None:
            self._spool.seek(0)
            return self._spool, bytes(self._data)
        end = (self._head or 0) + (0 if self.closes else self._body)
        return BytesIO(self._data[:end]), b"" if self.closes else bytes(self._data[end:])

    def _write(self, spool: IO[bytes], data: bytes) -> None:
        """Write to the temporary file what belongs to the request, and keep the rest."""
        room = (self._head or 0) + self._body - self.spooled
        self.spooled += spool.write(data[:room])
        self._data += data[room:]

    def _find_head(self, start: int) -> None:
        end = self._data.find(b"\r\n\r\n", start)
        if end < 0 and len(self._data) <= MAX_HEAD:
            return
        if end < 0 or end > MAX_HEAD:
            raise TooLong
        self._head = end + 4
        head = bytes(self._data[: self._head])
        lengths = {int(each) for each in _length.findall(head)}
        self._body = max(lengths, default=0)
        self.expects = bool(_expects.search(head)) and len(self._data) == self._head
        if _chunked.search(head):  # the site reads no such body, and where it ends is not looked for
            self.closes, self._body = True, 0
        elif self._body > MAX_BODY:
            self.closes = True
            discarded = len(self._data) - self._head
            self._body = self._body - discarded if self._body <= MAX_DISCARDED else 0
        elif self._body > MAX_IN_MEMORY:
            self._spool = tempfile.TemporaryFile()  # noqa: SIM115  who takes the request closes it
            arrived, self._data = bytes(self._data), bytearray()
            self._write(self._spool, arrived)
