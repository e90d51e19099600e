"""The WSGI entry point."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from mnistsite import backends, settings

if settings.env.problems:
    raise ImproperlyConfigured(settings.env.report())

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mnistsite.settings")
settings.DATABASES["default"] = backends.for_serving(settings.DATABASES["default"])

_django = get_wsgi_application()
_charset = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def find_static_files() -> None:
    """List them anew: WhiteNoise and the storage list them when they are made, perhaps before all are collected."""
    storage: Any = staticfiles_storage
    storage.hashed_files, storage.manifest_hash = storage.load_manifest()
    _django.load_middleware()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, without the request's charset: it would accept zlib or idna too, and fail outside its error handlers.

    Nothing is lost: JSON is UTF-8 (RFC 8259), and the other bodies are pictures.
    """
    environ["CONTENT_TYPE"] = _charset.sub("", environ.get("CONTENT_TYPE", ""))
    environ["PATH_INFO"] = _below(settings.FORCE_SCRIPT_NAME, environ.get("PATH_INFO", ""))
    return _django(environ, start_response)


def _below(prefix: str | None, path: str) -> str:
    """The path without the prefix that the site is served at, which some proxies remove and some do not."""
    return path.removeprefix(prefix) or "/" if prefix and f"{path}/".startswith(f"{prefix}/") else path
