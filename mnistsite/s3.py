"""An S3-compatible store for published versions; imported only where MODELS_STORE names one.

No object is ever overwritten, no call takes much longer than its deadlines, and what fails is an OSError in words.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import urllib3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)
from botocore.response import StreamingBody
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

MOST: Final = 256 * 1024 * 1024  # bytes of an object
CHUNK: Final = 1024 * 1024  # bytes of it that are read at once
DEADLINE: Final = 60.0  # seconds for all of it
OVERWRITING: Final = {409, 412}  # answers to a PUT on the condition that there is no such object
CONFIG: Final = Config(
    connect_timeout=3,
    read_timeout=5,
    retries={"total_max_attempts": 2, "mode": "standard"},
    request_checksum_calculation="when_required",  # other stores than Amazon's may not know them
    response_checksum_validation="when_required",
)


class VersionStorage(S3Storage):
    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "client_config": CONFIG}

    def exists(self, name: str) -> bool:
        with _in_words(name):
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _in_words(name):
            super().delete(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _in_words(path):
            directories, files = super().listdir(path)
            return directories, files

    def _open(self, name: str, mode: str = "rb") -> File:
        with _in_words(name):
            found = self._client.get_object(**self._object(name))
            return ContentFile(_read(found["Body"], found["ContentLength"], name), name)

    def _save(self, name: str, content: File) -> str:
        with _in_words(name):
            self._client.put_object(**self._object(name), Body=content.read(), IfNoneMatch="*")
        return name

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def _object(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(clean_name(name))}


def _read(body: StreamingBody, size: int, name: str) -> bytes:
    """All of it, before the deadline: each wait for the next bytes is short, but there may be many."""
    if size > MOST:
        raise OSError(f"{name} has {size:,} bytes")
    content, deadline = bytearray(), time.monotonic() + DEADLINE
    with body as raw:
        while chunk := raw.read1(CHUNK):
            content += chunk
            if time.monotonic() > deadline:
                raise TimeoutError(f"it has not sent {name} within {DEADLINE:.0f} s")
    if len(content) != size:
        raise ConnectionError(f"it has sent {len(content):,} of the {size:,} bytes of {name}")
    return bytes(content)


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise _refusal(error, name) from error
    except (ConnectTimeoutError, ReadTimeoutError, urllib3.exceptions.TimeoutError) as error:
        raise TimeoutError("it does not answer in time") from error
    except (BotoConnectionError, HTTPClientError, urllib3.exceptions.HTTPError) as error:
        raise ConnectionError(f"it cannot be reached ({type(error).__name__})") from error
    except NoCredentialsError as error:
        raise PermissionError("there are no credentials for it") from error
    except BotoCoreError as error:
        raise OSError(" ".join(str(error).split())) from error


def _refusal(error: ClientError, name: str) -> OSError:
    status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    if status == 404 and code != "NoSuchBucket":
        return FileNotFoundError(f"{name} is not in it")
    if status in OVERWRITING:
        return FileExistsError(f"{name} is in it already")
    if code == "NoSuchBucket":
        return OSError("it has no bucket of that name")
    return OSError(f"it answers {status} ({code})")
