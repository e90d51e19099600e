"""Weeks as ISO 8601 counts them: from Monday to Sunday, in UTC."""

import datetime as dt
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, order=True)
class Week:
    """A week, by its Monday."""

    monday: dt.date

    @classmethod
    def of(cls, moment: dt.datetime) -> Self:
        """The week that a moment is in."""
        day = moment.astimezone(dt.UTC).date()
        return cls(day - dt.timedelta(days=day.weekday()))

    def before(self, weeks: int = 1) -> "Week":
        return Week(self.monday - dt.timedelta(weeks=weeks))

    @property
    def sunday(self) -> dt.date:
        return self.monday + dt.timedelta(days=6)

    @property
    def start(self) -> dt.datetime:
        return dt.datetime.combine(self.monday, dt.time(), dt.UTC)

    @property
    def end(self) -> dt.datetime:
        """The first moment after it."""
        return self.before(-1).start

    @property
    def dates(self) -> str:
        """Such as "23 to 29 November 2026"."""
        sunday = self.sunday
        parts = [f"{self.monday:%-d}"]
        if self.monday.month != sunday.month:
            parts.append(f"{self.monday:%B}")
        if self.monday.year != sunday.year:
            parts.append(f"{self.monday:%Y}")
        return f"{' '.join(parts)} to {sunday:%-d %B %Y}"

    def __str__(self) -> str:
        """Such as "2026-W48"."""
        return f"{self.monday:%G-W%V}"
