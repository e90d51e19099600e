"""Processor time of `POST /api/predict/` in the process: of whole requests, and of the parts of the page's one.

    .venv/bin/python bench/hot.py [--rounds 20] [--json]
    .venv/bin/python bench/hot.py --against ../other-checkout    # both by turns, so that noise affects them alike
    .venv/bin/python bench/hot.py --postgres [URL]               # in a scratch database there

Calls the WSGI application as gunicorn does, without a socket. Every drawing is the page's, turned and moved a little,
so that it is in no cache and no table; `again` sends one that is. What storing takes is `stored` less `preview`.
`batch` sends a hundred in one request, and is given for one of them. In milliseconds: the median of the rounds, each of
which is the mean of `REQUESTS` requests. With another checkout, the ratio is that of the two in the same round.
"""

import argparse
import base64
import contextlib
import functools
import gc
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps
from scratch import SERVER, scratch

HERE = Path(__file__).resolve()
PAGE = HERE.parent / "page.png"  # as the page sends it
STROKES = (HERE.parent / "page.json").read_text()
REQUESTS = 20
RATE = "100000000/hour"
WHOLE = ("stored", "again", "preview", "json", "rgba", "multipart", "batch", "batch preview")
PARTS = ("decode", "decode rgba", "normalise", "models", "consensus")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--against", type=Path, help="another checkout, such as of main")
    parser.add_argument("--postgres", nargs="?", const=SERVER, metavar="URL")
    parser.add_argument("--only", nargs="+", choices=WHOLE + PARTS, default=WHOLE + PARTS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure()
        return
    checkouts = [HERE.parent.parent, *([options.against.resolve()] if options.against else [])]
    with contextlib.ExitStack() as stack:
        subjects = [stack.enter_context(subject(checkout, options.postgres)) for checkout in checkouts]
        rounds = [[[ask(case) for ask in subjects] for case in options.only] for _ in range(options.rounds)]
    by_case = dict(zip(options.only, zip(*rounds, strict=True), strict=True))
    if options.json:
        print(
            json.dumps({case: [_median(each) for each in zip(*found, strict=True)] for case, found in by_case.items()})
        )
        return
    print(f"{'':14} {'ms':>8}" + (f" {'other ms':>9} {'ratio':>6}" if options.against else ""))
    for case, found in by_case.items():
        print(f"{case:14} " + _line(list(found)))


def _line(found: list[list[float | None]]) -> str:
    medians = [_median(each) for each in zip(*found, strict=True)]
    line = " ".join("       –" if each is None else f"{each:8.3f}" for each in medians)
    if len(medians) < 2 or None in medians:
        return line
    return f"{line} {statistics.median(other / own for own, other in found if own and other):6.2f}"


def _median(found: Any) -> float | None:
    return None if None in found else statistics.median(found)


@contextlib.contextmanager
def subject(checkout: Path, server: str | None) -> Iterator[Callable[[str], float | None]]:
    """A process that measures one checkout: from a case to milliseconds, None where the checkout cannot do it."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(scratch(server)) if server else f"sqlite:///{directory}/db.sqlite3"
        environment = os.environ | {
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "STATIC_ROOT": directory,
            "PREDICT_RATE": RATE,
        }
        for command in (["manage.py", "migrate", "-v0"], [str(HERE), "--measure"]):
            process = subprocess.Popen(
                [sys.executable, *command], cwd=checkout, env=environment | {"PYTHONPATH": str(checkout)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            if command[0] == "manage.py":
                process.communicate()
        assert process.stdin
        assert process.stdout

        def ask(case: str) -> float | None:
            print(case, file=process.stdin, flush=True)
            return float(line) if (line := process.stdout.readline().strip()) != "None" else None

        yield ask
        process.communicate()


def measure() -> None:
    """Answer each case on stdin with the milliseconds of one request, on stdout."""
    from mnistsite.wsgi import application

    cases = {**_requests(application), **_parts()}
    from django.conf import settings

    assert Path(settings.BASE_DIR) == Path.cwd()
    able = {}
    for name, case in cases.items():
        with contextlib.suppress(NotImplementedError):
            case()  # once, to warm up
            able[name] = case
    gc.collect()
    gc.freeze()  # as gunicorn.conf.py does
    for line in sys.stdin:
        print(able[name]() if (name := line.strip()) in able else None, flush=True)


def post(application: Callable[..., Any], path: str, kind: str, body: bytes) -> Callable[[], None]:
    """A request, to be sent as gunicorn would; whatever is not answered with 200 is an AssertionError."""
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "SCRIPT_NAME": "",
        "HTTP_HOST": "127.0.0.1:8000", "HTTP_X_SOURCE": "page", "HTTP_ACCEPT": "*/*", "CONTENT_TYPE": kind,
        "HTTP_USER_AGENT": "bench", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0), "wsgi.multithread": True,
        "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip

    def send() -> None:
        statuses: list[str] = []
        response = application(environ, lambda status, *_: statuses.append(status))
        content = b"".join(response)
        response.close()
        if statuses[0].startswith("404"):
            raise NotImplementedError
        assert statuses == ["200 OK"], content

    return send


def _requests(application: Callable[..., Any]) -> dict[str, Callable[[], float]]:
    send = functools.partial(post, application)

    def raw(path: str, dress: Callable[[Image.Image], Image.Image] = lambda drawing: drawing) -> Callable[[], Any]:
        return send(path, "image/png", png(dress(drawing())))

    def as_json(path: str, content: Any) -> Callable[[], Any]:
        return send(path, "application/json", json.dumps(content).encode())

    def multipart() -> Callable[[], Any]:
        parts = [('name="image"; filename="drawing.png"\r\nContent-Type: image/png', png(drawing()))]
        parts += [('name="strokes"', STROKES.encode()), ('name="store"', b"true"), ('name="prompt"', b"7")]
        body = b"".join(
            b"--line\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), part)
            for head, part in parts
        )
        return send("/api/predict/", "multipart/form-data; boundary=line", body + b"--line--\r\n")

    def batch(*, store: bool) -> Callable[[], Any]:
        return as_json("/api/predict/batch/", {"images": [_base64(drawing()) for _ in range(100)], "store": store})

    known = png(drawing())
    return {
        "stored": lambda: _mean(lambda: raw("/api/predict/")),
        "again": lambda: _mean(lambda: send("/api/predict/", "image/png", known)),
        "preview": lambda: _mean(lambda: raw("/api/predict/?store=false")),
        "json": lambda: _mean(lambda: as_json("/api/predict/", {"image": _base64(drawing())})),
        "rgba": lambda: _mean(lambda: raw("/api/predict/", _transparent)),
        "multipart": lambda: _mean(multipart),
        "batch": lambda: _mean(lambda: batch(store=True), 1) / 100,
        "batch preview": lambda: _mean(lambda: batch(store=False), 1) / 100,
    }


def _parts() -> dict[str, Callable[[], float]]:
    from predictor.ml import images, pictures
    from predictor.ml.consensus import consensus
    from predictor.ml.kinds import PIXEL_KINDS
    from predictor.services.answering.champions import champions

    data, rgba = PAGE.read_bytes(), png(_transparent(drawing(side=280)))
    gray = pictures.decode(data)
    pixels = images.normalise(gray)
    image = images.to_images(pixels)[None]
    classifiers = [champions().classifiers[kind] for kind in PIXEL_KINDS]
    answers = [classifier.probabilities(image)[0] for classifier in classifiers]

    return {
        "decode": lambda: _mean(lambda: lambda: pictures.decode(data)),
        "decode rgba": lambda: _mean(lambda: lambda: pictures.decode(rgba)),
        "normalise": lambda: _mean(lambda: lambda: images.normalise(gray)),
        "models": lambda: _mean(lambda: lambda: [each.probabilities(image) for each in classifiers]),
        "consensus": lambda: _mean(lambda: lambda: consensus(answers, pixels)),
    }


def _mean(prepare: Callable[[], Callable[[], Any]], count: int = REQUESTS) -> float:
    """Milliseconds of processor time, system and user, for one of `count`; preparing them does not count."""
    ready = [prepare() for _ in range(count)]
    start = time.process_time_ns()
    for work in ready:
        work()
    return (time.process_time_ns() - start) / 1e6 / count


def drawing(side: int = 168) -> Image.Image:
    turned = Image.open(PAGE).rotate(
        random.uniform(-15, 15), Image.Resampling.BILINEAR, fillcolor=255,
        translate=(random.uniform(-9, 9), random.uniform(-9, 9)),
    )  # fmt: skip
    return turned if side == turned.width else turned.resize((side, side))


def _transparent(drawing: Image.Image) -> Image.Image:
    """Black ink on a clear canvas of 280×280."""
    drawing = drawing.resize((280, 280))
    clear = Image.new("L", drawing.size, 0)
    return Image.merge("RGBA", (clear, clear, clear, ImageOps.invert(drawing)))


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _base64(drawing: Image.Image) -> str:
    return base64.b64encode(png(drawing)).decode()


if __name__ == "__main__":
    main()
