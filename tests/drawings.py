"""Pictures to send: a 3 as a canvas draws it, in every dress, and things that are no drawing."""

import base64
import io

from PIL import Image, ImageDraw, ImageOps

THREE = [(90, 70), (150, 50), (190, 80), (180, 120), (140, 140), (190, 160), (195, 210), (150, 235), (90, 215)]
ONE = [(140, 50), (140, 230)]
SEVEN = [(80, 60), (200, 60), (130, 230)]


def draw(points: list[tuple[int, int]] = THREE, *, side: int = 168, pen: int = 20) -> Image.Image:
    """Black ink on white, mode L, antialiased; the points lie in 280×280."""
    factor = side * 4 / 280
    image = Image.new("L", (side * 4, side * 4), 255)
    line = [(x * factor, y * factor) for x, y in points]
    ImageDraw.Draw(image).line(line, fill=0, width=round(pen * factor), joint="curve")
    return image.resize((side, side), Image.Resampling.BOX)


def transparent(image: Image.Image) -> Image.Image:
    """The same as black ink on a clear canvas."""
    clear = Image.new("L", image.size, 0)
    return Image.merge("RGBA", (clear, clear, clear, ImageOps.invert(image)))


def on_clear_canvas(level: int, side: int) -> bytes:
    """A three in ink of this level on a clear canvas of the same level, as a PNG."""
    ink = Image.new("L", (side, side), level)
    shape = ImageOps.invert(draw().resize((side, side), Image.Resampling.BILINEAR))
    return encode(Image.merge("RGBA", (ink, ink, ink, shape)))


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


BLACK_ON_WHITE = encode(draw())
WHITE_ON_BLACK = encode(ImageOps.invert(draw()))
TRANSPARENT = encode(transparent(draw()))
OPAQUE_RGBA = encode(draw().convert("RGBA"))
A_SEVEN = encode(draw(SEVEN))
A_ONE = encode(draw(ONE))
BLANK = encode(Image.new("L", (168, 168), 255))
GIF = encode(draw(), "GIF")
TOO_WIDE = encode(Image.new("1", (4097, 8), 1))
TOO_MANY = encode(Image.new("1", (2001, 2000), 1))
OVER_1_MIB = BLACK_ON_WHITE + bytes(1024 * 1024)
