"""Drift in words, for the admin and the command alike."""

from collections.abc import Mapping
from typing import Final

from predictor.ml.drift.histograms import Counts
from predictor.ml.drift.stability import ENOUGH, Comparison, Level
from predictor.services.answering import wording
from predictor.services.learning.drift.accuracy import Period
from predictor.services.learning.drift.claims import Claims
from predictor.services.learning.drift.figures import Figure
from predictor.services.learning.drift.names import bins, title
from predictor.services.learning.drift.report import Report

BEFORE: Final[Mapping[Level, str]] = {
    "same": "as in the eight weeks before",
    "slight": "somewhat different from the eight weeks before",
    "strong": "different from the eight weeks before",
}
TRAINING: Final[Mapping[Level, str]] = {
    "same": "like what the models were trained on",
    "slight": "somewhat different from what the models were trained on",
    "strong": "different from what the models were trained on",
}
HELD_OUT: Final[Mapping[Level, str]] = {
    "same": "as on the held-out drawings",
    "slight": "somewhat different from the held-out drawings",
    "strong": "different from the held-out drawings",
}
CALIBRATION: Final[Mapping[Level, str]] = {"same": "as it should be", "slight": "probably off", "strong": "off"}
EXCLUDED: Final[Mapping[Level, str]] = {
    "same": "",
    "slight": ", as the 95 % interval excludes the confidence",
    "strong": ", as even the 99.9 % interval excludes the confidence",
}
ADVICE: Final = (
    "Look at the drawings of this week. If people now draw digits differently here, label some hundreds of these "
    "drawings and retrain. If one device or program sends something else, look there first."
)


def heading(found: Report) -> str:
    """In one sentence whether something has changed."""
    if found.is_raised:
        return f"Something has changed {week(found)}: {', '.join(_raised(found))}."
    if not found.is_enough:
        return _too_few_yet(found)
    if not found.is_comparable:
        return f"There is nothing to compare {week(found)} with yet: no earlier week has enough drawings."
    if found.at("slight"):
        return f"Little has changed {week(found)}: its drawings are mostly as in the eight weeks before."
    return f"Nothing has changed {week(found)}: its drawings are as in the eight weeks before."


def week(found: Report) -> str:
    return f"{name(found)} ({found.week.dates})"


def name(found: Report) -> str:
    return "this week" if found.is_current else "last week"


def details(found: Report) -> list[str]:
    """What else is to be said at once, in sentences."""
    slight = [title(each.subject) for each in found.at("slight")]
    many = f", of which {found.measured:,} were measured" if found.measured < found.drawings else ""
    lines = [
        f"{found.drawings:,} drawings{many}." if found.is_enough else "",
        "" if found.is_enough or not found.is_raised else _too_few_yet(found),
        f"This week has only {found.current} drawings yet." if found.is_enough and not found.is_current else "",
        ADVICE if found.is_raised else "",
        f"Somewhat different: {_listed(slight)}." if slight else "",
        _promoted(found),
        _unrecorded(found),
        *found.damaged,
    ]
    return [line for line in lines if line]


def _promoted(found: Report) -> str:
    """Each kind once, whatever was promoted and taken back."""
    if not found.promotions:
        return ""
    days: dict[str, list[str]] = {}
    for each in found.promotions:
        told, day = days.setdefault(wording.title(each.kind), []), f"v{each.version} on {each.at:%-d %B}"
        if day not in told:
            told.append(day)
    champions = "; ".join(f"{title} {', '.join(told)}" for title, told in days.items())
    return f"New champions: {champions}. Confidence before and after that is of different versions."


def against_earlier(figure: Figure) -> str:
    if figure.against_earlier:
        return _sentence(figure.against_earlier, BEFORE)
    if figure.n < ENOUGH:
        return _too_few(figure)
    return f"No earlier weeks to compare with: the eight weeks before have {figure.earlier.sum():,} such drawings."


