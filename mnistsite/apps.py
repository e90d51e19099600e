"""App configurations that load and collect only what serving needs."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig

UNUSED: Final = {"django.contrib.postgres", "inflection", "markdown", "pygments", "requests", "uritemplate", "yaml"}


class SiteConfig(AppConfig):
    name = "mnistsite"

    def ready(self) -> None:
        """Import REST framework without the optional packages that it imports wherever they are installed.

        This site does not use what they are for. psycopg alone would take 9 MB of each worker on SQLite, the packages
        of the tests another 7. Other modules can still import them.
        """
        with _hidden(UNUSED - sys.modules.keys()):
            importlib.import_module("rest_framework.compat")


class AdminConfig(DjangoAdminConfig):
    default_site = "mnistsite.login.Site"


class StaticConfig(StaticFilesConfig):
    """Leave out files that are never served: Redoc, REST framework's browsable API, source maps."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc", "rest_framework", "*.map"]


@contextmanager
def _hidden(names: set[str]) -> Iterator[None]:
    """Make imports of these fail in the meantime, as if they were not installed."""
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]  # None makes the import fail
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
