"""Start the server in sixty environments: each must start right, or be refused in a sentence that names the variable.

    .venv/bin/python bench/environments.py

Each variable is unset, empty, wrong, and odd but right. A traceback, a secret in the output, or a server that neither
answers nor says why is a failure; the exit code is 1 then.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECRET = "hunter2-hunter2"  # noqa: S105  it must not appear in any output
KEY = "a-long-and-random-string-for-this-script"
PATIENCE = 60  # seconds
HAS_DOTENV = (ROOT / ".env").exists()  # with a SECRET_KEY in it, as `make` writes it

RIGHT: dict[str, list[str]] = {
    "SECRET_KEY": ["$kx9-not-a-variable-${HOME}", "#a%b c'd\"e-long-enough"],
    "DEBUG": ["0", "Off"],
    "ALLOWED_HOSTS": ["*", "example.org, .example.net,[::1],127.0.0.1,"],
    "CSRF_TRUSTED_ORIGINS": ["https://a.example,http://b.example:8080"],
    "BEHIND_TLS": ["YES", "false"],
    "NUM_PROXIES": ["+1", "0"],
    "LOG_LEVEL": ["debug", "Error"],
    "WEB_CONCURRENCY": ["1"],
    "HOST": ["127.0.0.1", "localhost", "::"],
    "PREDICT_RATE": ["none", "1/Seconds"],
    "EXPLAIN_RATE": ["5/d"],
    "SCRIPT_NAME": ["/digits/", "/a/b"],
    "DATABASE_URL": ["sqlite:////{directory}/C%23 work/a+b.sqlite3"],
    "REDIS_URL": ["redis://127.0.0.1:1/0"],
}
WRONG: dict[str, list[str]] = {
    "SECRET_KEY": ["a", "hunter2-hunter2"],
    "DEBUG": ["maybe"],
    "ALLOWED_HOSTS": ["https://example.org", "example.org:8000"],
    "CSRF_TRUSTED_ORIGINS": ["example.org"],
    "BEHIND_TLS": ["enabled", "true # in production"],
    "NUM_PROXIES": ["-1", "many"],
    "LOG_LEVEL": ["loud"],
    "WEB_CONCURRENCY": ["0", "two"],
    "HOST": ["127.0.0.1:80", "http://127.0.0.1"],
    "PORT": ["99999", "http"],
    "PREDICT_RATE": ["0/minute", "often"],
    "EXPLAIN_RATE": ["10/fortnight"],
    "SCRIPT_NAME": ["digits"],
    "MODELS_DIR": [__file__],
    "DATABASE_URL": [f"postgres://user:{SECRET}@host:port/name", "foo", "sqlite:////{directory}/C# work/db.sqlite3"],
    "REDIS_URL": [f"redis://:{SECRET}@host:port/0", "foo"],
}
EMPTY = (*RIGHT, "PORT", "MODELS_DIR", "STATIC_ROOT")


def main() -> None:
    cases = [(name, "", True) for name in EMPTY if name != "SECRET_KEY"] + [("SECRET_KEY", "", HAS_DOTENV)]
    cases += [(name, value, True) for name, values in RIGHT.items() for value in values]
    cases += [(name, value, False) for name, values in WRONG.items() for value in values]
    cases += [("SECRET_KEY", None, HAS_DOTENV), ("NUM_PROXIES", None, True)]  # type: ignore[list-item]
    failures = sum(not _is_well(*case) for case in cases)
    print(f"{len(cases)} environments, {failures} failed")
    sys.exit(failures > 0)


def _is_well(name: str, value: str | None, is_right: bool) -> bool:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "C# work").mkdir()
        environment = _environment(directory)
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value.format(directory=directory) if "{directory}" in value else value
        output, started = _start(environment)
        lines = output.strip().splitlines()
        refused = len(lines) == 1 and lines[0].startswith(f"{name} ")
        well = started if is_right else refused and not started
        if "Traceback" in output or (not is_right and (SECRET in output or KEY in output)):
            well = False
        said = "starts" if started else lines[-1] if lines else "says nothing"
        print(f"{'ok  ' if well else 'FAIL'} {name}={value!r}: {said}", flush=True)
        return well


def _environment(directory: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return kept | {"SECRET_KEY": KEY, "PORT": str(port), "DATABASE_URL": f"sqlite:///{directory}/db.sqlite3"}


def _start(environment: dict[str, str]) -> tuple[str, bool]:
    command = [sys.executable, "manage.py", "serve"]
    prefix, port = environment.get("SCRIPT_NAME", "").rstrip("/"), environment["PORT"]
    port, prefix = port if port.isdecimal() else "8000", prefix if prefix.startswith("/") else ""
    url = f"http://127.0.0.1:{port}{prefix}/healthz"
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        started = _answers(url, process)
        process.terminate()
        process.wait(30)
        log.seek(0)
        return log.read(), started


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


if __name__ == "__main__":
    main()
