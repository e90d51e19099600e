"""The conditions that a challenger has to meet, and the judgement that follows from them: see `gate`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Outcome: TypeAlias = Literal["promote", "refuse", "inconclusive"]
State: TypeAlias = Literal["met", "failed", "undecided"]


@dataclass(frozen=True)
class Condition:
    """One condition. `figure`, `limit` and `interval` are in `unit`: "points", "%", "labels", "bytes", or "" for none.

    `more` is about how many more labels would decide it, if it is undecided; 0 if none would.
    """

    name: str
    figure: float
    limit: float
    n: int
    state: State
    interval: tuple[float, float] | None = None
    unit: str = "points"
    at_least: bool = False
    more: int = 0

    def __str__(self) -> str:
        form = {"points": "{:+.2f}", "%": "{:.2f}"}.get(self.unit, "{:,.0f}" if self.unit else "{:.2g}")
        figure, limit = form.format(self.figure), form.format(self.limit)
        unit = "" if not self.unit else f" {self.unit}"
        interval = f" ({' to '.join(map(form.format, self.interval))})" if self.interval else ""
        n = f", n = {self.n:,}" if self.n else ""
        bound = "at least" if self.at_least else "at most"
        return f"{self.name}: {figure}{unit}{interval}, {bound} {limit}{n}: {self.state}"


@dataclass(frozen=True)
class Judgement:
    """All conditions, and what follows from them."""

    conditions: tuple[Condition, ...]

    @property
    def outcome(self) -> Outcome:
        states = {each.state for each in self.conditions}
        return "refuse" if "failed" in states else "inconclusive" if "undecided" in states else "promote"

    @property
    def more(self) -> int:
        """About how many more labels would decide; 0 if labels would not."""
        return max((each.more for each in self.conditions if each.state == "undecided"), default=0)

    @property
    def sentence(self) -> str:
        """The outcome and its reason."""
        failed = [each.name for each in self.conditions if each.state == "failed"]
        undecided = [each.name for each in self.conditions if each.state == "undecided"]
        if failed:
            return f"Refused: {', '.join(failed)}."
        if undecided:
            advice = f"about {self.more:,} more labels would decide" if self.more else "more labels would not decide"
            return f"Inconclusive: {', '.join(undecided)}; {advice}."
        return f"Meets all {len(self.conditions)} conditions."

    def lines(self) -> Iterator[str]:
        """A line for each condition, then the sentence."""
        yield from map(str, self.conditions)
        yield self.sentence

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        rows = [
            {
                "name": each.name, "figure": each.figure, "limit": each.limit, "n": each.n, "state": each.state,
                "interval": each.interval and list(each.interval), "unit": each.unit, "more": each.more,
                "words": str(each),
            }
            for each in self.conditions
        ]  # fmt: skip
        return {"outcome": self.outcome, "sentence": self.sentence, "more": self.more, "conditions": rows}
