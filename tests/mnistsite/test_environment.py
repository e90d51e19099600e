"""Every variable is read and refused by one rule."""

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest

from mnistsite import backends
from mnistsite.environment import Environment

Read = Callable[[Environment], object]
READERS: dict[str, tuple[Read, object]] = {
    "text": (lambda env: env.text("NAME", "x"), "x"),
    "boolean": (lambda env: env.boolean("NAME", default=True), True),
    "integer": (lambda env: env.integer("NAME", 3, low=0, high=9), 3),
    "level": (lambda env: env.level("NAME", "INFO"), "INFO"),
    "choice": (lambda env: env.choice("NAME", ("text", "json"), "text"), "text"),
    "networks": (lambda env: env.networks("NAME", [ip_network("::1")]), [ip_network("::1")]),
    "hosts": (lambda env: env.hosts("NAME", ["a"]), ["a"]),
    "origins": (lambda env: env.origins("NAME"), []),
    "rate": (lambda env: env.rate("NAME", "5/minute"), "5/minute"),
    "directory": (lambda env: env.directory("NAME", Path("data")), Path("data")),
    "address": (lambda env: env.address("NAME", "127.0.0.1"), "127.0.0.1"),
    "scheduler": (lambda env: env.scheduler("NAME"), ""),
    "prefix": (lambda env: env.prefix("NAME"), ""),
    "versions": (lambda env: env.versions("NAME", ("cnn", "pen")), []),
    "database": (lambda env: env.parsed("NAME", backends.database, {}), {}),
    "cache": (lambda env: env.parsed("NAME", backends.cache, {}), {}),
    "store": (lambda env: env.parsed("NAME", backends.models, None), None),
    "endpoint": (lambda env: env.parsed("NAME", backends.endpoint, ""), ""),
}
RIGHT = [
    *[("boolean", value, True) for value in ("true", "True", "1", "on", "YES", "ok", " true ")],
    *[("boolean", value, False) for value in ("false", "FALSE", "0", "off", "no")],
    ("integer", "0", 0),
    ("integer", "+9", 9),
    ("level", "debug", "DEBUG"),
    ("choice", "JSON", "json"),
    ("networks", "none", []),
    ("networks", "10.0.0.0/8, ::1,127.0.0.1", [ip_network("10.0.0.0/8"), ip_network("::1"), ip_network("127.0.0.1")]),
    ("hosts", "example.org, .example.net,*,[::1],10.0.0.7,", ["example.org", ".example.net", "*", "[::1]", "10.0.0.7"]),
    ("origins", "https://a.example,http://b.example:8080", ["https://a.example", "http://b.example:8080"]),
    ("rate", "60/Minute", "60/minute"),
    ("rate", "1/hours", "1/hours"),
    ("rate", "none", ""),
    ("address", "::", "[::]"),
    ("address", "[::1]", "[::1]"),
    ("address", "0.0.0.0", "0.0.0.0"),  # noqa: S104  it is not listened on
    ("address", "web-1.internal", "web-1.internal"),
    *[("scheduler", value, value) for value in ("tcp://10.0.0.7:8786", "tls://dask.internal:1", "tcp://[::1]:8786")],
    ("prefix", "/digits/", "/digits"),
    ("prefix", "/", ""),
    ("prefix", "//", ""),
    ("versions", "cnn:4", [("cnn", 4)]),
    ("versions", " pen:12, cnn:4,pen:12,", [("pen", 12), ("cnn", 4)]),
    ("endpoint", "https://s3.example.org/", "https://s3.example.org"),
    ("endpoint", "http://[::1]:9000", "http://[::1]:9000"),
    *[
        ("store", url, {"BACKEND": "mnistsite.s3.VersionStorage", "OPTIONS": options | {"endpoint_url": None}})
        for url, options in (
            ("s3://digits", {"bucket_name": "digits", "location": ""}),
            ("s3://digits.example/a/b-1/", {"bucket_name": "digits.example", "location": "a/b-1"}),
        )
    ],
]
WRONG = [
    *[("boolean", value) for value in ("enabled", "2", "true # in production", '"true"', "tru")],
    *[("integer", value) for value in ("-1", "10", "many", "1.0", "1 # one", "٣", "9" * 40)],
    *[("level", value) for value in ("loud", "10", "info;")],
    *[("choice", value) for value in ("xml", "jso", "text json")],
    *[("networks", value) for value in ("localhost", "10.0.0.7/8", "10.0.0.0/33", "10.0.0.7:80", "10.0.0.7 ::1")],
    *[("hosts", value) for value in ("https://example.org", "example.org:8000", "a b", "::1", "a/b")],
    *[
        ("scheduler", value)
        for value in (
            "10.0.0.7:8786",
            "http://a:1",
            "tcp://a",
            "tcp://:8786",
            "tcp://a:0",
            "tcp://a:99999",
            "tcp://a:1/b",
        )
    ],
    *[("scheduler", value) for value in ("tcp://me@a:1", "tcp://a:1?b", "tcp://[a:1", "yes")],
    *[("origins", value) for value in ("example.org", "https://", "https://a/b", "ftp://a")],
    *[
        ("rate", value)
        for value in ("0/minute", "often", "5", "5/fortnight", "x/min", "-1/hour", "5/month", "5 / hour")
    ],
    *[("directory", value) for value in (__file__, "a\0b")],
    *[("address", value) for value in ("127.0.0.1:80", "999.1.1.1", "a..b", "-a", "http://a", "::g")],
    *[("prefix", value) for value in ("digits", "/a b", "/a?b", "https://a/b")],
    *[
        ("versions", value)
        for value in ("cnn", "cnn:", "cnn:0", "cnn:v4", "cnn:4.0", "cnn:٤", "knn:4", "CNN:4", "cnn:4 pen:1")
    ],
    *[("versions", value) for value in ("cnn:9999999999", "cnn:-1", "cnn:4:1")],
]
ADDRESSES = [
    *[("database", value) for value in ("foo", "mysql://a/b", "postgres://u:hunter2@h:x/n", "postgres://u:hunter2@h")],
    ("database", "postgres://u:hunter2@h:99999/n"),
    *[("database", value) for value in ("sqlite:////tmp/hunter2?#", "sqlite:////hunter2/db", "sqlite:db")],
    *[("cache", value) for value in ("foo", "http://hunter2@a", "redis://hunter2@host:notaport/0")],
    *[
        ("store", value)
        for value in ("digits", "s3://", "s3://u:hunter2@digits", "s3://Digits", "s3://a", "gs://digits")
    ],
    *[
        ("store", value)
        for value in ("s3://digits/../other", "s3://digits/a?b", "s3://digits/a b", "s3://digits//a//b")
    ],
    *[("endpoint", value) for value in ("s3.example.org", "https://u:hunter2@host", "https://", "https://host:port")],
    *[("endpoint", value) for value in ("https://host/?hunter2", "ftp://host", "https://host:99999")],
]


