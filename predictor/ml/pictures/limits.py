"""How large a picture may be."""

from typing import Final

from predictor.ml.errors import ImageTooLarge

MAX_SIDE: Final = 4096
MAX_AREA: Final = 4_000_000
# Of a JPEG, whose decoder can reduce it: what a camera calls 50 megapixels is 8192×6144.
MAX_PHOTOGRAPH_SIDE: Final = 16_384
MAX_PHOTOGRAPH_AREA: Final = 51_000_000
FACTORS: Final = (1, 2, 4, 8)  # by which it can


def check_size(width: int, height: int) -> None:
    """Raise ImageTooLarge if a side exceeds `MAX_SIDE`, or the area `MAX_AREA`."""
    _check(width, height, MAX_SIDE, MAX_AREA)


def reduction(width: int, height: int) -> int:
    """The factor, 1, 2, 4 or 8, by which a JPEG's sides are divided so that it is as small as other pictures.

    Raises:
        ImageTooLarge: a side exceeds `MAX_PHOTOGRAPH_SIDE`, or the area `MAX_PHOTOGRAPH_AREA`.
    """
    _check(width, height, MAX_PHOTOGRAPH_SIDE, MAX_PHOTOGRAPH_AREA)
    return next(
        factor
        for factor in FACTORS
        if max(width, height) <= MAX_SIDE * factor and -(-width // factor) * -(-height // factor) <= MAX_AREA
    )


def _check(width: int, height: int, side: int, area: int) -> None:
    if max(width, height) > side or width * height > area:
        raise ImageTooLarge(
            f"The image has {width}×{height} pixels; the limits are {side} per side and {area:,} in all."
        )
