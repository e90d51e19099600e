"""Make a published version the champion of its kind."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from predictor.ml.errors import MlError
from predictor.services.answering.champions import KINDS
from predictor.services.learning.promotions import promote
from predictor.services.store.objects import StoreUnavailable


class Command(BaseCommand):
    help = (
        "Make a published version the champion of its kind, after its self-test: an older one to undo a retrain, or "
        "any to repair a damaged champions.json. Running servers switch to it within five seconds."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", help=", ".join(KINDS))
        parser.add_argument("number", metavar="version", help="its number, such as 2")
        parser.add_argument("--reason", default="", help="why, for the log of promotions")

    def handle(self, *, kind: str, number: str, reason: str, **options: Any) -> None:
        try:
            promoted = promote(kind, number, reason=reason or "manage.py promote")
        except (MlError, StoreUnavailable) as error:
            raise CommandError(str(error)) from error
        except (OSError, Error) as error:
            raise CommandError(f"The champions cannot be written: {error}") from error
        self.stdout.write(f"{promoted.kind} v{promoted.version} is the champion now.")
