"""The light on the paper: how bright the paper is everywhere, and how much darker the ink is.

The paper's brightness is a morphological closing: dark things that are narrower than its window vanish, and slopes and
edges of shadows stay where they are (Gatos, Pratikakis and Perantonis 2006, "Adaptive degraded document image
binarization", estimate it as a surface as well; Serra 1982, "Image Analysis and Mathematical Morphology", on closings).
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from predictor.ml.pictures import Gray

Shares: TypeAlias = NDArray[np.float32]  # of the paper's brightness that is missing, 0 paper, 1 black

COARSE: Final = 160  # pixels of the longer side, on which the paper is estimated
WINDOW: Final = 0.26  # of the longer side: wider than any stroke
AFAR: Final = 96  # pixels of the longer side, on which dark is told from light,
REACHES: Final = (0.05, 0.2)  # of the longer side: how far it looks around each pixel
DARKEST: Final = 8  # levels: what is darker is equally dark


def is_dark_on_light(gray: Gray) -> bool:
    """By the skewness of the brightness, as a logarithm, around its mean nearby and farther away.

    Ink is less than paper, and farther from the mean. Light that falls off, or a straight edge of a shadow, hardly has
    any; and in a logarithm no less of it is ink in the shadow.

    Args:
        gray: uint8 (height, width).
    """
    coarse = np.asarray(_coarse(gray, AFAR)).astype(np.float32)
    coarse = np.log(coarse + DARKEST)
    return sum(_skewness(coarse, reach) for reach in REACHES) <= 0


def shares(gray: Gray, *, with_edges: bool) -> Shares:
    """How much darker each pixel is than the paper around it, float32 (height, width).

    Args:
        gray: uint8 (height, width), dark ink on light paper.
        with_edges: whether dark things along the picture's edges are ink, as in a tight crop, or the table or a shadow.
    """
    coarse = np.asarray(_coarse(gray, COARSE).filter(ImageFilter.BoxBlur(1)))
    window = min(round(WINDOW * COARSE), max(coarse.shape) // 3) | 1
    margin = 0 if with_edges else window
    wide = np.pad(coarse, margin, "edge")
    closed = 255 - highest(255 - highest(wide, window), window + 2)  # a pixel farther, for blurred edges of shadows
    closed = closed[margin : margin + coarse.shape[0], margin : margin + coarse.shape[1]]
    smooth = Image.fromarray(closed).filter(ImageFilter.GaussianBlur(1))
    paper = np.asarray(smooth.resize(gray.shape[::-1], Image.Resampling.BILINEAR), np.float32)
    return np.clip(1 - gray / np.maximum(paper, 1), 0, 1)


def highest(levels: Gray, window: int) -> Gray:
    """The maximum over a square window, odd, around each pixel of uint8 (h, w); edges are repeated."""
    for _ in range(2):  # down the columns, and once transposed along the rows
        high = np.pad(levels, ((window // 2, window // 2), (0, 0)), "edge")
        size = 1
        while size < window:
            step = min(size, window - size)
            high = np.maximum(high[:-step], high[step:])
            size += step
        levels = high.T
    return levels


def floor(share: Shares) -> float:
    """What the noise of the paper stays below."""
    low, middle = np.percentile(share, (10, 50))
    return float(middle + 5 * (middle - low))


def peak(share: Shares) -> float:
    """The share of the darkest ink: the mean of its darkest few pixels."""
    few = max(12, share.size // 2000)
    return float(np.partition(share, share.size - few, axis=None)[-few:].mean())


def _coarse(gray: Gray, side: int) -> Image.Image:
    return Image.fromarray(gray).reduce(max(1, max(gray.shape) // side))


def _skewness(values: Shares, reach: float) -> float:
    """Around the local mean, whose weights have a standard deviation of `reach`, a share of the longer side."""
    spread = np.ptp(values) or 1
    levels = np.rint((values - values.min()) * (255 / spread)).astype(np.uint8)
    mean = Image.fromarray(levels).filter(ImageFilter.GaussianBlur(max(values.shape) * reach))
    apart = levels - np.asarray(mean, np.float32)
    apart -= apart.mean()
    squares = apart * apart  # ten times as fast as powers
    return float((squares * apart).mean() / max(float(squares.mean()) ** 1.5, 1e-6))
