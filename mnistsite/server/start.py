"""How the site is started: gunicorn, which prepares it in a child process before it serves.

Setting Django up takes most of the start, so it is done once: the child is forked from the server, finds the site
imported, and takes with it what only migrations and static files need.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn

from mnistsite import settings

# For glibc, which reads it when a process starts. By its own rule, each thread keeps up to 64 MB that it has freed, as
# soon as there was one photograph. Blocks as large as a photograph's are reused; of what is free, 8 MB are kept.
ALLOCATOR: Final = {"MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024), "MALLOC_TRIM_THRESHOLD_": str(8 * 1024 * 1024)}
PREPARES: Final = "GUNICORN_PREPARES"  # in the environment: gunicorn.conf.py calls `prepare`


def serve() -> NoReturn:
    """Replace this process by gunicorn."""
    os.environ[PREPARES] = "1"
    with suppress(OSError):  # which collecting reports; WhiteNoise warns of a directory that is missing
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    os.environ["WEB_CONCURRENCY"] = str(settings.WEB_CONCURRENCY)  # gunicorn fails on an empty value
    for name, value in ALLOCATOR.items():
        os.environ.setdefault(name, value)
    gunicorn = Path(sys.executable).with_name("gunicorn")
    os.execv(gunicorn, [str(gunicorn), "mnistsite.wsgi"])  # noqa: S606  no shell is wanted


def prepare(database: dict[str, Any]) -> int:
    """Run `manage.py prepare` on this database in a child of a process that has set Django up; return its exit code."""
    from multiprocessing import get_context

    child = get_context("fork").Process(target=_prepare, args=(database,))
    child.start()
    try:
        child.join()
    except KeyboardInterrupt:  # which the child got too
        child.join()
    return child.exitcode or 0


def _prepare(database: dict[str, Any]) -> None:
    from django.core.management import execute_from_command_line
    from django.db import connections

    settings.DATABASES["default"] = database  # without the server's deadlines
    connections.settings = connections.configure_settings(settings.DATABASES)
    for connection in connections.all(initialized_only=True):
        del connections[connection.alias]
    try:
        execute_from_command_line(["manage.py", "prepare"])
    except KeyboardInterrupt:
        sys.stderr.write("Stopped by SIGINT.\n")
        sys.exit(130)
