"""What the pages of training runs show."""

from collections.abc import Mapping
from typing import Any, Final

from django.urls import reverse

from predictor.admin.run_figures import accuracy, chart, curve, differences
from predictor.models import ModelVersion, TrainingRun
from predictor.services.answering import wording
from predictor.services.learning import estimates, runs, workers
from predictor.services.learning.bases import BASES
from predictor.services.learning.pictures import pictures
from predictor.services.learning.wording import NO_WORKER, duration, lasted, standing, who

SETS: Final = {
    "held_out": "held out (decides)",
    "held_out_mnist": "of these, MNIST",
    "held_out_strokes": "of these, pen strokes",
    "held_out_drawn": "of these, drawings of this site",
    "mnist_test": "MNIST test (reported only)",
}
NAMES: Final = {"": "what the champions learned from"} | {base: base for base in BASES}
SPEEDS: Final = {True: "quick", False: "full"}


def before() -> dict[str, Any]:
    """What the page says that asks whether to start: the labels, and how long the last runs took."""
    known, prospect = estimates.seconds(), estimates.prospect()
    return {
        "labelled": prospect.labelled,
        "new": prospect.progress.new,
        "is_enough": prospect.progress.is_enough,
        "missing": prospect.progress.missing,
        "times": [(f"{SPEEDS[quick]}, {NAMES[base]}", duration(seconds)) for (quick, base), seconds in known.items()],
    }


def name_of(parameters: Mapping[str, Any]) -> str:
    """What a run is trained on, and how."""
    return f"{NAMES[parameters['base'] or '']}, {SPEEDS[bool(parameters.get('quick'))]}"


def worker(active: TrainingRun | None) -> dict[str, Any]:
    """Whether a worker runs, said before anybody starts a run."""
    lives = workers.any_lives()
    alive = "A worker is running." if active else "A worker is waiting for runs."
    return {"lives": lives, "sentence": alive if lives else NO_WORKER}


def live(run: TrainingRun) -> dict[str, Any]:
    """What changes while a run goes on, for the page's script."""
    tasks = run.progress.get("tasks", {})
    return {
        "state": run.state,
        "ended": run.state not in runs.ACTIVE,
        "sentence": standing(run),
        "lasted": lasted(run),
        "tasks": [_task(name, task) for name, task in sorted(tasks.items())],
        "accuracy": [f"{kind}: {share:.2%}" for kind, share in sorted(run.progress.get("accuracy", {}).items())],
        "log": run.log,
    }


def detail(run: TrainingRun) -> dict[str, Any]:
    kinds = dict(sorted(run.report.get("kinds", {}).items()))  # PostgreSQL keeps no order
    return {
        "run": run,
        "live": live(run),
        "who": who(run),
        "origin": run.get_origin_display(),
        "parameters": [(name, _plain(value)) for name, value in run.parameters.items() if value is not None],
        "dataset": _dataset(run),
        "environment": _environment(run),
        "exit": run.report.get("exit"),
        "results": [_result(kind, each) for kind, each in kinds.items()],
        "chart": chart(kinds),
        "pictures": [each for kind, found in kinds.items() for each in pictures(kind, found)],
        "suspects": run.report.get("suspects"),
        "promotions": run.promotions.order_by("kind"),
    }


def _task(name: str, task: dict[str, Any]) -> dict[str, Any]:
    left = task["seconds_left"]
    words = "" if left is None else "done" if task["done"] >= task["total"] else f"about {duration(left)} left"
    checked = f"{task['accuracy']:.2%} in validation" if "accuracy" in task else ""
    return {"name": name, "done": task["done"], "total": task["total"], "left": words, "checked": checked}


def _result(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    if "error" in found:
        return {"title": wording.title(kind), "error": found["error"]}
    metrics, champion = found["challenger"]["metrics"], found["champion"] or {}
    version = ModelVersion.objects.filter(kind=kind, version=found["version"] or 0).first()
    return {
        "title": wording.title(kind),
        "version": found["version"],
        "address": version and reverse("admin:predictor_modelversion_change", args=[version.pk]),
        "champion": champion,
        "promoted": found.get("promoted", False),
        "reason": found["reason"],
        "gate": [each["words"] for each in found.get("gate", {}).get("conditions", [])],
        "curve": curve(found.get("curves") or []),
        "differences": differences(found.get("differences"), champion),
        "rows": [_row(name, metrics[name], champion if name == "held_out" else {}) for name in SETS if name in metrics],
    }


def _row(name: str, score: dict[str, Any], champion: dict[str, Any]) -> dict[str, str]:
    return {
        "name": SETS[name],
        "misses": f"{score['misses']:,} of {score['n']:,}",
        "accuracy": accuracy(score),
        "calibration": f"{score['ece']:.4f}",
        "champion_misses": f"{champion['misses']:,} of {champion['n']:,}" if "misses" in champion else "",
        "champion_accuracy": accuracy(champion) if "misses" in champion else "",
    }


def _dataset(run: TrainingRun) -> list[tuple[str, str]]:
    known = run.dataset
    if not known:
        return []
    return [
        ("labelled drawings", f"{len(known['labels']):,}"),
        ("trained on", f"{known['training']['n']:,} images, digest {known['training']['digest'][:12]}"),
        ("held out", f"{known['held_out']['n']:,} images, digest {known['held_out']['digest'][:12]}"),
    ]


def _environment(run: TrainingRun) -> list[tuple[str, str]]:
    known = run.environment
    if not known:
        return []
    libraries = ", ".join(f"{name} {version}" for name, version in known["libraries"].items())
    return [
        ("revision", known["revision"] or "unknown"),
        ("Python", f"{known['python']}, {known['cores']} cores"),
        ("libraries", libraries),
    ]


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
