"""JPEGs that are larger than other pictures may be: what it costs to decode them.

The decoder reduces the blocks of a plain JPEG one by one, and keeps none. A progressive one it keeps whole, two bytes a
sample, until the last scan.
"""

from typing import Final, NamedTuple

from predictor.ml.errors import ImageTooLarge, UndecodableImage

MAX_SAMPLES: Final = 18_500_000  # of all components: 12 megapixels where colours are halved both ways
MAX_BYTES: Final = 6_000_000
MANY_BYTES: Final = 1024 * 1024  # from here on a JPEG counts as large, whatever its area
MAX_SCANNED: Final = 100_000_000  # samples of all scans together: the usual ten scans of such a picture

_PLAIN: Final = {0xC0, 0xC1}
_PROGRESSIVE: Final = 0xC2


class Frame(NamedTuple):
    """What a JPEG says of its picture: the marker's code, and what follows its length."""

    code: int
    content: bytes

    @property
    def area(self) -> int:
        """Pixels."""
        return int.from_bytes(self.content[1:3]) * int.from_bytes(self.content[3:5])

    @property
    def samples(self) -> dict[int, int]:
        """How many samples each component has, by the component's number."""
        count = int.from_bytes(self.content[5:6])
        layers = [self.content[start : start + 2] for start in range(6, 6 + 3 * count, 3)]
        factors = [(layer[0], layer[1] >> 4, layer[1] & 15) for layer in layers if len(layer) == 2]
        whole = max((across for _, across, _ in factors), default=1) * max((down for _, _, down in factors), default=1)
        return {number: self.area * across * down // max(1, whole) for number, across, down in factors}


def check_scans(frame: Frame, scans: list[bytes], size: int) -> None:
    """Check that a large JPEG can be decoded at little cost.

    Args:
        frame: of a picture of more than `limits.MAX_AREA` pixels or `MANY_BYTES`.
        scans: what follows the length in each scan's header.
        size: bytes of the file.

    Raises:
        ImageTooLarge: it is progressive and has more than `MAX_SAMPLES` or `MAX_BYTES`, or is coded arithmetically.
        UndecodableImage: its scans have more than `MAX_SCANNED` samples together.
    """
    samples = frame.samples
    if frame.code in _PLAIN and scans and scans[0][:1] == frame.content[5:6]:
        return  # all components in one scan, which is the only one that is decoded
    if frame.code not in _PLAIN | {_PROGRESSIVE} or size > MAX_BYTES or sum(samples.values()) > MAX_SAMPLES:
        raise ImageTooLarge("The JPEG is too large to be progressive or arithmetically coded; send a baseline JPEG.")
    scanned = sum(samples.get(number, 0) for scan in scans for number in scan[1:-3:2])
    if scanned > MAX_SCANNED:
        raise UndecodableImage(f"The JPEG has {len(scans)} scans, too many for its size.")
