"""What the page of a version in the shadow shows of a comparison."""

from typing import Any

from predictor.models import ModelVersion
from predictor.services.collecting.shadows.comparison import Agreement, Beside, Judged, Labelled


def figures(version: ModelVersion, beside: Beside) -> dict[str, Any]:
    """Beside one champion: how often they agreed, where they did not, and who was right."""
    name = f"{version.kind}:{version.version}:{beside.champion}"
    champion = f"{version.kind} v{beside.champion}"
    return {
        "champion": champion,
        "first": beside.first,
        "last": beside.last,
        "asked": f"{beside.agreement.asked:,}",
        "agreement": _agreement(beside.agreement),
        "consensus": _agreement(beside.consensus),
        "differ": f"{beside.differ:,}",
        "differ_labelled": f"{beside.differ_labelled:,}",
        "all": name,
        "pairs": [
            {"champion": one, "version": other, "n": f"{n:,}", "where": f"{name}:{one}:{other}"}
            for one, other, n in beside.pairs
        ],
        "labelled": _labelled(beside.labelled, champion),
        "sampled": _labelled(beside.sampled, champion),
    }


def _agreement(found: Agreement) -> str:
    """Empty where nothing was asked."""
    if not found.asked:
        return ""
    return f"{found.same:,} of {found.asked:,} ({_percent(found.same / found.asked)})"


def _labelled(found: Labelled, champion: str) -> list[dict[str, Any]]:
    """A row for each that it is compared with on at least one labelled drawing."""
    others = {champion: found.champion, "the consensus": found.consensus}
    return [_row(name, judged) for name, judged in others.items() if judged.n]


def _row(name: str, judged: Judged) -> dict[str, Any]:
    return {
        "name": name,
        "n": f"{judged.n:,}",
        "both": f"{judged.both:,}",
        "version_alone": f"{judged.version_alone:,}",
        "other_alone": f"{judged.other_alone:,}",
        "neither": f"{judged.neither:,}",
        "version": _accuracy(judged, judged.version_right),
        "other": _accuracy(judged, judged.other_right),
        "p": f"{judged.p:.3f}" if judged.p >= 0.001 else "< 0.001",
    }


def _accuracy(judged: Judged, right: int) -> str:
    low, high = judged.interval(right)
    return f"{right / judged.n:.2%} ({100 * low:.2f}–{high:.2%})"


def _percent(share: float) -> str:
    """With as many places that only all are 100 %."""
    return f"{int(share * 10_000) / 100:.2f}%"
