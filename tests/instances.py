"""Servers that share a database and are restarted one by one, as in a deployment."""

import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.site import ROOT, wait_for


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Instance:
    """One server, as its supervisor sees it."""

    environment: dict[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [Path(sys.executable).with_name("gunicorn"), "mnistsite.wsgi"],
                cwd=ROOT, env=os.environ | self.environment | {"PORT": str(self.port)}, stdout=log, stderr=log,
            )  # fmt: skip

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process:
            self.process.terminate()
            self.process.wait(60)

    def restart(self) -> None:
        self.stop()
        self.start()
        wait_for(self.is_ready)

    def is_ready(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).close()
        except OSError:
            return False
        return True


class Instances(ExitStack):
    """Starts servers on one prepared database, and waits until they are ready."""

    def __init__(self, directory: Path, environment: dict[str, str], count: int = 2) -> None:
        super().__init__()
        given = {"NUM_PROXIES": "1", "PREDICT_RATE": "none", "CLIENT_QUOTA_MB": "0", "LOG_LEVEL": "WARNING"}
        self.all = [Instance(given | environment, directory / f"instance{n}.log") for n in range(count)]

    def __enter__(self) -> Self:
        super().__enter__()
        for instance in self.all:
            self.callback(instance.stop)
            instance.start()
        for instance in self.all:
            wait_for(instance.is_ready)
        return self

    @property
    def ports(self) -> list[int]:
        return [instance.port for instance in self.all]
