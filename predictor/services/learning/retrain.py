"""Train challengers on a base dataset and the labelled drawings, and promote those that the gate lets pass."""

import dataclasses
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import CharField, Max
from django.db.models.functions import Cast

from predictor.ml import artifacts, champions
from predictor.ml.drift.reference import REFERENCE
from predictor.ml.runtime import Classifier
from predictor.models import Label
from predictor.services.answering.champions import PIXEL_KINDS, STROKE_KINDS, sync_model_versions
from predictor.services.learning import asked, bases, promotions, publishing
from predictor.services.learning.on_pictures import on_pictures
from predictor.services.learning.pools import pool
from predictor.services.learning.reviewed import reviewed, reviewed_with_ids, strokes_of, varied
from predictor.services.learning.starts import starts
from predictor.services.learning.watching import Unwatched, Watch
from predictor.services.reviewing import suspects

if TYPE_CHECKING:
    from predictor.training.data.dataset import Dataset
    from predictor.training.evaluation.challenge import Challenge
    from predictor.training.evaluation.parallel import Failure
    from predictor.training.preparation.splits import Splits
    from predictor.training.progress import Progress

PROMOTE = ("auto", "never", "always")
QUICK_ROBUSTNESS = 1000  # perturbed test images of each condition, for the model cards of a quick run
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Published:
    """How one challenge ended; `version` is None if it was not published. Not everything published is promoted."""

    challenge: "Challenge"
    version: int | None
    promoted: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the challenges and the kinds that failed, both in the order in which they ran.

    `suspects` is the number of labels to check, None if the search for them failed.
    """

    published: list[Published]
    failures: list["Failure"]
    suspects: int | None


@dataclass(frozen=True)
class Recipe:
    """What a run trains on, and for how long.

    Without a `base` it is that of the champions, with pen strokes where theirs has them: see `bases.chosen`.
    In a `quick` run, networks go on from their champions' weights, where they have some and the base has a validation
    set. `epochs` overrides how many augmented copies of a drawing there are, `folds` into how many parts the drawings
    are cut where the base has no validation set. `robustness` limits the perturbed test images of each condition that
    the model cards are based on, and the photographs likewise; by default, all are used. `promote` says what becomes
    champion: what the gate says (see `training.evaluation.gate`), nothing, or everything.
    """

    base: str | None = None
    strokes: Path | None = None
    seed: int = 42
    quick: bool = False
    epochs: int | None = None
    folds: int | None = None
    robustness: int | None = None
    promote: str = "auto"


def retrain(
    recipe: Recipe,
    *,
    kinds: Sequence[str],
    report: Callable[[str], None],
    progress: "Progress",
    watch: Watch | None = None,
    dask: str | None = None,
) -> Outcome:
    """Train one challenger of each kind and promote, all at once, those that the gate lets pass.

    They are trained on the cluster whose scheduler is at `dask`, by default on this machine; all else is done here.

    One that it refuses is not published; one on which it does not decide is published, for people to decide.

    A kind that fails, for example because its export does not match, is among the outcome's failures and does not stop
    the others. Finally, the labels are searched for errors. A failing search is reported; published versions stay.

    Raises:
        TrainingError: the data, or the cluster, are not usable; nothing was published.
        ArtifactError, OSError: another run is in progress, or the result could not be written or read back; the
            champions are unchanged.

    Whatever `watch.confirm` raises before anything is published leaves the champions unchanged, too.
    """
    watch = watch or Unwatched()
    watch.stage("loading libraries")
    from predictor.training.evaluation.parallel import Failure, challenges

    root: Path = settings.MODELS_DIR
    with artifacts.one_run(root), pool(dask, report) as cluster:
        champions.sweep(root)
        watch.stage("reading the data")
        data = _data(recipe, kinds, report, progress)
        kinds = _trainable(kinds, data, report)
        against = promotions.synchronise()
        publishing.upload_rest(root, kinds, report)
        watch.freeze(_frozen(data))
        watch.stage("training")
        report(_learning_from(kinds, data))
        found = []
        known = starts(kinds, data, report) if recipe.quick else {}
        for each in challenges(
            kinds,
            data,
            root,
            seed=recipe.seed,
            epochs=recipe.epochs,
            folds=recipe.folds,
            starts=known,
            pool=cluster,
            progress=progress,
        ):
            for line in [f"{each.kind} failed: {each.error}"] if isinstance(each, Failure) else _comparison(each):
                report(line)
            found.append(each)
            if not isinstance(each, Failure):
                if each.sidecar.kind in known and not each.sidecar.hyperparameters.get("started"):
                    report(f"{each.sidecar.kind}: trained from the beginning, because its champion is another network.")
                watch.judged(each.sidecar.kind, each.sidecar.metrics["held_out"]["accuracy"])
        watch.stage("publishing")
        watch.confirm()
        judged = [each for each in found if not isinstance(each, Failure)]
        n_asked = {
            held_out: asked.count(root, held_out)
            for held_out in dict.fromkeys(each.sidecar.dataset["held_out_digest"] for each in judged)
        }
        for n in n_asked.values():
            report(f"Runs that asked these held-out drawings, this one included: {n}.")
        by_kind = _references(judged, data, root, recipe.seed, report)
        published = [
            _publish(root, each, recipe, n_asked, progress, report=report, reference=by_kind.get(each.sidecar.kind))
            for each in judged
        ]
        promoted = [each for each in published if each.promoted]
        if won := {each.challenge.sidecar.kind: each.version for each in promoted if each.version}:
            watch.confirm()
            why = _reason([each.challenge for each in promoted])
            promotions.promote_all(won, against=against, reason=why, run=watch.run)
        watch.stage("looking for wrong labels")
        n_suspects = _find_suspects(data.training, recipe.seed, report, progress)
    sync_model_versions()
    return Outcome(published, [each for each in found if isinstance(each, Failure)], n_suspects)


def _data(recipe: Recipe, kinds: Sequence[str], report: Callable[[str], None], progress: "Progress") -> "Splits":
    """The base dataset, the strokes if there are any, and the labelled drawings."""
    from predictor.training.data.dataset import Mnist, split, without
    from predictor.training.data.strokes import read_strokes
    from predictor.training.preparation import splits
    from predictor.training.preparation.strokes import stroke_splits

    base, strokes = bases.chosen(recipe.base, recipe.strokes, kinds, report)
    drawings = read_strokes(strokes, report) if strokes else []
    mnist = Mnist.read(settings.MNIST_DIR)
    mnist.prepare(progress)
    data = splits.mnist500(mnist) if base == "mnist500" else splits.full_mnist(mnist)
    training, held_out = split(without(reviewed(), data.training + data.validation + data.held_out + data.test))
    if len(training) + len(held_out):
        report(f"{len(training)} labelled drawings to train on, {len(held_out)} held out for evaluation.")
    else:
        report(f"No labelled drawings: training on {base} alone.")
    if drawings and not {*kinds} <= {*PIXEL_KINDS}:
        ours = [tuple(strokes_of(each).values()) for each in (training, held_out)]
        data = dataclasses.replace(data, strokes=stroke_splits(drawings, *ours))
    if {*kinds} <= {*STROKE_KINDS}:  # then nobody looks at pixels
        return splits.with_reviewed(data, training, held_out)
    if drawings:
        data = splits.with_strokes(data, drawings, seed=recipe.seed, progress=progress)
    n = len(data.training) + len(training)
    copies = varied(training, n, seed=recipe.seed, report=report, progress=progress)
    return splits.with_reviewed(data, training, held_out, copies)


def _trainable(kinds: Sequence[str], data: "Splits", report: Callable[[str], None]) -> list[str]:
    """Those kinds that there is something to train on.

    Raises:
        DatasetError: there is none.
    """
    from predictor.training.errors import DatasetError

    found = [kind for kind in dict.fromkeys(kinds) if data.strokes or kind not in STROKE_KINDS]
    if not found:
        raise DatasetError("There are no pen strokes to learn from: run `manage.py fetch_strokes`, or name a file.")
    for kind in STROKE_KINDS:
        if kind in kinds and kind not in found:
            report(f"{kind}: left out, because it learns from pen strokes alone, and there are none.")
    return found


def _learning_from(kinds: Sequence[str], data: "Splits") -> str:
    parts = [] if {*kinds} <= {*STROKE_KINDS} else [f"{len(data.training)} images"]
    if data.strokes:
        parts.append(f"the strokes of {len(data.strokes.training)} drawings")
    return f"Training on {' and '.join(parts)} …"


def _frozen(data: "Splits") -> dict[str, object]:
    """What the run is trained on: digests, and the labelled drawings, each with the last row that gave it its label."""
    sources = (Label.Source.REVIEWER, Label.Source.IMPORT)
    rows = Label.objects.filter(value=Cast("submission__label", CharField()), source__in=sources)
    strokes = data.strokes
    last = dict(rows.values_list("submission").annotate(Max("id")).order_by("submission"))
    return {
        "base": data.base,
        "training": {"n": len(data.training), "digest": data.training.digest},
        "held_out": {"n": len(data.held_out), "digest": data.held_out.digest},
        **({"strokes": {"n": len(strokes.training), "digest": strokes.training.digest}} if strokes else {}),
        "submissions": [str(pk) for pk in last],
        "labels": list(last.values()),
    }


def _references(
    judged: "Sequence[Challenge]", data: "Splits", root: Path, seed: int, report: Callable[[str], None]
) -> dict[str, bytes]:
    """The `reference.json` of each kind; none if they cannot be written, because only drift needs them."""
    from predictor.training.evaluation.reference import references

    try:
        return references(judged, data, root, seed=seed) if judged else {}
    except Exception as error:  # whatever it is, such as a champion that does not answer, the training has succeeded
        log.exception("The references for drift could not be written.")
        report(f"The references for drift could not be written: {error}")
        return {}


def _publish(
    root: Path,
    each: "Challenge",
    recipe: Recipe,
    n_asked: Mapping[str, int],
    progress: "Progress",
    *,
    report: Callable[[str], None],
    reference: bytes | None,
) -> Published:
    outcome = each.judgement.outcome
    if outcome == "refuse" and recipe.promote != "always":
        return Published(each, None)
    from predictor.training.evaluation.cards import documents

    dataset = each.sidecar.dataset
    sidecar = dataclasses.replace(each.sidecar, dataset=dataset | {"asked": n_asked[dataset["held_out_digest"]]})
    card = partial(documents, answers=each.shown_answers, data=each.shown, trained_on=each.machine)
    if sidecar.kind in PIXEL_KINDS:
        limit = recipe.robustness or (QUICK_ROBUSTNESS if recipe.quick else None)
        card = partial(card, **on_pictures(Classifier(sidecar, each.artifact), limit, progress))
    promoted = recipe.promote == "always" or (recipe.promote == "auto" and outcome == "promote")
    extra = {REFERENCE: reference} if reference else {}
    published = publishing.publish(
        root,
        sidecar,
        each.artifact,
        lambda final: card(final) | extra,
        weights=each.weights,
        report=report,
    )
    is_here = artifacts.version_directory(root, published.kind, published.version).exists()
    return Published(each, published.version, promoted and is_here)


def _find_suspects(base: "Dataset", seed: int, report: Callable[[str], None], progress: "Progress") -> int | None:
    try:
        ids, drawings = reviewed_with_ids()
        return suspects.refresh(ids=ids, drawings=drawings, base=base, seed=seed, progress=progress)
    except Exception as error:  # whatever it is, the training itself has succeeded
        log.exception("The search for wrong labels failed.")
        report(f"The search for wrong labels failed: {error}")
        return None


def _comparison(each: "Challenge") -> Iterator[str]:
    """Who missed how many, then the conditions of the gate, a line each."""
    kind, n = each.sidecar.kind, each.sidecar.metrics["held_out"]["n"]
    line = f"{kind}: the challenger misses {each.misses} of {n} held-out images"
    if each.champion_error:
        yield f"{line}; champion v{each.champion} does not answer ({each.champion_error})."
    elif each.champion is None:
        yield f"{line}; there is no champion."
    else:
        yield f"{line}, champion v{each.champion} misses {each.champion_misses}."
    yield from (f"{kind}: {line}" for line in each.judgement.lines())


def _reason(promoted: "Sequence[Challenge]") -> str:
    """Why these were promoted, for the log."""
    found = (each.judgement.sentence if each.won else f"Asked for. {each.judgement.sentence}" for each in promoted)
    return " ".join(dict.fromkeys(found))[:500]
