"""The WSGI entry point."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mnistsite.settings")

_django = get_wsgi_application()
_charset = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django, without the charset of a request: it would decode with zlib or idna too, and fail outside its handlers.

    Nothing is lost: JSON is UTF-8 (RFC 8259), and the other bodies are pictures.
    """
    environ["CONTENT_TYPE"] = _charset.sub("", environ.get("CONTENT_TYPE", ""))
    return _django(environ, start_response)
