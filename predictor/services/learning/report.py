"""What came of a run, as plain JSON and in one sentence."""

import base64
from typing import TYPE_CHECKING, Any

from predictor.ml import images
from predictor.services.learning.retrain import Outcome, Published

if TYPE_CHECKING:
    from predictor.training.classifiers.curve import Curve
    from predictor.training.evaluation.challenge import Challenge
    from predictor.training.evaluation.differences import Differences
    from predictor.training.evaluation.parallel import Failure


def report(outcome: Outcome) -> dict[str, Any]:
    """By kind: the challenger's scores by set of drawings, the champion's on the held-out ones, what was decided, why.

    Scores are as `evaluate.score` gives them: n, misses, accuracy, interval95, log_loss, ece. Also by kind: learning
    curves, the held-out drawings of which the two say different digits, and the figures of a challenger that was not
    published.
    """
    kinds = {each.challenge.sidecar.kind: _kind(each) for each in outcome.published}
    failures = {each.kind: {"error": str(each.error)} for each in outcome.failures}
    return {"kinds": kinds | failures, "suspects": outcome.suspects}


def sentence(outcome: Outcome) -> str:
    """The outcome in words."""
    promoted = [f"{each.challenge.sidecar.kind} v{each.version}" for each in outcome.published if each.promoted]
    parts = [
        f"Promoted {', '.join(promoted)}." if promoted else "",
        *(_kept(each) for each in outcome.published if not each.promoted),
        *(_failed(each) for each in outcome.failures),
    ]
    return " ".join(filter(None, parts))


def _kept(each: Published) -> str:
    kind, why = each.challenge.sidecar.kind, each.challenge.judgement.sentence
    return (
        f"Published, not promoted: {kind} v{each.version}. {why}" if each.version else f"Not published: {kind}. {why}"
    )


def _failed(failure: "Failure") -> str:
    why = str(failure.error)
    return f"{failure.kind} failed: {why}{'' if why.endswith('.') else '.'}"


def _kind(each: Published) -> dict[str, Any]:
    challenge = each.challenge
    return {
        "challenger": {
            "misses": challenge.misses,
            "metrics": challenge.sidecar.metrics,
            "parity": challenge.sidecar.parity,
            "seconds": challenge.sidecar.seconds,
        },
        "champion": _champion(each),
        "version": each.version,
        "promoted": each.promoted,
        "gate": challenge.judgement.to_json(),
        "reason": _reason(each),
        "curves": [_curve(curve) for curve in challenge.curves],
        "differences": challenge.differences and _differences(challenge.differences),
        "pictures": {} if each.version else _pictures(challenge),
    }


def _curve(curve: "Curve") -> dict[str, Any]:
    accuracy, loss = ([round(value, 5) for value in values] for values in (curve.accuracy, curve.loss))
    return {"name": curve.name, "accuracy": accuracy, "loss": loss}


def _differences(found: "Differences") -> dict[str, Any]:
    drawings = [
        {
            "picture": images.to_data_url(each.pixels),
            "label": each.label,
            "champion": [each.champion.digit, round(each.champion.probability, 4)],
            "challenger": [each.challenger.digit, round(each.challenger.probability, 4)],
            "ours": each.is_ours,
        }
        for each in found.drawings
    ]
    return {"wins": found.wins, "losses": found.losses, "both_wrong": found.both_wrong, "drawings": drawings}


def _pictures(challenge: "Challenge") -> dict[str, str]:
    from predictor.training.evaluation.cards import pictures

    found = pictures(challenge.sidecar, challenge.shown_answers, challenge.shown)
    return {name: base64.b64encode(content).decode() for name, content in found.items()}


def _champion(each: Published) -> dict[str, Any] | None:
    challenge = each.challenge
    if challenge.champion is None:
        return None
    found: dict[str, Any] = {"version": challenge.champion, "error": challenge.champion_error}
    if challenge.champion_misses is not None:
        from predictor.training.evaluation.evaluate import wilson

        n = challenge.sidecar.metrics["held_out"]["n"]
        right = n - challenge.champion_misses
        found |= {"misses": challenge.champion_misses, "n": n, "accuracy": right / n}
        found["interval95"] = list(wilson(right, n))
    return found


def _reason(each: Published) -> str:
    challenge = each.challenge
    if challenge.champion is None:
        return "There was no champion."
    if challenge.champion_error:
        return f"Champion v{challenge.champion} did not answer: {challenge.champion_error}"
    n = challenge.sidecar.metrics["held_out"]["n"]
    return (
        f"It missed {challenge.misses} of {n:,} held-out images, champion v{challenge.champion} "
        f"{challenge.champion_misses}. {challenge.judgement.sentence}"
    )
