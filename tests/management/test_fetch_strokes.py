"""manage.py fetch_strokes, with a few digits and a local server in place of UCI's."""

import gzip
import hashlib
import io
import json
import os
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.core.management import CommandError, call_command

from predictor.services.learning import fetch
from predictor.services.learning.fetch import PENDIGITS, Archive
from predictor.training.data import unipen
from predictor.training.data.strokes import read_strokes
from predictor.training.data.unipen import Part, digest, parse
from tests import disk

TRAIN, TEST = "pendigits-train.jsonl.gz", "pendigits-test.jsonl.gz"
ORIGINALS = {
    f"pendigits-orig.{name}": f'.SEGMENT DIGIT 0 ? "{label}"\n.COMMENT {label} 1 2\n.PEN_DOWN\n {label} 500\n.PEN_UP\n'
    for name, label in (("tra", 3), ("tes", 5))
}


def packed() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in ORIGINALS.items():
            archive.writestr(name, text)
    return file.getvalue()


ARCHIVE = packed()


@dataclass
class Uci:
    """What the server answers, and where."""

    url: str
    status: int = 200
    content: bytes = ARCHIVE
    announced: int | None = None
    asked: int = 0


@pytest.fixture
def uci(monkeypatch) -> Iterator[Uci]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer.asked += 1
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/zip" if answer.content == ARCHIVE else "text/html")
            if answer.announced:
                self.send_header("Content-Length", str(answer.announced))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answer = Uci(ask(monkeypatch, server.server_port))
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield answer
        server.shutdown()


def ask(monkeypatch: pytest.MonkeyPatch, port: int) -> str:
    """Have it download from a local server."""
    archive = Archive(f"http://127.0.0.1:{port}/pen.zip", len(ARCHIVE), hashlib.sha256(ARCHIVE).hexdigest())
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(fetch, "PENDIGITS", archive)
    return archive.url


