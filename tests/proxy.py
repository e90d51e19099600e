"""The real nginx in front of servers, with `deploy/nginx` as it is but for its ports and paths."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.instances import free_port
from tests.site import ROOT, wait_for

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
MISSING = "nginx is missing: apt-get install nginx-light"
MAIN = """
{user}
daemon off;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    include mime.types;
    default_type application/octet-stream;
    {temporary}
    include draw-a-digit/{site};
}}
"""
TEMPORARY = (
    "client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;"
)
TYPES = "types { text/css css; text/javascript js; image/svg+xml svg; }"


def configure(
    directory: Path,
    *,
    port: int,
    upstreams: Sequence[int],
    site: str = "site.conf",
    changes: Mapping[str, str] | None = None,
) -> list[str]:
    """Write the configuration to a directory; returns the command. `changes` replace text, which must be there."""
    shutil.copytree(ROOT / "deploy/nginx", directory / "draw-a-digit")
    user = "user root;" if os.geteuid() == 0 else ""  # the test's files are its own
    (directory / "nginx.conf").write_text(MAIN.format(user=user, temporary=TEMPORARY, site=site))
    (directory / "mime.types").write_text(TYPES)
    (directory / "www").mkdir()
    (directory / "www/static").symlink_to(ROOT / "staticfiles")
    places = directory / "draw-a-digit"
    for n, each in enumerate(upstreams, 1):
        _replace(places / "upstream.conf", rf"127\.0\.0\.1:800{n}\b", f"127.0.0.1:{each}")
    _replace(places / site, r"listen 80 default_server;\n.*", f"listen 127.0.0.1:{port};")
    _replace(places / site, r"/var/log/nginx/access\.log", str(directory / "access.log"))
    _replace(places / "server.conf", r"/srv/www", str(directory / "www"))
    for old, new in (changes or {}).items():
        found = [path for path in places.iterdir() if old in path.read_text()]
        assert found, f"{old} is nowhere"
        for path in found:
            _replace(path, re.escape(old), new)
    return [str(NGINX), "-p", str(directory), "-c", str(directory / "nginx.conf")]


@contextmanager
def proxying(directory: Path, *, upstreams: Sequence[int], changes: Mapping[str, str] | None = None) -> Iterator[str]:
    """Its address; see `configure`."""
    port = free_port()
    command = configure(directory, port=port, upstreams=upstreams, changes=changes)
    with (
        (directory / "log").open("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        try:
            wait_for(lambda: process.poll() is not None or (directory / "nginx.pid").exists())
            assert process.poll() is None, (directory / "log").read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _replace(path: Path, pattern: str, new: str) -> None:
    text, count = re.subn(pattern, lambda _: new, path.read_text())
    assert count, f"{pattern} is not in {path.name}"
    path.write_text(text)
