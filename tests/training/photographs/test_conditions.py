"""The conditions: which there are, that each is what its name says, and that a higher level changes more."""

import re
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from predictor.ml.pictures import decode
from predictor.training.photographs import camera
from predictor.training.photographs.condition import Condition
from predictor.training.photographs.conditions import CLEAN, PAIRS, conditions
from predictor.training.photographs.digits import Scanned
from predictor.training.photographs.pictures import Picture

LUMINANCE = (0.299, 0.587, 0.114)
EQUAL = [f"{ink} on {paper}" for ink, paper in PAIRS[-5:]]


def families() -> dict[str, list[str]]:
    """Conditions whose names differ only in a number."""
    found = defaultdict(list)
    for name in conditions():
        found[re.sub(r"\d+", "#", name, count=1)].append(name)
    return {family: names for family, names in found.items() if len(names) > 1}


FAMILIES = families()
EFFECTS = [family for family, (first, *_) in FAMILIES.items() if conditions()[first].effects and "digit" not in family]
ALONE = [name for name, condition in conditions().items() if len(condition.effects) == 1]


def taken(name: str, digit: Scanned, seed: int = 1) -> Picture:
    return conditions()[name].picture(digit, np.random.default_rng(seed))


def clean(name: str, digit: Scanned, seed: int = 1) -> Picture:
    """The same without any effect."""
    return replace(conditions()[name], effects=()).picture(digit, np.random.default_rng(seed))


def ink(name: str, digit: Scanned) -> np.ndarray:
    """Where there is ink on clean paper."""
    condition = conditions()[name]
    return (
        abs(clean(name, digit) - condition.paper).max(axis=2)
        > abs(np.subtract(condition.ink, condition.paper)).max() / 2
    )


def test_the_clean_pictures_come_first() -> None:
    assert next(iter(conditions())) == CLEAN
    assert conditions()[CLEAN] == Condition()


@pytest.mark.parametrize("name", conditions())
def test_every_condition_makes_files_that_the_server_can_read(name: str, scanned: list[Scanned]) -> None:
    for seed, digit in enumerate(scanned[:2]):
        gray = decode(conditions()[name](digit, np.random.default_rng(seed)))
        if not name.startswith("tight crop"):
            assert min(gray.shape) >= conditions()[name].sides[0]
            assert max(gray.shape) <= conditions()[name].sides[1]
        assert name in EQUAL or np.ptp(gray) > 40


