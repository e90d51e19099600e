"""Read environment variables, and refuse invalid ones, all by the same rules.

An empty variable counts as unset. Values are taken literally: nothing in them is expanded. An invalid value is a
problem, whose message names the variable but never quotes a secret. `manage.py`, the server and the system checks
report problems, and nothing starts. `NAME_FILE` names a file that holds the value, as for container secrets.
"""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values

T = TypeVar("T")
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

TRUE: Final = {"1", "on", "true", "t", "yes", "y", "ok"}
FALSE: Final = {"0", "off", "false", "f", "no", "n"}
LEVELS: Final = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")
KEY_LENGTH: Final = 16  # characters; Django's own generated keys have 50
_rate = re.compile(r"[1-9]\d{0,8}/(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)", re.ASCII).fullmatch
_host = re.compile(r"\*|\.?[\w-]+(\.[\w-]+)*\.?|\[[0-9a-f:.]+\]", re.ASCII | re.IGNORECASE).fullmatch
_prefix = re.compile(r"(/[\w.~%-]+)+", re.ASCII).fullmatch


@dataclass(frozen=True)
class Problem:
    """Why a variable is refused; `sentence` begins with its name."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Environment:
    """Reads variables and collects their problems; an invalid value is replaced by the default."""

    values: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    @classmethod
    def load(cls, dotenv: Path) -> "Environment":
        """The environment of the process, and variables that it lacks from the file `dotenv`, which may be missing."""
        given = {name: value for name, value in os.environ.items() if value.strip()}
        return cls({name: value for name, value in _file(dotenv).items() if value} | given)

    def text(self, name: str, default: str = "") -> str:
        return self._read(name, str, default)

    def boolean(self, name: str, default: bool) -> bool:
        return self._read(name, _boolean, default)

    def integer(self, name: str, default: int, *, low: int, high: int = 2**31 - 1) -> int:
        return self._read(name, lambda value: _integer(value, low, high), default)

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """One of these words, in any case."""
        return self._read(name, lambda value: _choice(value, options), default)

    def level(self, name: str, default: str) -> str:
        return self._read(name, _level, default)

    def hosts(self, name: str, default: list[str]) -> list[str]:
        """Host names and addresses, separated by commas."""
        return self._read(name, lambda value: [_listed_host(one) for one in _items(value)], default)

    def origins(self, name: str) -> list[str]:
        """Origins such as https://example.org, separated by commas."""
        return self._read(name, lambda value: [_origin(one) for one in _items(value)], [])

    def rate(self, name: str, default: str) -> str:
        """A rate such as 60/minute; empty for "none"."""
        return self._read(name, _parse_rate, default)

    def directory(self, name: str, default: Path) -> Path:
        return self._read(name, _directory, default)

    def address(self, name: str, default: str) -> str:
        """An address to listen on, as in a URL: IPv6 in brackets."""
        return self._read(name, _address, default)

    def scheduler(self, name: str) -> str:
        """The address of a Dask scheduler; empty for none."""
        return self._read(name, scheduler, "")

    def prefix(self, name: str) -> str:
        """A path without a trailing slash; empty for none."""
        return self._read(name, _parse_prefix, "")

    def networks(self, name: str, default: list[Network]) -> list[Network]:
        """IP addresses and networks, separated by commas; none for "none"."""
        return self._read(name, _networks, default)

    def versions(self, name: str, kinds: tuple[str, ...]) -> list[tuple[str, int]]:
        """Versions of these kinds, such as cnn:4, separated by commas; each once."""
        return self._read(name, lambda value: [*dict.fromkeys(_version(one, kinds) for one in _items(value))], [])

    def secret(self, name: str, *, required: bool = True) -> str:
        """A value that never appears in a message; empty if it is neither there nor required."""
        if required and not self._value(name):
            self._refuse(name, "is required: set it to a long random string.")
        return self._read(name, _secret, "", secret=True)

    def parsed(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """The result of `parse` for a value that may contain a password; its ValueError must not quote the value."""
        return self._read(name, parse, default, secret=True)

    def report(self) -> str:
        """The problems, one sentence per line; empty if there are none."""
        return "\n".join(problem.sentence for problem in self.problems)

    def _read(self, name: str, parse: Callable[[str], T], default: T, *, secret: bool = False) -> T:
        value = self._value(name)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            self._refuse(name, f"{error}." if secret else f"{error}, not {_quoted(value)}.")
            return default

    def _value(self, name: str) -> str:
        if value := self.values.get(name, "").strip():
            return value
        if not (path := self.values.get(f"{name}_FILE", "").strip()):
            return ""
        try:
            return Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            self._refuse(f"{name}_FILE", f"names a file that cannot be read: {type(error).__name__}.")
            return ""

    def _refuse(self, name: str, why: str) -> None:
        self.problems.append(Problem(name, f"{name} {why}"))


def _file(path: Path) -> dict[str, str | None]:
    return dotenv_values(path, interpolate=False) if path.is_file() else {}


def _items(value: str) -> list[str]:
    return [item for each in value.split(",") if (item := each.strip())]


def _quoted(value: str) -> str:
    return repr(value if len(value) <= 60 else f"{value[:60]}…")


def _boolean(value: str) -> bool:
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ValueError("must be true or false")


def _integer(value: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[+-]?\d{1,12}", value, re.ASCII) or not low <= int(value) <= high:
        limit = f"at least {low}" if high == 2**31 - 1 else f"from {low} to {high}"
        raise ValueError(f"must be a whole number {limit}")
    return int(value)


def _choice(value: str, options: tuple[str, ...]) -> str:
    if value.lower() not in options:
        raise ValueError(f"must be {' or '.join(options)}")
    return value.lower()


def _networks(value: str) -> list[Network]:
    if value.lower() == "none":
        return []
    try:
        return [ipaddress.ip_network(one) for one in _items(value)]
    except ValueError:
        raise ValueError('must be addresses or networks such as 10.0.0.0/8, separated by commas, or "none"') from None


def _version(value: str, kinds: tuple[str, ...]) -> tuple[str, int]:
    kind, _, number = value.partition(":")
    if kind not in kinds or not re.fullmatch(r"[1-9]\d{0,8}", number, re.ASCII):
        raise ValueError(f"must be versions such as {kinds[0]}:4, separated by commas, of {', '.join(kinds)}")
    return kind, int(number)


def _level(value: str) -> str:
    if value.upper() not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    return value.upper()


def _listed_host(value: str) -> str:
    if not _host(value):
        raise ValueError("must be host names separated by commas, without scheme, port or path (IPv6 in brackets)")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query or parts.fragment:
        raise ValueError("must be origins such as https://example.org, separated by commas")
    return value


def _parse_rate(value: str) -> str:
    if value.lower() == "none":
        return ""
    if not _rate(value.lower()):
        raise ValueError('must be a number and a period, such as 60/minute (second, minute, hour, day), or "none"')
    return value.lower()


def _directory(value: str) -> Path:
    path = Path(value)
    if "\0" in value or (path.exists() and not path.is_dir()):
        raise ValueError("must be a directory")
    return path


def _address(value: str) -> str:
    try:
        address = ipaddress.ip_address(value.removeprefix("[").removesuffix("]"))
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([\w-]*[A-Za-z0-9])?(\.[\w-]+)*", value, re.ASCII) or value[-1].isdigit():
            raise ValueError("must be an IP address or a host name, without a port") from None
        return value
    return f"[{address}]" if address.version == 6 else str(address)


def scheduler(value: str) -> str:
    """The address of a Dask scheduler; the ValueError says in words what one looks like."""
    try:
        parts = urlsplit(value)
        plain = parts.port and parts.netloc == value.partition("://")[2] and "@" not in value
        if parts.scheme in {"tcp", "tls"} and parts.hostname and plain:
            return value
    except ValueError:  # of a port, or of brackets
        pass
    raise ValueError("must be the address of a Dask scheduler, such as tcp://10.0.0.7:8786")


def _parse_prefix(value: str) -> str:
    path = value.rstrip("/")
    if path and not _prefix(path):
        raise ValueError("must be a path such as /digits")
    return path


def _secret(value: str) -> str:
    if len(value) < KEY_LENGTH or len(set(value)) < 5:
        raise ValueError(f"is too easy to guess: it needs at least {KEY_LENGTH} characters, five of them different")
    return value
