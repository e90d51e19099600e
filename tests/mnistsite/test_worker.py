"""Clients that are slow, silent or greedy hold up nobody else, without a proxy in front."""

import contextlib
import errno
import http.client
import io
import json
import re
import selectors
import socket
import sys
import urllib.request
import weakref
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image

from mnistsite.server import incoming
from mnistsite.server import worker as worker_module
from mnistsite.server.memory import give_back
from mnistsite.server.worker import BufferingWorker, Connection
from tests import drawings
from tests.server import Server, running
from tests.site import wait_for

MANY = 60  # more than all workers have threads
PATIENCE = 60  # seconds; who waits for the others would wait for ever
POST = b"POST /api/predict/?store=false HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        yield connection


def read(connection: socket.socket) -> tuple[int, bytes]:
    """The next response's status and body, and not a byte of what follows it."""
    head = until(connection, b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):  # gunicorn says it once more
        head = until(connection, b"\r\n\r\n")
    if length := re.search(rb"(?i)\r\ncontent-length: *(\d+)", head):
        return int(head.split()[1]), exactly(connection, int(length[1]))
    assert re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head), head
    body = b""
    while size := int(until(connection, b"\r\n"), 16):
        body += exactly(connection, size)
        until(connection, b"\r\n")
    until(connection, b"\r\n")
    return int(head.split()[1]), body


def until(connection: socket.socket, end: bytes) -> bytes:
    found = b""
    while not found.endswith(end):
        found += exactly(connection, 1)
    return found


def exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        assert part, f"closed after {found!r}"
        found += part
    return found


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"POST /api/predict/ HTTP/1.1\r\nX-",
        POST + b"Content-Length: 5000\r\n\r\nhalf",
        POST + b"Content-Length: 9000000\r\n\r\nhalf",
        POST + b"Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal",
        (
            b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nhal"
        ),
        HEALTH + b"GET /heal",
        HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    ],
    ids=[
        "nothing",
        "a letter",
        "half a head",
        "half a body",
        "half of too much",
        "only its expectation",
        "half a chunk",
        "half a chunk of a form",
        "one and a half requests",
        "all, and does not close",
    ],
)
def test_others_are_answered_while_many_have_sent(server, sent):
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(connected(server)).sendall(sent)
        for _ in range(4):
            assert urllib.request.urlopen(f"{server.url}/healthz", timeout=PATIENCE).status == 200


