"""A database and artifacts in a directory of their own, for tests that start processes."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PATIENCE = 120  # seconds until a test gives up waiting


@dataclass(frozen=True)
class Site:
    directory: Path
    url: str = ""  # of a database elsewhere

    @property
    def database(self) -> Path:
        return self.directory / "site.sqlite3"

    @property
    def models_dir(self) -> Path:
        return self.directory / "published"

    @property
    def variables(self) -> dict[str, str]:
        url = self.url or f"sqlite:///{self.database}"
        return {"DATABASE_URL": url, "MODELS_DIR": str(self.models_dir), "REDIS_URL": ""}

    def manage(self, *arguments: object, code: int = 0) -> str:
        """What a command prints, also on stderr."""
        run = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT, env=os.environ | self.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip
        assert run.returncode == code, run.stdout
        return run.stdout

    def rows(self, query: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            return connection.execute(query, values).fetchall()


def wait_for(found: Callable[[], Any]) -> Any:
    """What is found at last."""
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.05)
    return value
