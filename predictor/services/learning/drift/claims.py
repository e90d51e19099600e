"""How often visitors contradict the answer, week by week.

A claim is no label: people err, and joke. But if more of them contradict than before, something has changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from predictor.ml.drift.stability import ENOUGH, Level, fisher
from predictor.services.learning.drift.counted import Tally
from predictor.services.learning.drift.weeks import Week

CHANCE: Final = 0.001
DIFFERENCE: Final = 0.02  # of the share, from which a rise counts, however many drawings there are


@dataclass(frozen=True)
class Claims:
    """The claims of a week, and those of the weeks before it."""

    week: Week
    claimed: int
    contradicted: int
    earlier_claimed: int
    earlier_contradicted: int

    @property
    def share(self) -> float:
        return self.contradicted / self.claimed

    @property
    def earlier_share(self) -> float:
        return self.earlier_contradicted / self.earlier_claimed

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share; there must be a claim."""
        from predictor.training.evaluation.evaluate import wilson

        return wilson(self.contradicted, self.claimed)

    @property
    def is_enough(self) -> bool:
        """Whether it can be compared with the weeks before."""
        return min(self.claimed, self.earlier_claimed) >= ENOUGH

    @property
    def level(self) -> Level:
        """Strong if more visitors contradict than before, and more than chance makes them in one week in a thousand."""
        if not self.is_enough or self.share < self.earlier_share + DIFFERENCE:
            return "same"
        chance = fisher(self.contradicted, self.claimed, self.earlier_contradicted, self.earlier_claimed)
        return "strong" if chance < CHANCE else "same"


def claims(week: Week, tallies: Mapping[Week, Tally], earlier: Sequence[Week]) -> Claims:
    own, others = tallies[week], [tallies[each] for each in earlier]
    return Claims(
        week,
        own.claimed,
        own.contradicted,
        sum(each.claimed for each in others),
        sum(each.contradicted for each in others),
    )