def test_a_request_byte_by_byte_is_answered(server):
    body = drawings.A_SEVEN
    with connected(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in POST + f"Content-Length: {len(body)}\r\n\r\n".encode():
            connection.sendall(bytes([byte]))
        connection.sendall(body[:100])
        connection.sendall(body[100:])
        status, answer = read(connection)
    assert (status, json.loads(answer)["prediction"]) == (200, 7)


def test_two_requests_in_one_packet_are_answered_in_order(server):
    body = drawings.A_SEVEN
    with connected(server) as connection:
        connection.sendall(HEALTH + POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body + HEALTH[:20])
        assert read(connection) == (200, b'{"status": "ok"}')
        assert json.loads(read(connection)[1])["prediction"] == 7
        connection.sendall(HEALTH[20:])
        assert read(connection)[0] == 200


def test_a_client_is_told_to_continue(server):
    body = drawings.A_SEVEN
    with connected(server) as connection:
        connection.sendall(POST + f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        status, answer = read(connection)
    assert (status, json.loads(answer)["prediction"]) == (200, 7)


@pytest.mark.parametrize("size", [21_000_000, 30_000_000])
def test_who_sends_too_much_gets_to_read_why(server, size):
    request = urllib.request.Request(f"{server.url}/api/predict/", b"x" * size, {"Content-Type": "image/png"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE)
    assert refused.value.code == 413
    assert json.load(refused.value)["code"] == "body_too_large"


def test_a_form_that_is_too_long_for_the_admin_is_refused(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    kind = "multipart/form-data; boundary=x"
    connection.request("POST", "/admin/login/", b"x" * 5_000_000, {"Content-Type": kind})
    assert connection.getresponse().status in {400, 403, 413}
    connection.close()


def test_a_photograph_and_what_follows_it_are_answered_in_order(server):
    photograph = drawings.encode(drawings.draw(side=1500), "JPEG", quality=90)
    photograph = photograph[:2] + b"\xff\xef\xff\xff" + bytes(65_533) + photograph[2:]
    body = photograph.ljust(5_000_000, b"\0")  # side data and bytes behind the end
    head = POST.replace(b"image/png", b"image/jpeg") + f"Content-Length: {len(body)}\r\n\r\n".encode()
    with connected(server) as connection:
        for _ in range(2):
            connection.sendall(head + body + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status, answer = read(connection)
            assert (status, json.loads(answer)["prediction"]) == (200, 3)
            assert read(connection)[0] == 200


def test_a_head_without_end_is_refused(server):
    with connected(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000)
        assert read(connection)[0] == 431


def test_a_body_of_unknown_length_is_refused(server):
    with connected(server) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n")
        assert read(connection)[0] == 411


def test_more_long_uploads_than_threads_are_all_answered_and_hold_up_nobody(server):
    picture = io.BytesIO()
    Image.new("L", (1200, 900), 255).save(picture, "JPEG")  # blank, which is found out after it was decoded
    head = POST.replace(b"png", b"jpeg") + b"Content-Length: 3000000\r\n\r\n"
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connected(server)) for _ in range(24)]
        for client in clients:
            client.sendall(head + picture.getvalue().ljust(3_000_000, b"\0"))
        assert urllib.request.urlopen(f"{server.url}/healthz", timeout=PATIENCE).status == 200
        assert {read(client)[0] for client in clients} == {422}


def test_without_room_for_a_temporary_file_the_request_is_refused_and_the_worker_lives(monkeypatch):
    def refuse():
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(incoming.tempfile, "TemporaryFile", refuse)
    worker = object.__new__(BufferingWorker)
    worker.poller, worker.nr_conns, worker.log = selectors.DefaultSelector(), 1, Mock()
    worker._arriving, worker._queued = {}, {}
    ours, theirs = socket.socketpair()
    with ours, theirs, worker.poller:
        theirs.sendall(POST + b"Content-Length: 3000000\r\n\r\n")
        worker._expect(Connection(None, ours, None, None))
        assert read(theirs)[0] == 503
    assert (worker._arriving, worker.nr_conns) == ({}, 0)


def test_a_worker_that_stops_takes_in_who_has_connected_and_refuses_others():
    worker = object.__new__(BufferingWorker)
    worker.poller, worker.nr_conns, worker.worker_connections = selectors.DefaultSelector(), 0, 800
    worker.alive, worker._accepting, worker._arriving, worker.cfg = False, False, {}, None
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    worker.sockets = [listener]
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(address)).sendall(b"POST /api")
        worker.set_accept_enabled(False)
        assert [incoming.is_empty for incoming in worker._arriving.values()] == [False] * 3
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)
        worker.set_accept_enabled(False)
        for connection in list(worker._arriving):
            worker._drop(connection)
    assert worker.nr_conns == 0


@pytest.mark.parametrize(("size", "times"), [(0, 0), (3_000_000, 1)])
def test_memory_is_given_back_once_a_large_request_is_gone(monkeypatch, size, times):
    given, clock = Mock(), Mock(return_value=1000.0)
    monkeypatch.setattr(worker_module, "give_back", given)
    monkeypatch.setattr(worker_module, "time", Mock(monotonic=clock))
    worker = object.__new__(BufferingWorker)
    worker.poller, worker.nr_conns, worker.alive = selectors.DefaultSelector(), 1, True
    worker._arriving, worker._closing, worker._large, worker._gives_back_at = {}, {}, deque(), None
    ours, theirs = socket.socketpair()
    with ours, theirs, worker.poller:
        conn = Connection(None, ours, None, None)
        worker._queued = {conn: size}
        worker.finish_request(conn, Mock(**{"cancelled.return_value": True}))
        worker.murder_pending()
        assert given.call_count == 0, "the client has not closed its side"
        clock.return_value += 2 * worker_module.LINGER
        worker.murder_pending()
        worker.murder_pending()
    assert given.call_count == times


def test_what_is_only_in_cycles_is_given_back():
    class Cycle:
        def __init__(self) -> None:
            self.itself = self

    gone = weakref.ref(Cycle())
    give_back()
    assert gone() is None


@pytest.mark.skipif(sys.platform != "linux", reason="connections are counted in /proc")
def test_clients_that_come_together_are_shared_by_the_workers(server):
    """Whichever wakes up first would take them all, and keep those that do not close their connections."""
    fewest = [min(shared(server)) for _ in range(5)]
    assert sorted(fewest)[2] >= 2, fewest  # a worker may have to wait for the processor now and then


def shared(server: Server) -> list[int]:
    """How many of eight clients each of two workers gets."""
    with contextlib.ExitStack() as stack:
        before = connections(server)
        for _ in range(8):
            stack.enter_context(connected(server)).sendall(b"GET /heal")
        wait_for(lambda: sum(connections(server)) >= sum(before) + 8)
        found = [now - then for now, then in zip(connections(server), before, strict=True)]
    wait_for(lambda: sum(connections(server)) <= sum(before))
    assert len(found) == 2
    return found


def connections(server: Server) -> list[int]:
    """How many each worker has."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{server.port:04X}") and row[3] == "01"}
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [sum(str(each.readlink()) in ours for each in links(pid)) for pid in sorted(workers)]


def links(pid: str) -> list[Path]:
    """What a process has open that is still there."""
    return [each for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()]