def read(kind: str, **values: str) -> tuple[object, list[str]]:
    environment = Environment(values)
    return READERS[kind][0](environment), [problem.sentence for problem in environment.problems]


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("values", [{}, {"NAME": ""}, {"NAME": " \t"}])
def test_unset_and_empty_mean_the_default(kind, values):
    assert read(kind, **values) == (READERS[kind][1], [])


@pytest.mark.parametrize(("kind", "value", "expected"), RIGHT)
def test_it_reads(kind, value, expected):
    assert read(kind, NAME=value) == (expected, [])


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_it_refuses_in_one_sentence_and_goes_on_with_the_default(kind, value):
    found, (sentence,) = read(kind, NAME=value)
    assert found == READERS[kind][1]
    assert sentence.startswith("NAME must ")
    assert sentence.endswith(".")


@pytest.mark.parametrize(("kind", "value"), ADDRESSES)
def test_an_address_is_refused_without_its_password(kind, value):
    found, (sentence,) = read(kind, NAME=value)
    assert found == READERS[kind][1]
    assert sentence.startswith("NAME ")
    assert "unter2" not in sentence
    assert "hun" not in sentence


@pytest.mark.parametrize("key", ["$kx9-and-some-more-%d{x}", "a#b c'd\"e-and-some-more", "\\u1234\\n-and-some-more"])
def test_a_secret_is_taken_literally(key):
    environment = Environment({"SECRET_KEY": key})
    assert environment.secret("SECRET_KEY") == key
    assert environment.problems == []