@pytest.fixture(autouse=True)
def _few(monkeypatch) -> None:
    """Two digits in place of the 10,992."""
    parts = [
        Part(part.name, part.target, digest(parse(ORIGINALS[part.original].encode(), "", part.name)))
        for part in unipen.PARTS
    ]
    monkeypatch.setattr(unipen, "PARTS", parts)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A directory with the originals."""
    directory = tmp_path / "copy"
    directory.mkdir()
    for name, text in ORIGINALS.items():
        (directory / name).write_text(text)
    return directory


def run(*arguments: object, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    call_command("fetch_strokes", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_downloads_and_writes_two_files_of_strokes(tmp_path, uci):
    written = tmp_path / "new" / "strokes"
    assert run(written).splitlines() == [
        f"Downloading {uci.url} …",
        f"{written / TRAIN}: 1 digits",
        f"{written / TEST}: 1 digits",
    ]
    assert sorted(path.name for path in written.iterdir()) == [TEST, TRAIN]
    (three,) = read_strokes(written / TRAIN)
    assert (three.label, three.writer, three.lines[0].tolist()) == (3, "tra-1", [[3 / 500, 0]])
    assert json.loads(gzip.decompress((written / TEST).read_bytes())) == {
        "label": 5,
        "writer": "tes-1",
        "strokes": [[[5, 0]]],
        "id": "pendigits-tes-1-2",
    }


def test_on_a_terminal_it_shows_how_much_has_been_downloaded(tmp_path, uci, monkeypatch):
    monkeypatch.setattr(fetch, "CHUNK", 200)
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    assert run(tmp_path, out=terminal).count("0.0 of 0.0 MB\r") == -(-len(ARCHIVE) // 200)


def test_a_copy_is_converted_without_a_download(tmp_path, uci, copy):
    run(tmp_path / "strokes", "--from", copy)
    (copy.parent / "pen.zip").write_bytes(ARCHIVE)
    run(tmp_path / "again", "--from", copy.parent / "pen.zip")
    assert uci.asked == 0
    for name in (TRAIN, TEST):
        assert (tmp_path / "strokes" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_by_default_it_writes_to_var_strokes(tmp_path, settings, copy):
    settings.BASE_DIR = tmp_path
    run("--from", copy)
    assert (tmp_path / "var" / "strokes" / TRAIN).exists()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"status": 404}, "cannot be downloaded: HTTP Error 404: Not Found"),
        ({"status": 503}, "cannot be downloaded: HTTP Error 503"),
        ({"content": b"<html>Maintenance</html>"}, "24 bytes of text/html"),
        ({"content": ARCHIVE[:-1]}, f"{len(ARCHIVE) - 1} bytes of"),
        ({"content": ARCHIVE[:-1] + b"!"}, f"{len(ARCHIVE)} bytes of .* with SHA-256 [0-9a-f]{{8}}…, not"),
        ({"content": ARCHIVE[:50], "announced": len(ARCHIVE)}, "50 bytes of"),
        ({"content": ARCHIVE * 1000}, f"{len(ARCHIVE) // 100 * 100 + 100} bytes of"),
        ({"content": b""}, "0 bytes of"),
    ],
    ids=["404", "503", "html", "cut", "changed", "broken off", "endless", "empty"],
)
def test_anything_but_the_archive_is_refused_and_nothing_is_written(tmp_path, uci, monkeypatch, answer, why):
    monkeypatch.setattr(fetch, "CHUNK", 100)
    for name, value in answer.items():
        setattr(uci, name, value)
    with pytest.raises(CommandError, match=f"^{uci.url} .*{why}"):
        run(tmp_path / "strokes")
    assert not (tmp_path / "strokes").exists()


def test_it_gives_up_on_a_silent_server(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ask(monkeypatch, silent.getsockname()[1])
        with pytest.raises(CommandError, match=r"pen\.zip cannot be downloaded: .*timed out"):
            run(tmp_path)


def test_an_unreachable_server_is_named(tmp_path, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    ask(monkeypatch, port)
    with pytest.raises(CommandError, match=r"pen\.zip cannot be downloaded: .*refused"):
        run(tmp_path)


def test_other_digits_are_refused_and_existing_files_stay(tmp_path, copy):
    run(tmp_path / "strokes", "--from", copy)
    before = (tmp_path / "strokes" / TRAIN).read_bytes()
    (copy / "pendigits-orig.tes").write_text(ORIGINALS["pendigits-orig.tra"])
    with pytest.raises(CommandError, match=r"pendigits-orig\.tes does not hold the published digits"):
        run(tmp_path / "strokes", "--from", copy)
    assert (tmp_path / "strokes" / TRAIN).read_bytes() == before


def test_a_missing_copy_is_named(tmp_path):
    with pytest.raises(CommandError, match="nowhere is missing"):
        run(tmp_path / "strokes", "--from", tmp_path / "nowhere")


def test_a_pipe_in_place_of_a_copy_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CommandError, match=r"pipe cannot be read: .*it is not a regular file"):
        run(tmp_path / "strokes", "--from", tmp_path / "pipe")
    assert not (tmp_path / "strokes").exists()


def test_on_a_full_disk_nothing_is_left(tmp_path, copy):
    with disk.full(after=10), pytest.raises(CommandError, match=f"^{tmp_path} cannot be written: .*File too large"):
        run(tmp_path, "--from", copy)
    assert list(tmp_path.iterdir()) == [copy]


def test_what_a_run_that_was_killed_has_left_is_swept(tmp_path, copy):
    (tmp_path / f".{TRAIN}.0a1b2c3d.new").write_text("half")
    with pytest.raises(CommandError):
        run(tmp_path, "--from", tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == [copy]


def test_a_directory_that_cannot_be_created_is_named(copy):
    with pytest.raises(CommandError, match=r"pendigits-orig\.tra cannot be written: "):
        run(copy / "pendigits-orig.tra", "--from", copy)


def test_the_archive_is_ucis_over_https():
    assert PENDIGITS.url.startswith("https://archive.ics.uci.edu/")
