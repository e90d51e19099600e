"""Types of command-line arguments, and what is said when a library is missing."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable

from mnistsite import environment


def number(low: int, high: float = math.inf) -> Callable[[str], int]:
    """A type for argparse: whole numbers from `low` to `high`, or of at least `low`, in the digits 0 to 9."""
    wanted = f"of at least {low}" if high == math.inf else f"from {low} to {high}"

    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise ArgumentTypeError(f"{text!r} is not a whole number {wanted}")
        return int(text)

    return number


def scheduler(text: str) -> str:
    """A type for argparse: the address of a Dask scheduler."""
    try:
        return environment.scheduler(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} {error}") from None


def how_to_install(missing: ModuleNotFoundError) -> str:
    """The sentence for a library that training needs."""
    target = "setup-dask" if missing.name in {"dask", "distributed"} else "setup-train"
    return f"{missing.name} is not installed: run `make {target}` first."
