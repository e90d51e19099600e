"""Types of command-line arguments."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable


def number(low: int, high: float = math.inf) -> Callable[[str], int]:
    """A type for argparse: whole numbers from `low` to `high`, or of at least `low`, in the digits 0 to 9."""
    wanted = f"of at least {low}" if high == math.inf else f"from {low} to {high}"

    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise ArgumentTypeError(f"{text!r} is not a whole number {wanted}")
        return int(text)

    return number
