"""The ancestor's own load: `ab` (Debian: `apt-get install apache2-utils`), a number of requests, all with one body."""

import re
import shutil
import subprocess
from pathlib import Path

from bench.wrk import Load

TIMEOUT = 600  # seconds for one answer: the ancestor's took 38


def post(url: str, body: Path, *, clients: int, requests: int, content_type: str) -> Load:
    """Post a body so many times, by so many clients at once.

    Raises:
        SystemExit: `ab` is missing or fails.
    """
    if shutil.which("ab") is None:
        raise SystemExit("ab is missing: apt-get install apache2-utils")
    run = subprocess.run(
        [
            "ab", "-q", "-c", str(clients), "-n", str(requests), "-s", str(TIMEOUT),
            "-p", str(body), "-T", content_type, url,
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise SystemExit(f"ab failed: {run.stdout}{run.stderr}")

    def figure(pattern: str) -> float:
        found = re.search(pattern, run.stdout)
        return float(found[1]) if found else 0.0

    return Load(
        clients,
        requests=int(figure(r"Complete requests:\s+(\d+)")),
        seconds=figure(r"Time taken for tests:\s+([\d.]+)"),
        failed=int(figure(r"Non-2xx responses:\s+(\d+)")),
        p50=figure(r"\n\s+50%\s+(\d+)"),
        p99=figure(r"\n\s+99%\s+(\d+)"),
        max=figure(r"\n\s+100%\s+(\d+)"),
    )
