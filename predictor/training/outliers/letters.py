"""Letters and digits as strokes of a pen: tables of points, and how they become lines.

A glyph is one or more strokes, separated by spaces. A stroke is a series of pairs of hexadecimal digits, x then y, y
down: capitals fill 0–8, small letters 3–8, and descenders reach to b. A stroke after `~` is a curve through its points;
without it the points are joined by straight lines. A single pair is a dot.
"""

from functools import cache
from typing import Final

import numpy as np

from predictor.ml.strokes.lines import Line

UNITS: Final = 8.0
STEPS: Final = 3  # pieces of a curve from one of its points to the next

# Letters that a careful reader could take for a digit are left out: B looks like 8 or 13, b and G like 6, g and q like
# 9, I, i and l like 1, O, o and Q like 0, S and s like 5, y like an open 4, Z and z like 2. C, D, U, a, d and e are in:
# their gaps, corners or stems tell them from digits.
LETTERS: Final[dict[str, tuple[str, ...]]] = {
    "A": ("084088 2565", "~080320608388 0585", "0840 4088 1575"),
    "C": ("~726040110417486876", "~7362401204174867"),
    "D": ("0008 ~00407274764808", "0008 006082866808"),
    "E": ("70000878 0464", "0008 0070 0454 0878", "~7140111344 ~441517487867"),
    "F": ("700008 0464", "0008 0080 0464"),
    "H": ("0008 8088 0484", "0008 6068 0464"),
    "J": ("~606557381806 3090", "~707668483806"),
    "K": ("0008 7004 2478", "0008 700488", "0008 600568"),
    "L": ("000878", "000868", "~000206175878"),
    "M": ("0800458088", "0810457098", "0008 0046 4680 8088"),
    "N": ("08008880", "08006860", "0008 0078 7870"),
    "P": ("0008 ~005071735404", "0008 0060726404"),
    "R": ("0008 ~005071735404 3478", "0008 ~00507173540478"),
    "T": ("0080 4048", "1070 4048"),
    "U": ("~00051748778580", "~00041728676460", "~00051748778580 8088"),
    "V": ("004880", "003860", "~0023384860"),
    "W": ("0028426880", "~00162843688680", "0018446880"),
    "X": ("0088 8008", "1078 7018"),
    "Y": ("0044 8044 4448", "004480 4448"),
    "a": ("~644324061838 6468", "~1433536568 ~653516284866", "~654324061838 ~636778"),
    "c": ("~64432406183866", "~6543341406183857"),
    "d": ("~644324061838 6068", "~554324061847 5068"),
    "e": ("~066664432306184867", "~166564432306184867"),
    "f": ("~7150414448 2464", "~827050424b 2464", "~715041464b 1464"),
    "h": ("0008 ~0634536568", "0008 ~0533436568"),
    "j": ("~4348392a1a09 40", "~434a2b0b09 41"),
    "k": ("0008 6305 2568", "0008 640568"),
    "m": ("0308 ~0523434448 ~4663838488", "0308 ~0523343538 ~3553646568"),
    "n": ("0308 ~0523536568", "0308 ~053353656878"),
    "p": ("030b ~04335365573807", "030b ~04436466482807"),
    "r": ("0308 ~05235364", "0308 ~06436374"),
    "t": ("~3036475766 1353", "~40475766 2363", "3038 1353"),
    "u": ("~0306183866 6368", "~0306284866 636878"),
    "v": ("033863", "034883"),
    "w": ("0328446883", "~03172846586783"),
    "x": ("0368 6308", "~03145768 ~63541708"),
}

DIGITS: Final[dict[str, tuple[str, ...]]] = {
    "0": ("~401104174877847140",),
    "1": ("4048", "224048"),
    "2": ("~023060735408 0878",),
    "3": ("~1130617234 ~3475775807",),
    "4": ("500676 5258", "100575 6068"),
    "5": ("701004 ~145375774807",),
    "6": ("~60220517587775542406",),
    "7": ("007028", "007028 2464"),
    "8": ("~715020123466582806346271",),
    "9": ("~7150201214356271 7168",),
}


@cache
def glyph(text: str) -> tuple[Line, ...]:
    """Convert strokes such as "~0408 4488" to lines, (n, 2) each, in units of a capital's height, y down."""
    return tuple(curve(_points(part[1:])) if part[0] == "~" else _points(part) for part in text.split())


def curve(points: Line) -> Line:
    """A Catmull-Rom spline (1974) through points, (n, 2), in STEPS pieces from each to the next."""
    if len(points) < 3:
        return points
    before, after = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    padded = np.concatenate(([before], points, [after]))
    p0, p1, p2, p3 = (padded[i : len(points) - 1 + i, None] for i in range(4))  # (n - 1, 1, 2) each
    t = np.linspace(0, 1, STEPS, endpoint=False)[:, None]
    pieces = (
        p1 + (p2 - p0) / 2 * t + (p0 - 2.5 * p1 + 2 * p2 - p3 / 2) * t**2 + (1.5 * (p1 - p2) + (p3 - p0) / 2) * t**3
    )
    return np.concatenate((pieces.reshape(-1, 2), points[-1:]))


def _points(text: str) -> Line:
    return np.array([[int(x, 16), int(y, 16)] for x, y in zip(text[::2], text[1::2], strict=True)], np.float64) / UNITS
