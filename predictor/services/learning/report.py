"""What came of a run, as plain JSON and in one sentence."""

from typing import TYPE_CHECKING, Any

from predictor.services.learning.retrain import Outcome, Published

if TYPE_CHECKING:
    from predictor.training.evaluation.parallel import Failure


def report(outcome: Outcome) -> dict[str, Any]:
    """By kind: the challenger's scores by set of drawings, the champion's on the held-out ones, what was decided, why.

    Scores are as `evaluate.score` gives them: n, misses, accuracy, interval95, log_loss, ece.
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
    }


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
