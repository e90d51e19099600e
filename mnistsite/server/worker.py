"""Gunicorn's threaded worker, whose threads get only requests that have arrived whole.

The original gives each new connection to a thread, which then waits for the client: as many silent or slow clients as
there are threads stop the server. Here the main loop waits, for all of them at once. It never blocks: not for a
request, nor for a client that keeps the connection open after it was answered.

And clients that keep their connections stay with the worker that accepted them. Whichever wakes up first would take all
that come at once, while the others sleep: so a worker that has requests leaves a new connection to them for a moment.
"""

import errno
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from io import BytesIO
from selectors import EVENT_READ
from typing import IO, Any, Final

from gunicorn.http import Request
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from mnistsite.server.incoming import Incoming, TooLong
from mnistsite.server.memory import give_back

CHUNK: Final = 256 * 1024  # bytes
MAX_BUFFERED: Final = 64 * 1024 * 1024  # bytes of unfinished requests in a worker's memory
MAX_SPOOLED: Final = 512 * 1024 * 1024  # bytes of unanswered requests in its temporary files
MAX_LARGE: Final = 2  # requests from temporary files with the threads at once: a photograph takes 60 MB more
SPARE: Final = 50  # connections that are kept free for newcomers, at the cost of the slowest
SEND_BUFFER: Final = 1024 * 1024  # bytes; whole responses fit, so that a client that does not read holds no thread
SEND: Final = 10  # seconds that a thread waits for such a client all the same
COURTESY: Final = 0.001  # seconds for each request of a worker, until it accepts what no other one did
MOST_COURTEOUS: Final = 4  # requests that count
LINGER: Final = 2.0  # seconds that a client may take to close its side
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
TIMEOUT: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
NO_ROOM: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_LONG: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Connection(TConn):
    """One client.

    Attributes:
        request: what arrived, until a thread takes it.
        rest: what the client sent after it.
        closes: the request must be the last.
    """

    request: IO[bytes] = BytesIO()
    rest = b""
    closes = False


class Unreader(SocketUnreader):
    """Reads the request that has arrived; what is beyond it, from the socket."""

    def __init__(self, client: socket.socket, arrived: IO[bytes]) -> None:
        super().__init__(client)
        self._arrived = arrived

    def chunk(self, size_hint: int | None = None) -> bytes:
        if not self._arrived.closed:
            if data := self._arrived.read(min(max(size_hint or 0, self.mxchunk), self.max_body_chunk)):
                return data
            self._arrived.close()
        return bytes(super().chunk(size_hint))