def against_training(figure: Figure) -> str:
    """Empty where it would repeat what `against_earlier` says."""
    if figure.against_training:
        return _sentence(figure.against_training, _of_training(figure))
    if figure.n < ENOUGH:
        return ""
    if figure.subject.measure == "size":
        return "Training drawings have no size: they are normalised."
    if figure.subject.name in {"confidence", "verdicts"}:
        return "What these versions say together to the held-out drawings is not recorded."
    return "No reference is recorded to compare it with."


def reference(figure: Figure) -> str:
    """What `training` is of, for a legend."""
    return "held-out drawings" if figure.subject.measure in {"confidence", "verdicts"} else "training drawings"


def telling(figure: Figure) -> str:
    """Which bin makes most of the difference from earlier weeks; empty if they are alike."""
    found = figure.against_earlier
    if not found or found.level == "same":
        return ""
    return (
        f"Most telling: {bins(figure.subject.measure)[found.telling]}, {share(figure.week, found.telling)} of the "
        f"drawings, {share(figure.earlier, found.telling)} before."
    )


def share(counts: Counts, which: int) -> str:
    n = int(counts.sum())
    return f"{counts[which] / n:.1%}" if n else "–"


def claims(found: Claims) -> str:
    """How often visitors contradict, beside how often they did before."""
    if not found.claimed:
        return "Nobody has claimed anything."
    own = f"{found.contradicted} of {found.claimed} claims contradict the answer: {rate(found.share, found.interval)}"
    if not found.is_enough:
        return f"{own}. Too few claims to compare them with earlier ones."
    now = "more than chance can explain" if found.level == "strong" else "not clearly more than before"
    return f"{own}, {found.earlier_share:.1%} in the eight weeks before: {now}."


def accuracy(period: Period) -> str:
    """How often they are right, beside how sure they are."""
    if not period.is_enough:
        return f"Too few labels ({period.digits}) to tell."
    return (
        f"{period.right} of {period.digits} right: {rate(period.right / period.digits, period.interval)}, "
        f"mean confidence {period.expected:.1%}: calibration is "
        f"{CALIBRATION[period.level]}{EXCLUDED[period.level]}."
    )


def calibration(period: Period) -> str:
    return CALIBRATION[period.level] if period.is_enough else "too few labels to tell"


def span(period: Period) -> str:
    return f"{period.first.monday} to {period.last.sunday}"


def rate(share: float, interval: tuple[float, float]) -> str:
    """With its 95 % interval."""
    low, high = interval
    return f"{share:.1%} ({low:.1%} to {high:.1%})"


def _too_few_yet(found: Report) -> str:
    return f"Too few drawings this week ({found.current}): nothing can be told before there are {ENOUGH}."


def _unrecorded(found: Report) -> str:
    names = ", ".join(f"{wording.title(kind)} v{version}" for kind, version in found.unrecorded.items())
    return f"No reference is recorded with {names}: only earlier weeks can be compared with." if names else ""


def _raised(found: Report) -> list[str]:
    return [
        *(_lower(title(each.subject)) for each in found.at("strong")),
        *(["claims"] if found.claims[-1].level == "strong" else []),
        *(["calibration"] if found.accuracy[0].level == "strong" else []),
    ]


def _sentence(found: Comparison, words: Mapping[Level, str]) -> str:
    by_chance = f", as far as {found.n} drawings can tell: chance alone makes up to {found.chance:.2f}"
    return f"{found.index:.2f}: {words[found.level]}{by_chance if found.is_uncertain else ''}."


def _of_training(figure: Figure) -> Mapping[Level, str]:
    return HELD_OUT if figure.subject.measure in {"confidence", "verdicts"} else TRAINING


def _too_few(figure: Figure) -> str:
    such = " with strokes" if figure.subject.measure == "size" else " that it answered" if figure.subject.kind else ""
    return f"Too few drawings{such} ({figure.n}): nothing can be told."


def _listed(titles: list[str]) -> str:
    return ", ".join(map(_lower, titles))


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]
