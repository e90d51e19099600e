"""A store of versions as machines share one: moto's S3 server, and servers that fail in its place."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

BUCKET, PREFIX = "models", "site"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True)
class Bucket:
    endpoint: str

    @property
    def url(self) -> str:
        return f"s3://{BUCKET}/{PREFIX}"

    @property
    def variables(self) -> dict[str, str]:
        return VARIABLES | {"MODELS_STORE": self.url, "MODELS_STORE_ENDPOINT": self.endpoint}

    @property
    def client(self) -> Any:
        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id="testing", aws_secret_access_key="testing",
        )  # fmt: skip

    def empty(self) -> None:
        names = self.names()
        if names:
            self.client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": f"{PREFIX}/{x}"} for x in names]})

    def names(self) -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/").get("Contents", [])
        return [each["Key"].removeprefix(f"{PREFIX}/") for each in found]

    def name(self, version: str, file: str) -> str:
        """The name of a file of a version such as "svm/v2"."""
        (found,) = (each for each in self.names() if each.startswith(f"{version}/") and each.endswith(f"-{file}"))
        return found

    def read(self, name: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}")["Body"].read()
        return content

    def write(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=content)

    def flip(self, name: str) -> bytes:
        """Flip one bit of an object; returns what it was."""
        content = self.read(name)
        changed = bytearray(content)
        changed[len(changed) // 2] ^= 1
        self.write(name, bytes(changed))
        return content

    def delete(self, name: str) -> None:
        self.client.delete_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}")


@contextmanager
def moto() -> Iterator[Bucket]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        bucket = Bucket(f"http://{host}:{port}")
        bucket.client.create_bucket(Bucket=BUCKET)
        yield bucket
    finally:
        server.stop()


@contextmanager
def hanging() -> Iterator[str]:
    """The address of a server that accepts connections, and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def refusing() -> Iterator[str]:
    """The address of a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def _serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def failing() -> Iterator[str]:
    """The address of a server that answers 500 to everything."""

    class Handler(BaseHTTPRequestHandler):
        def fail(self) -> None:
            self.send_response(500)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_PUT = do_DELETE = fail  # noqa: N815

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with _serving(Handler) as address:
        yield address


@contextmanager
def dripping(size: int = 1000, n: int = 1000, pause: float = 0.05) -> Iterator[str]:
    """The address of a server that says that everything has so many bytes, sends `n` of them one by one, and ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(size))
            self.end_headers()
            with suppress(OSError):
                for _ in range(n):
                    self.wfile.write(b".")
                    time.sleep(pause)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002

    with _serving(Handler) as address:
        yield address
