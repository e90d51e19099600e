"""A temporary PostgreSQL database for one measurement."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


@contextmanager
def scratch(server: str) -> Iterator[str]:
    """The URL of a new database on the server at this URL; it is dropped at the end."""
    name = f"bench_{os.getpid()}_{time.monotonic_ns()}"
    run(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        run(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(url: str, statement: str | sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def value(url: str, query: str) -> float:
    with psycopg.connect(url) as connection:
        return float(connection.execute(query).fetchone()[0])  # type: ignore[index]
