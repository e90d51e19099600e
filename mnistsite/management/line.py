"""Running a command, whose surroundings may fail: that is told in one sentence, unless `--traceback` asks for more."""

import os
import sys
from collections.abc import Sequence
from typing import Final

from django.core.management import execute_from_command_line
from django.db import Error

from mnistsite.database.outages import is_outage

MISSING: Final = ("no such table", "no such column", "does not exist")


def run(arguments: Sequence[str]) -> None:
    """Run a command of `manage.py`; exits with 1 if the database is away, or whoever reads the output has gone."""
    try:
        execute_from_command_line([*arguments])
        sys.stdout.flush()
    except Error as error:
        if "--traceback" in arguments or not is_outage(error):
            raise
        sys.exit(_sentence(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would complain at its end
        sys.exit(1)


def _sentence(error: Error) -> str:
    words = (str(error).splitlines() or [type(error).__name__])[0].strip().rstrip(".")
    hint = " Run `manage.py migrate` first." if any(each in words for each in MISSING) else ""
    return f"The database is unavailable: {words}.{hint}"
