"""Whether a challenger is promoted: conditions, each with its figure, limit, number of drawings and interval.

There are three outcomes. *promote*: it meets every condition. *refuse*: it fails one. *inconclusive*: it fails none,
but there are too few drawings to say that it meets them all; nothing is promoted, and the judgement says about how many
more labels would decide. Without a champion that works, only the absolute conditions count.

The margins were chosen by `bench/gate.py` on synthetic answers: no held-out drawing chose them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from predictor.ml.runtime import Probabilities
from predictor.training.data.dataset import HELD_OUT_ONE_IN
from predictor.training.evaluation.conditions import Condition, Judgement, State
from predictor.training.evaluation.evaluate import calibration_error, calibration_gaps, wilson
from predictor.training.evaluation.paired import LEVEL, Paired

SITE: Final = "held_out_drawn"  # the set of this site's drawings
NAMES: Final = {
    "held_out_mnist": "held-out MNIST",
    "held_out_strokes": "held-out pen strokes",
    SITE: "held-out drawings of this site",
}
RESAMPLES: Final = 200  # for the interval of the calibration
SEED: Final = 7  # of these


@dataclass(frozen=True)
class Limits:
    """By how much a challenger may be worse, as shares (0.01 is a point), and what it must be in any case.

    Attributes:
        everything: worse, on all held-out drawings together; the condition that holds off a slightly worse one.
        mnist: worse, on held-out MNIST; `strokes` and `site` likewise.
        digit: worse, on any one digit.
        calibration: higher, of the expected calibration error.
        contradicted: of this site's held-out labels, those that both classifiers contradict alike. Good labels are
            contradicted at 1 to 2 %; a fifth of wrong ones, at about 20 %.
        rejected: of held-out digits, those whose verdict by this classifier alone is not "a digit".
        labels: of each digit, at the least, where drawings of this site decide.
        size: of the artifact, in bytes.
    """

    everything: float = 0.0018
    mnist: float = 0.003
    strokes: float = 0.0075
    site: float = 0.02
    digit: float = 0.01
    calibration: float = 0.01
    contradicted: float = 0.08
    rejected: float = 0.03
    labels: int = 20
    size: int = 16 * 2**20


LIMITS = Limits()
# Strokes are fewer than MNIST's images by far, and each is there once: chance alone exceeds the other margins.
STROKE_LIMITS = Limits(everything=Limits.strokes, digit=0.03)


@dataclass(frozen=True)
class Trial:
    """What a challenger and its champion, if one works, answer on the same n held-out drawings.

    Attributes:
        labels: uint8 (n,).
        drawings: (n,): rows with the same number are renderings of one drawing.
        challenger: its probabilities, float32 (n, 10).
        champion: likewise; None if none works.
        rejected: whether the verdict by the challenger alone is another than "a digit", bool (n,); None of a kind that
            reads strokes: a verdict is about pixels.
        sets: the parts of these drawings by name.
        site_labels: how many labels of this site there are of each digit, held out or not.
        missing: names of sets that the champion was trained for and that are not here.
    """

    labels: NDArray[np.uint8]
    drawings: NDArray[np.intp]
    challenger: Probabilities
    champion: Probabilities | None
    rejected: NDArray[np.bool_] | None
    sets: Mapping[str, slice]
    site_labels: Sequence[int] = (0,) * 10
    missing: Sequence[str] = ()


def judge(trial: Trial, *, size: int, parity: float, most_parity: float, limits: Limits | None = None) -> Judgement:
    """Judge a challenger.

    Args:
        trial: the answers on held-out drawings.
        size: of its artifact, in bytes.
        parity: the largest difference of a probability from the framework's.
        most_parity: the limit of that.
        limits: `LIMITS` by default; `STROKE_LIMITS` are for kinds that read strokes.
    """
    limits = limits or LIMITS
    relative = _relative(trial, trial.champion, limits) if trial.champion is not None else ()
    return Judgement((*relative, *_absolute(trial, size, parity, most_parity, limits)))


def _absolute(trial: Trial, size: int, parity: float, most_parity: float, limits: Limits) -> Iterator[Condition]:
    if trial.rejected is not None:
        n, k = len(trial.labels), int(trial.rejected.sum())
        state: State = "met" if k <= limits.rejected * n else "failed"
        yield _share("digits whose verdict is not a digit", k, n, limits.rejected, state)
    for name, figure, limit, unit in (("parity", parity, most_parity, ""), ("size", size, limits.size, "bytes")):
        yield Condition(name, figure, limit, 0, "met" if figure <= limit else "failed", unit=unit)


def _relative(trial: Trial, champion: Probabilities, limits: Limits) -> Iterator[Condition]:
    right, before = (answers.argmax(axis=1) == trial.labels for answers in (trial.challenger, champion))

    def paired(which: slice | NDArray[np.bool_]) -> tuple[Paired, int]:
        found = Paired.of(right[which], before[which], trial.drawings[which])
        return found, len(right[which])

    site = trial.sets.get(SITE, slice(0, 0))
    has_site = site.start < site.stop
    yield _not_worse("all held-out drawings", *paired(slice(None)), limits.everything, more=has_site)
    for name, margin in (("held_out_mnist", limits.mnist), ("held_out_strokes", limits.strokes)):
        if name in trial.sets:
            yield _not_worse(NAMES[name], *paired(trial.sets[name]), margin, more=False)
    for name in trial.missing:
        told = f"{NAMES[name]}, from which the champion has learned"
        yield Condition(told, 0, 1, 0, "undecided", unit="drawings", at_least=True)
    if has_site:
        yield _on_site(*paired(site), limits.site, _differing(right, before))
        yield _labels(trial.site_labels, limits.labels)
        yield _contradicted(trial, champion, site, limits.contradicted)
    yield _worst_digit([paired(trial.labels == digit) for digit in range(10)], limits.digit)
    yield _calibration(trial, champion, limits.calibration)


def _not_worse(name: str, paired: Paired, n: int, margin: float, *, more: bool) -> Condition:
    """Non-inferiority: the interval lies below the margin."""
    low, high = paired.interval()
    figure = paired.difference
    state: State = "met" if high <= margin else "failed" if low > 0 or figure > margin else "undecided"
    return _difference(name, paired, n, margin, state, more=more)


def _differing(right: NDArray[np.bool_], before: NDArray[np.bool_]) -> float:
    """The share of all drawings on which the two differ."""
    return float((right != before).mean())


def _on_site(paired: Paired, n: int, margin: float, expected: float) -> Condition:
    """Non-inferiority, or significantly better by McNemar's exact test; significantly worse by it, it fails.

    `expected` is the share of drawings on which the two probably differ.
    """
    state: State = "undecided"
    if paired.interval()[1] <= margin or paired.p_better() <= LEVEL:
        state = "met"
    elif paired.p_worse() <= LEVEL:
        state = "failed"
    return _difference(NAMES[SITE], paired, n, margin, state, more=True, expected=expected)


def _difference(
    name: str, paired: Paired, n: int, margin: float, state: State, *, more: bool, expected: float | None = None
) -> Condition:
    needed = paired.needed(margin, expected)
    missing = (needed if needed > n else 2 * n) - n
    low, high = paired.interval()
    return Condition(
        name,
        100 * paired.difference,
        100 * margin,
        n,
        state,
        (100 * low, 100 * high),
        more=_rounded(missing * HELD_OUT_ONE_IN) if more and state == "undecided" else 0,
    )


def _worst_digit(digits: Sequence[tuple[Paired, int]], margin: float) -> Condition:
    """The digit on which the challenger is worst; it fails where chance among ten digits does not explain it."""
    worst = max(range(10), key=lambda digit: digits[digit][0].difference)
    paired, n = digits[worst]
    state: State = "undecided"
    if paired.difference <= margin:
        state = "met"
    elif paired.p_worse() <= LEVEL / 10:
        state = "failed"
    return _difference(f"worst digit, {worst}", paired, n, margin, state, more=False)


def _calibration(trial: Trial, champion: Probabilities, margin: float) -> Condition:
    """The difference of the expected calibration errors, with its bootstrap interval (Efron 1979), 90 %."""
    n, random = len(trial.labels), np.random.default_rng(SEED)
    ours, theirs = (calibration_gaps(answers, trial.labels) for answers in (trial.challenger, champion))
    figure = calibration_error(*ours) - calibration_error(*theirs)
    resampled = []
    for _ in range(RESAMPLES):
        rows = random.integers(0, n, n)
        errors = [calibration_error(bins[rows], gaps[rows]) for bins, gaps in (ours, theirs)]
        resampled.append(errors[0] - errors[1])
    low, high = np.quantile(resampled, (LEVEL, 1 - LEVEL))
    state: State = "met" if figure <= margin else "failed" if low > margin else "undecided"
    return Condition("calibration error", 100 * figure, 100 * margin, n, state, (float(100 * low), float(100 * high)))


def _labels(of_each: Sequence[int], limit: int) -> Condition:
    least = min(range(10), key=lambda digit: of_each[digit])
    missing = sum(max(0, limit - n) for n in of_each)
    state: State = "undecided" if missing else "met"
    name = f"labels of each digit, least of {least}"
    return Condition(name, of_each[least], limit, 0, state, unit="labels", at_least=True, more=missing)


def _contradicted(trial: Trial, champion: Probabilities, site: slice, limit: float) -> Condition:
    """Labels that challenger and champion contradict with one voice: perhaps it is the labels that are wrong."""
    theirs, digits = champion[site].argmax(axis=1), trial.challenger[site].argmax(axis=1)
    k, n = int(((digits == theirs) & (digits != trial.labels[site])).sum()), site.stop - site.start
    state: State = "met" if k <= limit * n else "failed" if wilson(k, n)[0] > limit else "undecided"
    more = _rounded(n * HELD_OUT_ONE_IN) if state == "undecided" else 0
    return _share("labels that both contradict alike", k, n, limit, state, more=more)


def _share(name: str, k: int, n: int, limit: float, state: State, *, more: int = 0) -> Condition:
    low, high = wilson(k, n)
    return Condition(name, 100 * k / n, 100 * limit, n, state, (100 * low, 100 * high), "%", more=more)


def _rounded(labels: int) -> int:
    """To one significant digit, upwards: it is an estimate."""
    step: int = 10 ** (len(str(labels)) - 1)
    return -(-labels // step) * step
