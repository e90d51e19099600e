from typing import Any

from django.core.management.base import BaseCommand

from mnistsite.server.start import serve


class Command(BaseCommand):
    help = "Prepare the site, then serve it with gunicorn, which replaces this process."
    requires_system_checks: tuple[str, ...] = ()  # `prepare` makes them

    def handle(self, *args: Any, **options: Any) -> None:
        serve()
