"""What people send: photographs by telephones, with several things at once."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from predictor.training.photographs import camera, light, paper, surroundings
from predictor.training.photographs.colours import COLOURS
from predictor.training.photographs.condition import Condition
from predictor.training.photographs.pictures import Effect, sometimes

PHONE: Final = (900, 1400)  # pixels of a side, of what the browser sends of a larger photograph
TAKEN: Final[tuple[Effect, ...]] = (partial(camera.blur, radius=1), partial(camera.noise, levels=5))
BALLPOINT: Final = (0.15, 0.2, 0.5)
DARK: Final = (0.08, 0.35)


def conditions() -> Iterator[tuple[str, Condition]]:
    """Conditions by name."""
    yield from _papers()
    yield from _sheets()
    yield from _boards()
    yield from _anything()


def _papers() -> Iterator[tuple[str, Condition]]:
    plain = (
        partial(paper.texture, share=0.05),
        partial(camera.tilt, degrees=8),
        partial(light.from_a_corner, share=0.35),
    )
    yield "photograph of blank paper", Condition(pen=0.06, effects=(*plain, *TAKEN), encode=_jpeg(80))
    squared = (
        partial(paper.printed, pattern="squared", share=0.25),
        partial(camera.tilt, degrees=12),
        partial(light.falling, share=0.5),
        partial(light.shadow, share=0.3, soft=0.1),
    )
    yield "photograph of squared paper", _written(squared, share=0.35)
    milder = (
        partial(paper.printed, pattern="squared", share=0.2),
        partial(camera.tilt, degrees=10),
        partial(light.falling, share=0.4),
        partial(light.shadow, share=0.25, soft=0.15),
    )
    yield "light 40 %, tilt 10°, soft shadow, squared paper", _written(milder, share=0.4)
    card = (
        partial(paper.index_card, share=0.45),
        partial(camera.tilt, degrees=8),
        partial(light.from_a_corner, share=0.3),
    )
    yield "photograph of an index card", _written(card, share=0.4)
    folded = (
        partial(paper.fold, share=0.2),
        partial(paper.fold, share=0.2),
        partial(paper.fibres, share=0.12),
        partial(paper.bleed_through, share=0.12),
        partial(light.falling, share=0.3),
    )
    yield "photograph of folded paper", _written(folded, share=0.4)
    pencil: tuple[Effect, ...] = (
        partial(paper.texture, share=0.06),
        partial(paper.fibres, share=0.06),
        partial(light.from_a_corner, share=0.35),
    )
    yield (
        "photograph of a pencil's digit",
        Condition(pen=0.05, ink=(0.66,), paper=(0.88,), effects=(*pencil, *TAKEN), encode=_jpeg(85)),
    )


def _sheets() -> Iterator[tuple[str, Condition]]:
    """A small digit on a large sheet, with the table beside it."""
    for percent in (10, 18, 25):
        for name, sides in (("one side", (0,)), ("two sides", (1, 2))):
            edges = tuple(partial(surroundings.page_edge, shade=DARK, side=side) for side in sides)
            effects = (partial(paper.texture, share=0.06), *edges, partial(light.from_a_corner, share=0.4))
            yield (
                f"digit {percent} % of a sheet, table at {name}",
                _written(effects, share=percent / 100, sides=PHONE, margin=surroundings.CLEAR),
            )


def _boards() -> Iterator[tuple[str, Condition]]:
    black: tuple[Effect, ...] = (partial(paper.texture, share=0.3), partial(light.from_a_corner, share=0.5), *TAKEN)
    yield (
        "photograph of a blackboard",
        Condition(pen=0.1, ink=(0.9, 0.9, 0.85), paper=(0.12, 0.25, 0.18), effects=black, encode=_jpeg(70)),
    )
    white: tuple[Effect, ...] = (
        partial(light.falling, share=0.3),
        partial(light.glare, share=0.5),
        partial(light.glare, share=0.4),
        *TAKEN,
    )
    yield (
        "photograph of a whiteboard",
        Condition(pen=0.08, ink=(0.2, 0.25, 0.6), paper=(0.8, 0.82, 0.84), effects=white, encode=_jpeg(75)),
    )


def _anything() -> Iterator[tuple[str, Condition]]:
    """Each effect on a part of the pictures."""
    effects: tuple[Effect, ...] = (
        sometimes(partial(paper.printed, pattern="squared", share=0.25), 0.2),
        sometimes(partial(paper.printed, pattern="ruled", share=0.3), 0.2),
        partial(paper.texture, share=0.08),
        sometimes(partial(paper.fibres, share=0.15), 0.4),
        sometimes(partial(paper.fold, share=0.25), 0.4),
        sometimes(partial(paper.bleed_through, share=0.12), 0.3),
        sometimes(partial(paper.specks, n=6), 0.3),
        sometimes(partial(surroundings.page_edge, shade=DARK), 0.4),
        sometimes(partial(surroundings.dark_corner, share=0.7), 0.2),
        sometimes(partial(camera.tilt, degrees=8), 0.5),
        partial(light.from_a_corner, share=0.3),
        sometimes(partial(light.shadow, share=0.5, soft=0.05), 0.4),
        sometimes(partial(light.vignetting, share=0.3), 0.4),
        sometimes(partial(light.glare, share=0.35), 0.3),
    )
    for percent in (15, 35, 55):
        yield (
            f"anything, digit {percent} % of the picture",
            _written(effects, share=percent / 100, sides=PHONE, margin=surroundings.CLEAR),
        )


def _written(
    effects: tuple[Effect, ...], *, share: float, sides: tuple[int, int] = (300, 600), margin: float = 0.05
) -> Condition:
    """With a ballpoint pen."""
    return Condition(
        share=share,
        pen=0.045,
        ink=BALLPOINT,
        paper=COLOURS["white"],
        margin=margin,
        sides=sides,
        effects=(*effects, *TAKEN),
        encode=_jpeg(75),
    )


def _jpeg(quality: int) -> partial[bytes]:
    return partial(camera.jpeg, quality=quality)