@pytest.mark.parametrize("key", ["", "a", "abcabcabcabcabcabcabc", "fifteen-letters"])
def test_a_secret_that_is_none_is_refused_and_never_shown(key):
    environment = Environment({"SECRET_KEY": key})
    environment.secret("SECRET_KEY")
    assert environment.report().startswith("SECRET_KEY is ")
    assert not key or f"{key!r}" not in environment.report()


def test_a_secret_that_nobody_needs_may_be_missing_but_not_weak():
    environment = Environment({"OTHER": "abc"})
    assert environment.secret("TOKEN", required=False) == ""
    assert environment.problems == []
    assert environment.secret("OTHER", required=False) == ""
    assert environment.report().startswith("OTHER is too easy to guess")


def test_a_long_value_is_quoted_in_part():
    _, (sentence,) = read("boolean", NAME="x" * 5000)
    assert len(sentence) < 120


def test_what_is_in_the_file_is_read_literally_and_what_the_process_has_goes_first(tmp_path, monkeypatch):
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "SECRET_KEY=$kx9#not-a-comment-${HOME}\n"
        "BEHIND_TLS=true # in production\n"
        'export LOG_LEVEL="DEBUG"\n'
        "NUM_PROXIES=\n"
        "PORT=9000\n"
    )
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("LOG_LEVEL", "")
    for name in ("SECRET_KEY", "BEHIND_TLS", "NUM_PROXIES"):
        monkeypatch.delenv(name, raising=False)
    environment = Environment.load(dotenv)
    assert environment.secret("SECRET_KEY") == "$kx9#not-a-comment-${HOME}"
    assert environment.boolean("BEHIND_TLS", default=False) is True
    assert environment.level("LOG_LEVEL", "INFO") == "DEBUG"
    assert environment.integer("NUM_PROXIES", 0, low=0) == 0
    assert environment.integer("PORT", 8000, low=1) == 9001
    assert environment.problems == []


def test_a_value_can_lie_in_a_file_of_its_own(tmp_path):
    (tmp_path / "key").write_text("a-long-and-random-string\n")
    environment = Environment({"SECRET_KEY_FILE": str(tmp_path / "key"), "NAME_FILE": str(tmp_path / "none")})
    assert environment.secret("SECRET_KEY") == "a-long-and-random-string"
    assert environment.text("NAME", "default") == "default"
    assert environment.report() == "NAME_FILE names a file that cannot be read: FileNotFoundError."


@pytest.mark.parametrize("name", ["C# work", "50 %", "what?", "a+b", "plain"])
def test_a_path_to_sqlite_is_no_address(tmp_path, name):
    (tmp_path / name).mkdir()
    assert backends.sqlite(tmp_path / name / "db.sqlite3")["NAME"] == str(tmp_path / name / "db.sqlite3")


def test_an_address_of_sqlite_may_be_escaped(tmp_path):
    (tmp_path / "C# work").mkdir()
    config = backends.database(f"sqlite:///{tmp_path}/C%23 work/a+b.sqlite3")
    assert config["NAME"] == f"{tmp_path}/C# work/a+b.sqlite3"


@pytest.mark.parametrize("url", sorted(backends.IN_MEMORY))
def test_sqlite_in_memory(url):
    assert backends.database(url)["NAME"] == ":memory:"


def test_a_password_in_an_address_need_not_be_escaped():
    assert backends.database("postgres://user:p#ss@db/digits")["PASSWORD"] == "p#ss"


def test_an_address_of_postgresql():
    config = backends.database("postgres://user:p%23ss@db.internal:5433/digits?sslmode=require")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert [config[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "user",
        "p#ss",
        "db.internal",
        5433,
        "digits",
    ]
    assert config["OPTIONS"] == {"sslmode": "require"}


def test_a_store_without_its_client_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(backends, "find_spec", lambda _: None)
    value, problems = read("store", NAME="s3://digits")
    assert value is None
    (problem,) = problems
    assert problem.startswith("NAME needs django-storages and boto3, which are not installed: `make setup-store`")
