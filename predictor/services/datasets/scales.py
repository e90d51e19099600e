"""Whether grey levels go up to 255 or, as floats often do, up to 1: decided for a whole file, never for one image."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.training.errors import DatasetError

Scale = int  # the level of full ink
FULL: Final[Scale] = 255
UNIT: Final[Scale] = 1
ROUNDING: Final = 1.001  # floats that were divided and multiplied again may lie this far beyond their scale


def scale_of(images: Iterable[NDArray[np.float64]], *, are_own: bool) -> Scale:
    """The scale of images of any shape; the first level between 1 and 255 decides it.

    Levels outside 0 to 255 do not count here; they are refused when they are read.

    Raises:
        DatasetError: all levels are 0 or 1, full ink or hardly any, and the images are not our own.
    """
    fractions = ones = False
    for levels in images:
        known = levels[(levels >= 0) & (levels <= FULL * ROUNDING)]
        if (known > UNIT * ROUNDING).any():
            return FULL
        fractions |= bool(((known > 0) & (known < UNIT)).any())
        ones |= bool((known >= UNIT).any())
    if ones and not fractions and not are_own:
        raise DatasetError("all levels are 0 or 1: black and white, or two shades of black? Write 0 and 255.")
    return UNIT if fractions else FULL
