import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

# For glibc, which reads it when a process starts. By its own rule, each thread keeps up to 64 MB that it has freed, as
# soon as there was one photograph. Blocks as large as a photograph's are reused; of what is free, 8 MB are kept.
ALLOCATOR: Final = {"MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024), "MALLOC_TRIM_THRESHOLD_": str(8 * 1024 * 1024)}
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Prepare the site, then serve it with gunicorn, which replaces this process."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("prepare")
        self._say(f"Draw a digit at http://{settings.HOST}:{settings.PORT}{settings.FORCE_SCRIPT_NAME or ''}/")
        os.environ["WEB_CONCURRENCY"] = str(settings.WEB_CONCURRENCY)  # gunicorn fails on an empty value
        for name, value in ALLOCATOR.items():
            os.environ.setdefault(name, value)
        gunicorn = Path(sys.executable).with_name("gunicorn")
        os.execv(gunicorn, [str(gunicorn), "mnistsite.wsgi"])  # noqa: S606  no shell is wanted

    def _say(self, sentence: str) -> None:
        """Where the log is for machines, there is nothing but the log."""
        if settings.LOG_FORMAT == "json":
            log.info("%s", sentence)
            return
        self.stdout.write(sentence)
        self.stdout.flush()
