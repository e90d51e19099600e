"""The table of habits: which digit each changes, and in which share of its drawings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from numpy.random import Generator

from predictor.training.augmentation.habits import (
    eights,
    fives,
    fours,
    nines,
    ones,
    pens,
    sevens,
    sixes,
    threes,
    twos,
    zeros,
)
from predictor.training.augmentation.habits.shapes import Lines, into_unit_square

Change: TypeAlias = Callable[[Lines, Generator], Lines | None]


@dataclass(frozen=True)
class Habit:
    """A way of drawing: its name, what it does to strokes, the digit it is for (None: any), and its share there."""

    name: str
    change: Change
    digit: int | None
    share: float

    def drawn(self, lines: Lines, random: Generator) -> Lines | None:
        """The lines as someone with this habit draws them, in the box of the original; None if they do not allow it.

        Args:
            lines: (n, 2) each, in the unit square, y down; they stay as they are.
            random: what varies the habit; the same state gives the same lines.
        """
        changed = self.change(lines, random)
        return None if changed is None else into_unit_square(changed, lines)


# All shares are estimated: no count of these forms in the world's hands is known. They are high enough for each form to
# be seen some hundred times in a run on 6,000 drawings, and low enough for the writers' own forms to be frequent.
HABITS: Final = (
    Habit("zero, slashed", zeros.slashed, 0, 0.15),
    Habit("zero, slashed from the upper left", zeros.slashed_back, 0, 0.06),
    Habit("zero, ticked", zeros.ticked, 0, 0.03),
    Habit("zero, dotted", zeros.dotted, 0, 0.06),
    Habit("zero, upright bar", zeros.barred_upright, 0, 0.05),
    Habit("zero, level bar", zeros.barred_level, 0, 0.05),
    Habit("one, plain", ones.plain, 1, 0.15),
    Habit("one, flag", ones.flag, 1, 0.15),
    Habit("one, long flag", ones.long_flag, 1, 0.3),
    Habit("one, foot", ones.foot, 1, 0.05),
    Habit("one, flag and foot", ones.flag_and_foot, 1, 0.1),
    Habit("two, looped", twos.looped, 2, 0.15),
    Habit("two, cornered", twos.cornered, 2, 0.15),
    Habit("three, flat top", threes.flat_top, 3, 0.2),
    Habit("four, open", fours.opened, 4, 0.15),
    Habit("four, closed", fours.closed, 4, 0.2),
    Habit("four, crossed beyond", fours.crossed_beyond, 4, 0.15),
    Habit("five, in one stroke", fives.in_one_stroke, 5, 0.15),
    Habit("five, hat detached", fives.hat_detached, 5, 0.2),
    Habit("six, short top", sixes.short_top, 6, 0.2),
    Habit("seven, plain", sevens.plain, 7, 0.3),
    Habit("seven, barred", sevens.barred, 7, 0.08),
    Habit("seven, hooked", sevens.hooked, 7, 0.15),
    Habit("seven, hooked and barred", sevens.hooked_and_barred, 7, 0.08),
    Habit("seven, curved", sevens.curved, 7, 0.12),
    Habit("seven, bar in one stroke", sevens.bar_in_one_stroke, 7, 0.1),
    Habit("eight, begun at the top", eights.begun_at_the_top, 8, 0.1),
    Habit("eight, begun in the middle", eights.begun_in_the_middle, 8, 0.15),
    Habit("eight, begun at the right", eights.begun_at_the_right, 8, 0.1),
    Habit("eight, two rings", eights.two_rings, 8, 0.15),
    Habit("nine, straight leg", nines.straight_leg, 9, 0.25),
    Habit("nine, curved leg", nines.curved_leg, 9, 0.15),
    Habit("any, gap", pens.gap, None, 0.06),
    Habit("any, retouched", pens.retouched, None, 0.06),
    Habit("any, rested", pens.rested, None, 0.06),
)
ANY: Final = tuple(habit for habit in HABITS if habit.digit is None)


def of_digit(digit: int) -> tuple[Habit, ...]:
    """The habits for one digit alone."""
    return tuple(habit for habit in HABITS if habit.digit == digit)


def apply(lines: Lines, label: int, random: Generator) -> Lines:
    """Draw a digit with at most one habit of its own and, independently of it, each of those for any digit.

    A habit that the strokes do not allow leaves them as they are.

    Args:
        lines: (n, 2) each, in the unit square, y down; they stay as they are.
        label: the digit, 0 to 9.
        random: the same state gives the same lines.
    """
    drawn = lines
    left = random.random()
    for habit in of_digit(label):
        left -= habit.share
        if left < 0:
            drawn = habit.drawn(drawn, random) or drawn
            break
    for habit in ANY:
        if random.random() < habit.share:
            drawn = habit.drawn(drawn, random) or drawn
    return drawn