class BufferingWorker(ThreadWorker):
    sockets: list[socket.socket]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: dict[Connection, Incoming] = {}  # the oldest first
        self._queued: dict[Connection, int] = {}  # bytes in their temporary files, until they are answered
        self._large: deque[Connection] = deque()  # that wait until fewer of them are with the threads
        self._closing: dict[Connection, float] = {}  # until when
        self._gives_back_at: float | None = None
        self._accepts_at = 0.0

    def accept(self, listener: socket.socket) -> bool:
        """False if nobody is waiting, there is no room, or others should have the client."""
        if self.alive and self._leaves_it_to_others():
            return False
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self._make_room()
            elif error.errno not in {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}:
                raise
            return error.errno == errno.ECONNABORTED
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND, 0))
        self.nr_conns += 1
        if self.nr_conns > self.worker_connections - SPARE:
            self._make_room()
        self._expect(Connection(self.cfg, client, address, listener.getsockname()))
        return True

    def _leaves_it_to_others(self) -> bool:
        """Whether the listeners are left alone for a moment: not if this worker has no request, or has just done so."""
        requests = len(self._arriving) + len(self._queued)
        now = time.monotonic()
        if self.cfg.workers < 2 or not requests or now - self._accepts_at < 2 * COURTESY:
            self._accepts_at = 0.0
            return False
        self._accepts_at = now + min(requests, MOST_COURTEOUS) * COURTESY
        self.set_accept_enabled(False)
        return True

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if (pause := self._accepts_at - time.monotonic()) > 0:
            timeout = min(timeout, pause)
        super().wait_for_and_dispatch_events(timeout)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Twice, if the worker was asked to stop just now."""
        if enabled and time.monotonic() < self._accepts_at:
            return
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            self._stop_listening()

    def _stop_listening(self) -> None:
        """Take in who has connected already; whoever comes later is refused at once.

        Gunicorn would keep its listeners until the last answer. Who connected in the meantime would be cut off then,
        after sending a request that a proxy may not repeat.
        """
        listeners, self.sockets = self.sockets, []
        for listener in listeners:
            listener.setblocking(False)
            while self.accept(listener):
                pass
            listener.close()

    def _make_room(self) -> None:
        """Give up the connection that has been waiting longest."""
        if self._arriving:
            self._give_up(next(iter(self._arriving)))
        elif self.keepalived_conns:
            self.keepalived_conns[0].timeout = 0.0
            self.murder_keepalived()

    def on_client_socket_readable(self, conn: Connection, client: socket.socket) -> None:
        """A connection that was kept alive has another request, or is closed."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._expect(conn)

    def _expect(self, conn: Connection, data: bytes = b"") -> None:
        conn.sock.setblocking(False)
        self._arriving[conn] = Incoming()
        self.poller.register(conn.sock, EVENT_READ, partial(self._receive, conn))
        if data:
            self._feed(conn, data)
        else:
            self._receive(conn, conn.sock)

    def _receive(self, conn: Connection, client: socket.socket) -> None:
        if conn not in self._arriving:  # given up in the same round
            return
        try:
            data = client.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._feed(conn, data)
        else:
            self._drop(conn)

    def _feed(self, conn: Connection, data: bytes) -> None:
        incoming = self._arriving[conn]
        try:
            incoming.feed(data)
            if incoming.is_complete:
                self._hand_over(conn, incoming)
                return
        except TooLong:
            self._give_up(conn, TOO_LONG)
            return
        except OSError:  # no room for a temporary file
            self.log.exception("A long request cannot be received.")
            self._give_up(conn, NO_ROOM)
            return
        if incoming.expects:
            incoming.expects = False
            _send(conn.sock, CONTINUE)
        elif sum(each.size for each in self._arriving.values()) > MAX_BUFFERED:
            self._give_up(max(self._arriving, key=lambda each: self._arriving[each].size))
        elif incoming.spooled and self._spooled() > MAX_SPOOLED:
            self._give_up(max(self._arriving, key=lambda each: self._arriving[each].spooled))

    def _hand_over(self, conn: Connection, incoming: Incoming) -> None:
        conn.request, conn.rest = incoming.take()
        conn.closes = incoming.closes
        self._forget(conn)
        if incoming.spooled and sum(map(bool, self._queued.values())) >= MAX_LARGE:
            self._large.append(conn)
        else:
            self.enqueue_req(conn)
        self._queued[conn] = incoming.spooled

    def _spooled(self) -> int:
        return sum(each.spooled for each in self._arriving.values()) + sum(self._queued.values())

    def handle(self, conn: Connection) -> Any:
        """Runs in a thread, which finds all of the request in the buffer."""
        conn.sock.setblocking(True)
        if conn.closes:  # its body was not kept: whoever looks for it must not wait
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 1))
        conn.init()
        conn.parser.unreader = Unreader(conn.sock, conn.request)
        conn.data_ready = True
        return super().handle(conn)

    def handle_request(self, req: Request, conn: Connection) -> bool:
        if conn.closes:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        if self._queued.pop(conn):
            self._gives_back_at = self._gives_back_at or time.monotonic() + LINGER  # by then the connection is gone
            if self._large:
                self.enqueue_req(self._large.popleft())
        conn.request.close()
        if fs.cancelled() or fs.exception() or not fs.result():
            self._close(conn)
        elif conn.rest:
            self._expect(conn, conn.rest)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Called at least once a second."""
        limit = None if self.alive else time.monotonic() - LINGER
        for conn, incoming in list(self._arriving.items()):
            if incoming.is_overdue or (limit and incoming.heard_at < limit):
                self._give_up(conn)
        for conn, until in list(self._closing.items()):
            if until < time.monotonic():
                self._end(conn)
        if self._gives_back_at and self._gives_back_at < time.monotonic():
            self._gives_back_at = None
            give_back()

    def _give_up(self, conn: Connection, answer: bytes = TIMEOUT) -> None:
        if not self._arriving[conn].is_empty:
            _send(conn.sock, answer)
        self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    def _forget(self, conn: Connection) -> None:
        del self._arriving[conn]
        self.poller.unregister(conn.sock)

    def _close(self, conn: Connection) -> None:
        """Close our side and let the client close its own: it would lose the answer if bytes of it were left unread."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.nr_conns -= 1
            conn.close()
            return
        self._closing[conn] = time.monotonic() + LINGER
        self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))

    def _discard(self, conn: Connection, client: socket.socket) -> None:
        if conn not in self._closing:
            return
        try:
            if client.recv(CHUNK):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        del self._closing[conn]
        self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()


def _send(client: socket.socket, data: bytes) -> None:
    """Send a few bytes, if the client takes them."""
    with suppress(OSError):
        client.send(data)
