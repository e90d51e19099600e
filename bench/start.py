"""From the start of the server to its first answer, and what a worker weighs then.

    .venv/bin/python bench/start.py [--runs 5]

Starts gunicorn as `make run` does, on a port and a database of its own, and reads the kernel's accounts (Linux).
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = Path(__file__).parent / "page.png"
BIN = Path(sys.executable).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    runs = [_run() for _ in range(parser.parse_args().runs)]
    ready, answered, rss = zip(*runs, strict=True)
    print(f"ready after    {statistics.median(ready):6.2f} s (slowest {max(ready):.2f})")
    print(f"first answer   {statistics.median(answered):6.2f} s (slowest {max(answered):.2f})")
    print(f"worker RSS     {statistics.median(rss):6.0f} MB (largest {max(rss):.0f})")


def _run() -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory() as directory, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = os.environ | {"DATABASE_URL": f"sqlite:///{directory}/db.sqlite3", "PORT": str(port)}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
        start = time.monotonic()
        with subprocess.Popen(
            [BIN / "gunicorn", "mnistsite.wsgi", "--log-level", "warning", "--access-logfile", "/dev/null"],
            cwd=ROOT,
            env=environment,
        ) as server:
            try:
                _until_ready(f"http://127.0.0.1:{port}/readyz")
                ready = time.monotonic() - start
                _predict(f"http://127.0.0.1:{port}/api/predict/")
                answered = time.monotonic() - start
                for _ in range(200):  # until both workers have answered
                    _predict(f"http://127.0.0.1:{port}/api/predict/")
                return ready, answered, max(_rss(pid) for pid in _children(server.pid))
            finally:
                server.terminate()


def _until_ready(url: str) -> None:
    for _ in range(3000):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.01)
        else:
            return
    raise TimeoutError(url)


def _predict(url: str) -> None:
    request = urllib.request.Request(url, PICTURE.read_bytes(), {"Content-Type": "image/png"})
    urllib.request.urlopen(request, timeout=5).close()


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _rss(pid: int) -> float:
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    main()
