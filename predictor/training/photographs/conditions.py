"""The conditions that digits are photographed under, each with its name."""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from types import MappingProxyType
from typing import Final

from predictor.training.photographs import camera, light, paper, surroundings, together
from predictor.training.photographs.colours import COLOURS, PAIRS
from predictor.training.photographs.condition import GREY_INK, GREY_PAPER, Condition
from predictor.training.photographs.pictures import Effect

CLEAN: Final = "clean"  # the first of all

WHITE: Final = (1.0,)
BLACK: Final = (0.0,)


@cache
def conditions() -> Mapping[str, Condition]:
    """All conditions by name; the clean pictures come first, and levels of one kind follow each other, mildest first.

    Each is called with a digit and a generator of random numbers, and returns the bytes of a file.
    """
    rooms = (_plain, _lit, _taken, _on_paper, _coloured, _surrounded, _sized, together.conditions)
    return MappingProxyType({name: condition for room in rooms for name, condition in room()})


def _with(*effects: Effect) -> Condition:
    return Condition(effects=effects)


def _plain() -> Iterator[tuple[str, Condition]]:
    yield CLEAN, Condition()
    yield "white on black", Condition(ink=WHITE, paper=BLACK)
    yield "pencil", Condition(ink=(0.62,), paper=(0.88,))
    yield "black ink on a transparent canvas", _on_transparent(0)
    yield "white ink on a transparent canvas", _on_transparent(255)


def _on_transparent(level: int) -> Condition:
    return Condition(ink=WHITE, paper=BLACK, encode=partial(camera.on_transparent, level=level))


def _lit() -> Iterator[tuple[str, Condition]]:
    for percent in (20, 40, 55, 70):
        yield f"light {percent} %", _with(partial(light.falling, share=percent / 100))
    for percent in (20, 40, 55, 70):
        yield f"light from a corner {percent} %", _with(partial(light.from_a_corner, share=percent / 100))
    for edge, soft in (("hard", 0.0), ("soft", 0.15)):
        for percent in (30, 60):
            yield f"{edge} shadow {percent} %", _with(partial(light.shadow, share=percent / 100, soft=soft))
    for percent in (30, 60):
        yield f"vignetting {percent} %", _with(partial(light.vignetting, share=percent / 100))
    for percent in (30, 60):
        yield f"glare {percent} %", _with(partial(light.glare, share=percent / 100))


def _taken() -> Iterator[tuple[str, Condition]]:
    for levels in (4, 10, 20):
        yield f"noise {levels} levels", _with(partial(camera.noise, levels=levels))
    for radius in (1, 3, 6):
        yield f"blur {radius} px", _with(partial(camera.blur, radius=radius))
    for quality in (90, 65, 40):
        yield f"JPEG quality {quality}", Condition(encode=partial(camera.jpeg, quality=quality))
    for degrees in (5, 10, 15):
        yield f"tilt {degrees}°", _with(partial(camera.tilt, degrees=degrees))


def _on_paper() -> Iterator[tuple[str, Condition]]:
    for pattern in ("squared", "ruled", "dotted"):
        for percent in (15, 40):
            yield f"{pattern} paper {percent} %", _with(partial(paper.printed, pattern=pattern, share=percent / 100))
    for n in (5, 30, 120):
        yield f"{n} specks", _with(partial(paper.specks, n=n))
    for n in (5, 25):
        yield f"{n} hairs of dust", _with(partial(paper.dust, n=n))
    for percent in (5, 15, 30):
        yield f"texture {percent} %", _with(partial(paper.texture, share=percent / 100))
    for percent in (10, 30):
        yield f"fold {percent} %", _with(partial(paper.fold, share=percent / 100))
    for percent in (10, 25):
        yield f"bleed-through {percent} %", _with(partial(paper.bleed_through, share=percent / 100))
    for percent in (10, 25):
        yield f"fibres {percent} %", _with(partial(paper.fibres, share=percent / 100))


def _coloured() -> Iterator[tuple[str, Condition]]:
    for ink, ground in PAIRS:
        yield f"{ink} on {ground}", Condition(ink=COLOURS[ink], paper=COLOURS[ground])


def _surrounded() -> Iterator[tuple[str, Condition]]:
    for width in (1, 3, 6, 10):
        yield f"frame {width} px", _with(partial(surroundings.frame, width=width))
    yield (
        "black frame 1 px, white paper",
        Condition(ink=BLACK, paper=WHITE, effects=(partial(surroundings.frame, width=1, shade=0),)),
    )
    for width in (1, 3):
        yield (
            f"light frame {width} px, black paper",
            Condition(ink=WHITE, paper=BLACK, effects=(partial(surroundings.frame, width=width, shade=0.85),)),
        )
    for width in (2, 6):
        box = partial(surroundings.frame, width=width, shade=GREY_INK[0], inset=0.06)
        yield f"box {width} px inside the picture", Condition(margin=0.12, effects=(box,))
    for table, shade in (("dark", (0.1, 0.35)), ("grey", (0.4, 0.7))):
        edge = partial(surroundings.page_edge, shade=shade)
        yield f"edge of the page, {table} table", Condition(margin=surroundings.CLEAR, effects=(edge,))
    for percent in (40, 90):
        corner = partial(surroundings.dark_corner, share=percent / 100)
        yield f"dark corner {percent} %", Condition(margin=surroundings.CLEAR, effects=(corner,))


def _sized() -> Iterator[tuple[str, Condition]]:
    for percent in (90, 70, 30, 15, 8, 5):
        yield f"digit {percent} % of the picture", Condition(share=percent / 100)
    for percent in (16, 8, 4, 2, 1):
        yield f"pen {percent} % of the digit", Condition(pen=percent / 100)
    for pen, width in (("", None), (", marker", 0.18)):
        yield f"tight crop, dark on light{pen}", Condition(share=1, pen=width)
        yield f"tight crop, light on dark{pen}", Condition(share=1, pen=width, ink=GREY_PAPER, paper=GREY_INK)
