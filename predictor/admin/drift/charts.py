"""Charts as points of SVG: a week's histogram over those that it is compared with, an index by week, intervals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from predictor.services.learning.drift import names
from predictor.services.learning.drift.figures import Figure

WIDTH: Final = 320  # of both charts, in units that are about pixels
HEIGHT, BASE, GAP = 120, 100, 3  # of a histogram: in all, of its bars, and between these
FIELD: Final = (30, 300, 50)  # of a trend: left, right and bottom; the rest is for labels
LIMITS: Final = (0.1, 0.25)
TOP: Final = 0.5  # the index at the top of every trend: what is higher stands there, too


def histogram(figure: Figure) -> dict[str, Any]:
    """Bars for the week, and the outlines of what it is compared with."""
    shares = {name: _shares(counts) for name, counts in _histograms(figure).items()}
    highest = max([*(max(each) for each in shares.values() if each), 0.01])
    n = len(figure.week)
    step = WIDTH / n

    def height(share: float) -> float:
        return round(BASE * share / highest, 1)

    return {
        "bars": [
            {"x": round(i * step + GAP / 2, 1), "y": round(BASE - height(share), 1), "height": height(share)}
            for i, share in enumerate(shares["week"])
        ],
        "bar": round(step - GAP, 1),
        "earlier": _outline([BASE - height(share) for share in shares["earlier"]], step),
        "training": _outline([BASE - height(share) for share in shares["training"]], step),
        "ticks": _ticks(figure, step),
        "rows": _rows(figure, shares),
    }


def trend(figure: Figure) -> dict[str, Any]:
    """The index of each week, with the limits; `points` are parts of a line, cut where there were too few drawings."""
    left, right, bottom = FIELD
    step = (right - left) / max(1, len(figure.trend) - 1)

    def y(index: float) -> float:
        return round(bottom * (1 - min(index, TOP) / TOP) + 4, 1)

    places = [
        None if each is None else (round(left + i * step, 1), y(each.index), each.level)
        for i, (_, each) in enumerate(figure.trend)
    ]
    return {
        "limits": [{"y": y(limit), "words": f"{limit:g}"} for limit in LIMITS],
        "left": left,
        "right": right,
        "bottom": y(0),
        "lines": [" ".join(f"{x},{y}" for x, y, _ in part) for part in _parts(places) if len(part) > 1],
        "dots": [{"x": x, "y": y, "level": level} for x, y, level in filter(None, places)],
        "first": f"{figure.trend[0][0].monday:%-d %b}",
        "last": f"{figure.trend[-1][0].monday:%-d %b}",
        "rows": [
            {
                "week": str(week),
                "index": f"{each.index:.2f}" if each else "too few drawings",
                "chance": f"{each.chance:.2f}" if each else "",
            }
            for week, each in figure.trend
        ],
    }


def intervals(rows: Iterable[Mapping[str, Any]], margin: float = 0.06) -> list[dict[str, Any]]:
    """Places in per cent, of rows that have `share` and `interval`, or None in both, and perhaps `expected`."""
    given = list(rows)
    known = [each for each in given if each["share"] is not None]
    values = [value for each in known for value in (*each["interval"], each.get("expected")) if value is not None]
    low, high = min(values, default=0.0), max(values, default=1.0)

    def place(value: float | None) -> float | None:
        span = max(high - low, 1e-6)
        return None if value is None else round(100 * (margin + (1 - 2 * margin) * (value - low) / span), 1)

    return [
        {
            **each,
            "low": place(each["interval"] and each["interval"][0]),
            "high": place(each["interval"] and each["interval"][1]),
            "middle": place(each["share"]),
            "mark": place(each.get("expected")),
        }
        for each in given
    ]


def _histograms(figure: Figure) -> dict[str, Any]:
    return {"week": figure.week, "earlier": figure.earlier, "training": figure.training}


def _shares(counts: Any) -> list[float]:
    """Empty where there are no drawings."""
    found: list[float] = [] if counts is None or not counts.sum() else (counts / counts.sum()).tolist()
    return found


def _outline(tops: Sequence[float], step: float) -> str:
    """A line of steps, from left to right."""
    corners = [(x, top) for i, top in enumerate(tops) for x in (i * step, (i + 1) * step)]
    return " ".join(f"{x:.1f},{top:.1f}" for x, top in corners)


def _ticks(figure: Figure, step: float) -> list[dict[str, Any]]:
    """The names of categories below their bars, or the edges between bins below these."""
    edges = names.ticks(figure.subject.measure)
    if edges:
        return [{"x": round(i * step, 1), "words": words} for i, words in enumerate(edges, 1)]
    categories = names.bins(figure.subject.measure)
    return [{"x": round((i + 0.5) * step, 1), "words": words} for i, words in enumerate(categories)]


def _rows(figure: Figure, shares: Mapping[str, Sequence[float]]) -> list[dict[str, str]]:
    return [
        {"bin": words, **{name: f"{each[i]:.1%}" if each else "–" for name, each in shares.items()}}
        for i, words in enumerate(names.bins(figure.subject.measure))
    ]


def _parts(places: Sequence[tuple[float, float, str] | None]) -> list[list[tuple[float, float, str]]]:
    """What stands together between gaps."""
    parts: list[list[tuple[float, float, str]]] = [[]]
    for place in places:
        if place is None:
            parts.append([])
        else:
            parts[-1].append(place)
    return parts
