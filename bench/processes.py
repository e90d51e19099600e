"""Servers as processes: started until they answer, weighed, and stopped."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.services import descendants

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Site:
    url: str
    pid: int
    seconds: float  # from its start to its first answer


@contextmanager
def process(command: list[str], port: str, path: str, environment: Mapping[str, str]) -> Iterator[Site]:
    """A server until the end of the body, yielded when it answers, whatever it answers."""
    began = time.monotonic()
    environment = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as `make`
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not answers(url + path):
            if server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(command)} does not answer")
            time.sleep(0.02)
        yield Site(url, server.pid, time.monotonic() - began)
    finally:
        server.terminate()
        server.wait(60)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except urllib.error.HTTPError as error:
        return error.code != 503
    except OSError:
        return False
    return True


def processor_time() -> Counter[str]:
    """Seconds that all processes of this machine have had of the processor, by the name of their program (Linux)."""
    found: Counter[str] = Counter()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            head, _, rest = path.read_text().rpartition(")")
            fields = rest.split()
            found[head.partition("(")[2]] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def weight(pid: int) -> float:
    """MB of a process and all below it, shared pages divided among those that share them (PSS, Linux)."""
    lines = (Path(f"/proc/{each}/smaps_rollup").read_text().splitlines() for each in (pid, *descendants(pid)))
    return sum(int(line.split()[1]) for some in lines for line in some if line.startswith("Pss:")) / 1024