@pytest.mark.parametrize("name", conditions())
def test_every_condition_depends_on_nothing_but_the_digit_and_the_seed(name: str, scanned: list[Scanned]) -> None:
    one, again, other = (conditions()[name](scanned[0], np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", [name for name, condition in conditions().items() if condition.effects])
def test_every_effect_shows(name: str, scanned: list[Scanned]) -> None:
    before, after = clean(name, scanned[3]), taken(name, scanned[3])
    assert before.shape == after.shape
    assert abs(before - after).max() > 0.02


@pytest.mark.parametrize("family", EFFECTS)
def test_a_higher_level_changes_more(family: str, scanned: list[Scanned]) -> None:
    def change(name: str) -> float:
        return np.mean(
            [abs(taken(name, digit, seed) - clean(name, digit, seed)).mean() for seed, digit in enumerate(scanned[:4])]
        )

    changes = [change(name) for name in FAMILIES[family]]
    assert all(milder < stronger for milder, stronger in pairwise(changes)), changes


def test_each_level_of_light_takes_the_stated_share_of_the_brightest_level(scanned: list[Scanned]) -> None:
    for percent in (20, 40, 55, 70):
        for kind in ("light", "light from a corner"):
            name = f"{kind} {percent} %"
            light = taken(name, scanned[0]) / clean(name, scanned[0])
            assert light.max() == pytest.approx(1, abs=0.001)
            assert light.min() == pytest.approx(1 - percent / 100, abs=0.001)


@pytest.mark.parametrize("width", [1, 3, 6, 10])
def test_each_frame_has_the_stated_width(width: int, scanned: list[Scanned]) -> None:
    changed = taken(f"frame {width} px", scanned[0]) != clean(f"frame {width} px", scanned[0])
    expected = np.ones_like(changed)
    expected[width:-width, width:-width] = False
    assert np.array_equal(changed, expected)


@pytest.mark.parametrize("percent", [90, 70, 30, 15, 8, 5])
def test_each_digit_has_the_stated_share_of_the_picture(percent: int, scanned: list[Scanned]) -> None:
    for digit in scanned[:4]:
        seen = ink(f"digit {percent} % of the picture", digit)
        size = max(np.ptp(np.flatnonzero(seen.any(axis=axis))) + 1 for axis in (0, 1))
        assert 100 * size / min(seen.shape) == pytest.approx(percent, rel=0.05, abs=0.5)


def test_a_finer_pen_leaves_less_ink(scanned: list[Scanned]) -> None:
    amounts = [ink(name, scanned[0]).mean() for name in FAMILIES["pen # % of the digit"]]
    assert all(bolder > finer for bolder, finer in pairwise(amounts))


@pytest.mark.parametrize("name", [name for name in conditions() if name.startswith("tight crop")])
def test_a_tight_crop_has_ink_at_every_border(name: str, scanned: list[Scanned]) -> None:
    for digit in scanned[:5]:
        seen = ink(name, digit)
        assert all(border.any() for border in (seen[0], seen[-1], seen[:, 0], seen[:, -1]))


@pytest.mark.parametrize("name", [name for name in ALONE if conditions()[name].margin > 0.1])
def test_a_digit_beside_a_table_a_corner_or_in_a_box_is_not_covered(name: str, scanned: list[Scanned]) -> None:
    for seed, digit in enumerate(scanned[:8]):
        before, after = clean(name, digit, seed), taken(name, digit, seed)
        dark = before < np.mean((conditions()[name].ink, conditions()[name].paper))
        assert np.allclose(before[dark], after[dark])


@pytest.mark.parametrize("name", EQUAL)
def test_pairs_of_equal_luminance_differ_in_colour_only(name: str) -> None:
    pair = np.array((conditions()[name].ink, conditions()[name].paper))
    luminances = pair @ LUMINANCE
    assert abs(np.diff(luminances)) < 0.06
    assert abs(np.diff(pair, axis=0)).max() > 0.4


@pytest.mark.parametrize("name", [f"{ink} on {paper}" for ink, paper in PAIRS[:-5]])
def test_the_other_pairs_differ_in_luminance(name: str) -> None:
    pair = np.array((conditions()[name].ink, conditions()[name].paper))
    assert abs(np.diff(pair @ LUMINANCE)) > 0.15


def test_a_digit_may_lie_anywhere_but_not_at_the_border(scanned: list[Scanned]) -> None:
    middles = []
    for seed in range(30):
        seen = clean(CLEAN, scanned[0], seed)[..., 0] < 0.5
        rows, columns = np.nonzero(seen)
        middles.append((rows.mean() / seen.shape[0], columns.mean() / seen.shape[1]))
        assert min(rows.min(), columns.min()) >= 0.04 * min(seen.shape)
    assert np.ptp(middles, axis=0).min() > 0.3


def test_an_effect_leaves_the_picture_that_it_is_given_unchanged(scanned: list[Scanned]) -> None:
    for condition in conditions().values():
        before = replace(condition, effects=()).picture(scanned[0], np.random.default_rng(1))
        for effect in condition.effects:
            kept = before.copy()
            effect(before, np.random.default_rng(1))
            assert np.array_equal(before, kept)


def test_the_file_of_a_condition_holds_its_picture(scanned: list[Scanned]) -> None:
    name = "squared paper 40 %"
    assert conditions()[name](scanned[0], np.random.default_rng(1)) == camera.png(taken(name, scanned[0]))
