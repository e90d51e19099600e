"""What a run's report draws: intervals, learning curves, and the drawings on which champion and challenger differ."""

from collections.abc import Sequence
from itertools import zip_longest
from statistics import fmean
from typing import Any, Final

MARGIN: Final = 0.15  # of the chart, on either side


def chart(kinds: dict[str, Any]) -> dict[str, Any] | None:
    """Accuracy on the held-out images with its 95 % interval, challenger over champion; positions in percent."""
    rows = [
        (f"{kind}, {name}", name, score)
        for kind, found in kinds.items()
        for name, score in (("challenger", _held_out(found)), ("champion", found.get("champion") or {}))
        if "interval95" in score
    ]
    if not rows:
        return None
    low = min(float(score["interval95"][0]) for *_, score in rows)
    high = max(float(score["interval95"][1]) for *_, score in rows)
    span = max(high - low, 1e-6)

    def place(share: float) -> float:
        return round(100 * (MARGIN + (1 - 2 * MARGIN) * (share - low) / span), 1)

    bars = [
        {
            "label": label,
            "role": role,
            "words": accuracy(score),
            "low": place(score["interval95"][0]),
            "high": place(score["interval95"][1]),
            "middle": place(score["accuracy"]),
        }
        for label, role, score in rows
    ]
    return {"bars": bars}


def curve(members: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """How a network, or each member of a committee, did on the validation set after each check, and their mean."""
    if not members:
        return None
    checks = zip(_by_check(members, "accuracy"), _by_check(members, "loss"), strict=True)
    rows = [
        {
            "check": number,
            "accuracy": f"{fmean(shares):.2%}",
            "between": f"{min(shares):.2%} to {max(shares):.2%}",
            "loss": f"{fmean(losses):.4f}",
        }
        for number, (shares, losses) in enumerate(checks, 1)
    ]
    return {
        "members": len(members),
        "checks": len(rows),
        "last": rows[-1],
        "rows": rows,
        "panels": [_panel("Accuracy", members, "accuracy", ".2%"), _panel("Log loss", members, "loss", ".3f")],
    }


def differences(found: dict[str, Any] | None, champion: dict[str, Any]) -> dict[str, Any] | None:
    """The drawings of which champion and challenger say different digits; None in reports that do not know them."""
    if found is None:
        return None
    counts = {name: found[name] for name in ("wins", "losses", "both_wrong")}
    return {
        **{name: f"{n:,}" for name, n in counts.items()},
        "total": f"{sum(counts.values()):,}",
        "n": f"{champion['n']:,}",
        "has_ours": any(each["ours"] for each in found["drawings"]),
        "all_shown": sum(counts.values()) == len(found["drawings"]),
        "drawings": [
            each | {name: _answer(each[name], each["label"]) for name in ("champion", "challenger")}
            for each in found["drawings"]
        ],
    }


def accuracy(score: dict[str, Any]) -> str:
    """With its 95 % interval."""
    low, high = score["interval95"]
    return f"{score['accuracy']:.2%} ({100 * low:.2f}–{high:.2%})"


def _answer(said: tuple[int, float], label: int) -> dict[str, Any]:
    digit, probability = said
    return {"digit": digit, "is_right": digit == label, "probability": f"{probability:.0%}"}


def _by_check(members: Sequence[dict[str, Any]], figure: str) -> list[list[float]]:
    """The members' figures after each check, of those that had not stopped before."""
    checks = zip_longest(*(member[figure] for member in members))
    return [[value for value in values if value is not None] for values in checks]


def _panel(title: str, members: Sequence[dict[str, Any]], figure: str, form: str) -> dict[str, Any]:
    """Lines in a box of 100 by 100, the highest figure at its top."""
    lines = [member[figure] for member in members]
    low, high = min(map(min, lines)), max(map(max, lines))
    steps = max(1, max(map(len, lines)) - 1)

    def points(values: Sequence[float]) -> str:
        span = high - low or 1.0
        places = ((100 * i / steps, 100 * (high - value) / span) for i, value in enumerate(values))
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)

    return {
        "title": title,
        "low": format(low, form),
        "high": format(high, form),
        "members": [points(line) for line in lines] if len(lines) > 1 else [],
        "mean": points([fmean(values) for values in _by_check(members, figure)]),
    }


def _held_out(found: dict[str, Any]) -> dict[str, Any]:
    score: dict[str, Any] = found.get("challenger", {}).get("metrics", {}).get("held_out", {})
    return score
