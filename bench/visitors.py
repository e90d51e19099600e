"""Clients that use a site while something is broken, and what they see."""

import http.client
import io
import json
import random
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from PIL import Image, ImageDraw

PROMISED = {200, 503}
PAUSE = 0.05  # seconds between two requests of a client
STORING = 12  # clients that store drawings: more than a worker has threads


@dataclass
class Seen:
    """What the clients saw during one fault."""

    kept: dict[str, str] = field(default_factory=dict)  # id of the drawing, by id of the request
    sent: set[str] = field(default_factory=set)
    statuses: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(
        default_factory=lambda: {"health": 0.0, "unstored": 0.0, "stored": 0.0, "page": 0.0}
    )
    failures: list[str] = field(default_factory=list)


class Clients:
    """Clients of five kinds, each of which asks again as soon as it was answered."""

    def __init__(self, url: str) -> None:
        self.url, self.seen = url, Seen()
        self._same, self._said = drawing(), dict[tuple[str, int], list[float]]()
        self._stop = threading.Event()
        kinds = [*[self._store] * STORING, self._ask, self._ask_the_same, self._health, self._page]
        self._threads = [threading.Thread(target=self._run, args=[kind]) for kind in kinds]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, ask: Callable[[], None]) -> None:
        while not self._stop.is_set():
            ask()
            self._stop.wait(PAUSE)

    def _store(self) -> None:
        request_id = uuid.uuid4().hex
        self.seen.sent.add(request_id)
        answer = self._request("stored", "/api/predict/", drawing(), {"X-Request-ID": request_id})
        if answer and answer.get("id"):
            self.seen.kept[request_id] = answer["id"]
        elif answer:
            self.seen.statuses[(answer.get("not_kept") or answer)["code"]] += 1

    def _ask(self) -> None:
        self._request("unstored", "/api/predict/?store=false", drawing(), {})

    def _ask_the_same(self) -> None:
        """A version must say the same to it each time, from the cache or not."""
        answer = self._request("unstored", "/api/predict/?store=false", self._same, {})
        for kind, said in (answer or {}).get("models", {}).items():
            if "error" not in said and said["probabilities"] != self._said.setdefault(
                (kind, said["version"]), said["probabilities"]
            ):
                self.seen.failures.append(f"unstored: another answer by {kind}")

    def _health(self) -> None:
        self._request("health", "/healthz", None, {})

    def _page(self) -> None:
        self._request("page", "/", None, {})

    def _request(self, kind: str, path: str, body: bytes | None, headers: dict[str, str]) -> dict | None:
        started = time.monotonic()
        headers = headers | ({"Content-Type": "image/png"} if body else {})
        request = urllib.request.Request(self.url + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        except (OSError, http.client.HTTPException) as error:
            self.seen.failures.append(f"{kind}: {error}")
            return None
        finally:
            self.seen.slowest[kind] = max(self.seen.slowest[kind], time.monotonic() - started)
        self.seen.statuses[f"{kind} {status}"] += 1
        if status != 200 and not (kind == "stored" and status in PROMISED):
            self.seen.failures.append(f"{kind}: {status}")
        return json.loads(content) if kind in {"stored", "unstored"} else None


def drawing() -> bytes:
    """A few strokes that nobody has drawn before."""
    image = Image.new("L", (280, 280), 255)
    points = [(random.uniform(40, 240), random.uniform(40, 240)) for _ in range(5)]
    ImageDraw.Draw(image).line(points, fill=0, width=18, joint="curve")
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
