"""Load by `wrk` (Debian: `apt-get install wrk`), which takes little of the processor from the server it measures."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("wrk.lua")
THREADS = 2
TIMEOUT = 30  # seconds for one answer


@dataclass(frozen=True)
class Load:
    """What `clients` got in a number of seconds; times in milliseconds. `failed` counts all but answers below 400."""

    clients: int
    requests: int
    seconds: float
    failed: int
    p50: float
    p99: float
    max: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def write_bodies(path: Path, bodies: Sequence[bytes]) -> Path:
    """A file of bodies, as `wrk.lua` reads it."""
    with path.open("wb") as file:
        for body in bodies:
            file.write(b"%d\n%s" % (len(body), body))
    return path


def post(
    url: str, bodies: Path, *, clients: int, seconds: float, content_type: str = "image/png", skip: int = 0
) -> Load:
    """Post the bodies of a file in turn, beginning `skip` bodies further on, by so many clients at once.

    Raises:
        SystemExit: `wrk` is missing or fails.
    """
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    threads = min(THREADS, clients)
    run = subprocess.run(
        [
            "wrk", "--threads", str(threads), "--connections", str(clients), "--duration", f"{seconds:.0f}s",
            "--timeout", f"{TIMEOUT}s", "--script", str(SCRIPT), url,
        ],
        env=os.environ
        | {"BODIES": str(bodies), "CONTENT_TYPE": content_type, "THREADS": str(threads), "SKIP": str(skip)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise SystemExit(f"wrk failed: {run.stdout}{run.stderr}")
    return Load(clients, **json.loads(run.stdout.splitlines()[-1]))
