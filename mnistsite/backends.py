"""Django's settings for a database, a cache or a store of versions, from its URL."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from environ import Env

from mnistsite.database.gate import SLOTS

HOUR: Final = 3600  # seconds
CONNECT: Final = 2  # seconds, while a web process waits for a connection to PostgreSQL
LOCK: Final = 3  # seconds, while it waits for SQLite's lock
TCP: Final = {  # finds out within seconds that the server's machine is gone
    "connect_timeout": CONNECT,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 5000,
}
POSTGRESQL: Final = ("postgres", "postgresql", "psql", "pgsql")
_bucket = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII).fullmatch
_location = re.compile(r"[\w.-]+(/[\w.-]+)*", re.ASCII).fullmatch
IN_MEMORY: Final = {"sqlite://:memory:", "sqlite://", "sqlite:///", "sqlite:///:memory:"}


def sqlite(path: Path | str) -> dict[str, Any]:
    """WAL lets readers work beside one writer; a writer takes its lock at the start, instead of failing half-way."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    }


def database(url: str) -> dict[str, Any]:
    """The settings of the database at `url`.

    Raises:
        ValueError: the message never quotes the URL, which may contain a password.
    """
    scheme = url.partition(":")[0].lower()
    if scheme == "sqlite":
        return sqlite(_sqlite_path(url))
    if scheme not in POSTGRESQL:
        raise ValueError("must begin with postgres:// or sqlite:///")
    try:
        config = Env.db_url_config(url)
        port = int(config["PORT"] or 5432)
    except ValueError:
        raise ValueError("is not the address of a database") from None
    if not config["NAME"] or not 0 < port < 65536:
        raise ValueError("needs a host, a port and a name, as in postgres://user:password@host:5432/name")
    return {**config, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def for_serving(config: dict[str, Any]) -> dict[str, Any]:
    """The same database for a web process: behind a gate, with deadlines, and connections that its threads share."""
    options = config.get("OPTIONS", {})
    if config["ENGINE"].endswith("sqlite3"):
        return {**config, "ENGINE": "mnistsite.database.sqlite3", "OPTIONS": options | {"timeout": LOCK}}
    from mnistsite.database.postgresql.base import DeadlineConnection

    pool = {
        "connection_class": DeadlineConnection,
        "min_size": 0,
        "max_size": SLOTS,
        "timeout": CONNECT,
        "reconnect_timeout": CONNECT,
        "max_idle": 60,
    }
    return {
        **config,
        "ENGINE": "mnistsite.database.postgresql",
        "CONN_MAX_AGE": 0,
        "OPTIONS": TCP | options | {"pool": pool},
    }


def cache(url: str) -> dict[str, Any]:
    """The settings of the cache in the Redis at `url`, or in memory if it is empty.

    Raises:
        ValueError: the message never quotes the URL.
    """
    if not url:
        return {
            "BACKEND": "mnistsite.caches.MemoryCache",
            "TIMEOUT": HOUR,  # a deletion reaches only one worker's memory
            "OPTIONS": {"MAX_ENTRIES": 5_000},
        }
    from redis.backoff import NoBackoff  # 10 MB that a server without Redis need not carry
    from redis.connection import parse_url
    from redis.retry import Retry

    try:
        parse_url(url)  # type: ignore[no-untyped-call]
    except ValueError:
        raise ValueError("must be an address such as redis://host:6379/0") from None
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": url,
        "TIMEOUT": 7 * 24 * HOUR,
        "OPTIONS": {  # if Redis is gone or hangs, answers go on, a fraction of a second later
            "SOCKET_CONNECT_TIMEOUT": 0.2,
            "SOCKET_TIMEOUT": 0.2,
            "CONNECTION_POOL_KWARGS": {"retry": Retry(NoBackoff(), 0)},
            "IGNORE_EXCEPTIONS": True,
            "SERIALIZER": "mnistsite.serializer.TolerantJSONSerializer",
        },
    }


def models(url: str) -> dict[str, Any]:
    """The settings of the store of versions at `url`, without its endpoint.

    Raises:
        ValueError: the message never quotes the URL.
    """
    parts = urlsplit(url)
    location = parts.path.strip("/")
    if parts.scheme != "s3" or not _bucket(parts.netloc) or (location and not _location(location)):
        raise ValueError(
            "must be s3:// and the name of a bucket, as in s3://bucket or s3://bucket/prefix; such a name has 3 to 63 "
            "lower-case letters, digits, dots and hyphens"
        )
    if ".." in location.split("/") or parts.query or parts.fragment:
        raise ValueError("must be s3:// and the name of a bucket, without ?, # and ..")
    if not find_spec("storages") or not find_spec("boto3"):
        raise ValueError(
            "needs django-storages and boto3, which are not installed: `make setup-store` installs them; images take "
            "--build-arg REQUIREMENTS=requirements-s3.txt"
        )
    return {
        "BACKEND": "mnistsite.s3.VersionStorage",
        "OPTIONS": {"bucket_name": parts.netloc, "location": location, "endpoint_url": None},
    }


def endpoint(url: str) -> str:
    """The address of an S3-compatible store.

    Raises:
        ValueError: the message never quotes the URL.
    """
    try:
        parts = urlsplit(url)
        is_complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_complete = False
    if not is_complete or parts.scheme not in {"http", "https"} or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be an address such as https://minio.example.org:9000, without a user and a password")
    return url.rstrip("/")


def _sqlite_path(url: str) -> str:
    if url in IN_MEMORY:
        return ":memory:"
    if not url.startswith("sqlite:///") or re.search(r"[?#]", url):
        raise ValueError("must be sqlite:/// and a path, in which # is written %23 and ? is written %3F")
    path = unquote(urlsplit(url).path[1:])
    if not Path(path).parent.is_dir():
        raise ValueError("names a file in a directory that does not exist")
    return path
