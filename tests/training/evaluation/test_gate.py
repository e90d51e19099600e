"""The gate: each condition passes, refuses, or says that more labels are needed."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from predictor.training.evaluation.conditions import Condition, Judgement
from predictor.training.evaluation.gate import SITE, STROKE_LIMITS, Limits, Trial, judge

MNIST, STROKES, ONSITE = 6000, 2400, 1000
SETS = {
    "held_out_mnist": slice(0, MNIST),
    "held_out_strokes": slice(MNIST, MNIST + STROKES),
    SITE: slice(MNIST + STROKES, MNIST + STROKES + ONSITE),
}
Make = Callable[..., Trial]


def trial(
    *, site: int = ONSITE, ours: dict[str, int] | None = None, theirs: dict[str, int] | None = None, **changed: Any
) -> Trial:
    """Both are right on everything but so many of each set, from its start for ours and from its end for theirs."""
    sets = {**SETS, SITE: slice(MNIST + STROKES, MNIST + STROKES + site)}
    n = MNIST + STROKES + site
    drawings = np.arange(n)
    drawings[SETS["held_out_strokes"]] = MNIST + np.tile(np.arange(STROKES // 3), 3)
    labels = (np.arange(n) % 10).astype(np.uint8)
    misses = np.zeros((2, n), bool)
    for name, k in (ours or {}).items():
        misses[0, sets[name].start : sets[name].start + k] = True
    for name, k in (theirs or {}).items():
        misses[1, sets[name].stop - k : sets[name].stop] = True
    return Trial(
        **{
            "labels": labels,
            "drawings": drawings,
            "challenger": answers(labels, misses[0]),
            "champion": answers(labels, misses[1]),
            "rejected": np.zeros(n, bool),
            "sets": sets if site else {name: part for name, part in sets.items() if name != SITE},
            "site_labels": [10 * site] * 10,
        }
        | changed
    )


def answers(labels: np.ndarray, misses: np.ndarray, certainty: float = 0.99) -> np.ndarray:
    found = np.full((len(labels), 10), (1 - certainty) / 9, np.float32)
    found[np.arange(len(labels)), (labels + misses) % 10] = certainty
    return found


def judged(given: Trial, **changed: Any) -> Judgement:
    return judge(given, **{"size": 1000, "parity": 1e-6, "most_parity": 1e-4} | changed)


def states(found: Judgement) -> dict[str, str]:
    return {each.name: each.state for each in found.conditions if each.state != "met"}


# The outcomes.


@pytest.mark.parametrize("site", [0, ONSITE])
def test_one_that_answers_as_the_champion_is_promoted(site: int) -> None:
    found = judged(trial(site=site))
    assert found.outcome == "promote"
    assert states(found) == {}
    assert found.sentence == f"Meets all {len(found.conditions)} conditions."


def test_a_better_one_is_promoted() -> None:
    assert judged(trial(theirs={"held_out_mnist": 30, "held_out_strokes": 20, SITE: 10})).outcome == "promote"


def test_one_that_is_slightly_worse_everywhere_is_not() -> None:
    ours = {"held_out_mnist": 12, "held_out_strokes": 5, SITE: 2}  # 0.2 points
    assert judged(trial(ours=ours)).outcome != "promote"


def test_one_condition_that_fails_refuses_whatever_else_is_undecided() -> None:
    found = judged(trial(site=10, ours={"held_out_mnist": 60}))
    assert {*states(found).values()} == {"failed", "undecided"}
    assert found.outcome == "refuse"
    assert found.sentence.startswith("Refused: all held-out drawings, held-out MNIST")


@pytest.mark.parametrize(
    ("name", "worse", "said"),
    [("held_out_mnist", 40, "held-out MNIST"), ("held_out_strokes", 60, "held-out pen strokes")],
)
def test_one_that_is_worse_on_one_set_is_refused_though_it_is_better_on_the_others(
    name: str, worse: int, said: str
) -> None:
    better = {other: 50 for other in SETS if other != name}
    found = judged(trial(ours={name: worse}, theirs=better))
    assert states(found)[said] == "failed"


# Drawings of the site.


def test_few_drawings_of_the_site_do_not_decide_and_it_says_how_many_more_would() -> None:
    found = judged(trial(site=30))
    assert found.outcome == "inconclusive"
    assert states(found) == {"held-out drawings of this site": "undecided"}
    assert 500 <= found.more <= 10_000
    assert found.sentence.endswith(f"about {found.more:,} more labels would decide.")
    assert judged(trial(site=30 + found.more // 10)).outcome == "promote"


def test_what_few_drawings_cannot_say_of_how_often_the_two_differ_the_others_do() -> None:
    few, many = (judged(trial(site=site)).more for site in (2, 50))
    assert few < 3 * many
    theirs, ours = {"held_out_mnist": 60}, {"held_out_mnist": 60}
    assert judged(trial(site=2, ours=ours, theirs=theirs)).more > few


def test_a_set_that_the_champion_knows_and_the_run_lacks_does_not_decide() -> None:
    found = judged(trial(missing=["held_out_strokes"]))
    assert found.outcome == "inconclusive"
    assert "held-out pen strokes, from which the champion has learned" in found.sentence
    assert any(line.endswith("0 drawings, at least 1: undecided") for line in found.lines())
    assert "more labels would not decide" in found.sentence


def test_few_decide_if_the_challenger_is_clearly_better_on_them() -> None:
    assert judged(trial(site=30, theirs={SITE: 5})).outcome == "promote"
    assert judged(trial(site=30, theirs={SITE: 1})).outcome == "inconclusive"


def test_significantly_worse_on_them_is_refused() -> None:
    found = judged(trial(site=400, ours={SITE: 20}))
    assert states(found)["held-out drawings of this site"] == "failed"


def test_too_few_labels_of_a_digit_do_not_decide() -> None:
    found = judged(trial(site_labels=[100] * 8 + [19, 5]))
    assert states(found) == {"labels of each digit, least of 9": "undecided"}
    assert found.more == 1 + 15
    assert judged(trial(site=0, site_labels=[0] * 10)).outcome == "promote", "where none decide, none are needed"


@pytest.mark.parametrize("site", [50, 200, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_a_fifth_of_wrong_labels_is_not_promoted(site: int, seed: int) -> None:
    """Even where the challenger has learned nothing from them."""
    given = trial(site=site)
    wrong = np.random.default_rng(seed).random(site) < 0.2
    labels = given.labels.copy()
    labels[given.sets[SITE]] += wrong.astype(np.uint8)
    labels %= 10
    found = judged(trial(site=site, labels=labels))
    assert states(found)["labels that both contradict alike"] in {"failed", "undecided"}
    assert found.outcome != "promote"


def test_labels_that_only_the_champion_contradicts_are_what_is_to_be_learned() -> None:
    assert judged(trial(theirs={SITE: 300})).outcome == "promote"


# The other conditions.


def test_a_digit_that_is_unlearned_is_refused() -> None:
    given = trial()
    sevens = np.flatnonzero(given.labels == 7)
    missed = np.isin(np.arange(len(given.labels)), sevens[:40])
    better = trial(theirs={"held_out_mnist": 60}).champion
    found = judged(trial(challenger=answers(given.labels, missed), champion=better))
    assert states(found)["worst digit, 7"] == "failed"
    assert states(found).keys() == {"worst digit, 7"}


def test_worse_calibration_is_refused() -> None:
    given = trial()
    found = judged(trial(challenger=answers(given.labels, np.zeros(len(given.labels), bool), 0.9)))
    assert states(found) == {"calibration error": "failed"}


def test_one_that_rejects_many_digits_is_refused() -> None:
    n = MNIST + STROKES + ONSITE
    found = judged(trial(rejected=np.arange(n) < 0.04 * n))
    assert states(found) == {"digits whose verdict is not a digit": "failed"}
    assert judged(trial(rejected=np.arange(n) < 0.02 * n)).outcome == "promote"


@pytest.mark.parametrize(("changed", "name"), [({"parity": 2e-4}, "parity"), ({"size": 2**25}, "size")])
@pytest.mark.parametrize("has_champion", [True, False])
def test_what_holds_in_any_case(changed: dict[str, float], name: str, has_champion: bool) -> None:
    given = trial() if has_champion else trial(champion=None)
    assert states(judged(given, **changed)) == {name: "failed"}


def test_without_a_champion_only_that_counts() -> None:
    found = judged(trial(champion=None, ours={"held_out_mnist": 500}, site_labels=[0] * 10))
    assert found.outcome == "promote"
    assert len(found.conditions) == 3


def test_limits_may_be_others() -> None:
    given = trial(ours={"held_out_mnist": 100})
    assert judged(given).outcome == "refuse"
    assert judged(given, limits=Limits(everything=0.05, mnist=0.05, digit=0.05, calibration=0.05)).outcome == "promote"


# What it says.


def test_a_line_has_figure_interval_limit_n_and_state() -> None:
    line = Condition("held-out MNIST", 0.12, 0.3, 5984, "met", (-0.05, 0.29))
    assert str(line) == "held-out MNIST: +0.12 points (-0.05 to +0.29), at most +0.30, n = 5,984: met"
    assert str(Condition("parity", 7.6e-5, 1e-4, 0, "met", unit="")) == "parity: 7.6e-05, at most 0.0001: met"
    size = Condition("size", 7_617_035, 16_777_216, 0, "met", unit="bytes")
    assert str(size) == "size: 7,617,035 bytes, at most 16,777,216: met"
    labels = Condition("labels", 5, 20, 0, "undecided", unit="labels", at_least=True)
    assert str(labels) == "labels: 5 labels, at least 20: undecided"


def test_every_comparison_has_its_n_and_its_interval() -> None:
    for each in judged(trial()).conditions:
        assert each.interval is not None or each.name.startswith(("parity", "size", "labels of each digit"))
        if each.interval:
            assert each.n > 0
            assert each.interval[0] - 1e-9 <= each.figure <= each.interval[1] + 1e-9


def test_it_is_plain_json() -> None:
    found = judged(trial(site=30))
    plain = json.loads(json.dumps(found.to_json()))
    assert plain == found.to_json()
    assert (plain["outcome"], plain["sentence"]) == ("inconclusive", found.sentence)
    assert len(plain["conditions"]) == len(found.conditions) == len([*found.lines()]) - 1


# A kind that reads strokes.


def on_strokes(ours: int, theirs: int, n: int = 750) -> Judgement:
    """Both are right on all of n drawings but so many, each on others."""
    labels = (np.arange(n) % 10).astype(np.uint8)
    missed, before = np.arange(n) < ours, np.arange(n) >= n - theirs
    given = trial(
        labels=labels,
        drawings=np.arange(n),
        challenger=answers(labels, missed),
        champion=answers(labels, before),
        rejected=None,
        sets={"held_out_strokes": slice(0, n)},
    )
    return judged(given, limits=STROKE_LIMITS)


def test_it_is_judged_on_what_applies_to_strokes() -> None:
    names = [each.name for each in on_strokes(3, 3).conditions]
    assert "held-out pen strokes" in names
    assert "held-out MNIST" not in names
    assert "digits whose verdict is not a digit" not in names


def test_one_that_is_as_good_is_promoted_and_one_that_is_worse_is_not() -> None:
    assert on_strokes(3, 3).outcome == "promote"
    assert on_strokes(1, 6).outcome == "promote"
    assert on_strokes(14, 3).outcome == "refuse"
