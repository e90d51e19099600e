"""What is trained on and what is not, and what is published."""

import base64
import dataclasses
import gzip
import io
import json
import shutil

import numpy as np
import pytest
from django.core.management import CommandError
from PIL import Image

from predictor.ml import images
from predictor.ml.champions import read_champions
from predictor.ml.errors import ModelUnavailable
from predictor.models import Label, Promotion, Submission, TrainingRun
from predictor.services.learning import retrain as service
from predictor.services.learning.pictures import pictures
from predictor.services.learning.promotions import ChampionChanged, promote
from predictor.services.learning.reviewed import reviewed
from predictor.services.learning.watching import Unwatched
from predictor.training.evaluation import gate, reference
from predictor.training.preparation import splits
from tests import hands
from tests.conftest import SHIPPED
from tests.mnist import digits
from tests.retraining import files, keep, retrain, sidecar_of

pytestmark = pytest.mark.django_db


# Labels.


def test_labels_are_trained_on_and_the_better_version_is_published(shipped, quick):
    for content, label in digits(400):
        keep(content, label)
    said = retrain()
    assert len(reviewed()) == 400
    sidecar = sidecar_of(shipped, 2)
    held_out = sidecar.metrics["held_out"]["n"] - 599
    assert sidecar.metrics["held_out_drawn"]["n"] == held_out
    assert sidecar.metrics["held_out_mnist"]["n"] == 599
    assert 20 < held_out < 60
    trained_on = sidecar.dataset["n"] - 500
    assert 400 - held_out - 20 < trained_on <= 400 - held_out  # near-duplicates of held-out drawings are not trained on
    assert f"{trained_on} labelled drawings to train on, {held_out} held out" in said
    assert "svm: held-out drawings of this site: " in said
    assert "svm: Meets all " in said
    assert sidecar.dataset["asked"] == 1
    assert read_champions(shipped)["svm"] == 2


def test_a_run_says_what_it_learned_from_and_what_came_of_it(shipped, quick):
    rows = [keep(content, label) for content, label in digits(30)]
    given = [Label.objects.create(submission=row, value=str(row.label), source="reviewer") for row in rows[:2]]
    Label.objects.create(submission=rows[2], value="x", source="reviewer")  # not what its label comes from
    Label.objects.create(submission=rows[3], value=str(rows[3].label), source="claim")
    given.append(Label.objects.create(submission=rows[0], value=str(rows[0].label), source="import"))
    retrain()
    run = TrainingRun.objects.get()
    found, sidecar = run.report["kinds"]["svm"], sidecar_of(shipped, 2)
    assert (run.state, run.sentence, run.origin) == ("succeeded", "Promoted svm v2.", "command")
    assert found["challenger"]["metrics"] == sidecar.metrics
    assert found["version"] == 2
    champion, n = found["champion"], sidecar.metrics["held_out"]["n"]
    assert (champion["version"], champion["n"]) == (1, n)
    assert champion["accuracy"] == pytest.approx(1 - champion["misses"] / n)
    assert champion["interval95"][0] < champion["accuracy"] < champion["interval95"][1]
    assert f"champion v1 {champion['misses']}. Meets all " in found["reason"]
    assert found["gate"]["outcome"] == "promote"
    assert dict(zip(run.dataset["submissions"], run.dataset["labels"], strict=True)) == {
        str(rows[0].pk): given[2].pk, str(rows[1].pk): given[1].pk,
    }  # fmt: skip
    assert run.dataset["training"] == {"n": sidecar.dataset["n"], "digest": sidecar.dataset["digest"]}
    assert run.dataset["held_out"]["digest"] == sidecar.dataset["held_out_digest"]
    assert run.progress["accuracy"] == {"svm": pytest.approx(sidecar.metrics["held_out"]["accuracy"], abs=1e-5)}
    assert "svm: the challenger misses" in run.log
    assert Promotion.objects.get().run == run


def test_the_report_of_a_refused_challenger_has_its_figures_and_where_it_differs(shipped, quick, monkeypatch):
    monkeypatch.setattr(gate, "LIMITS", gate.Limits(size=1))
    retrain("--base", "mnist500", "--seed", 7)
    run = TrainingRun.objects.get()
    found = run.report["kinds"]["svm"]
    assert found["version"] is None
    assert found["curves"] == []
    assert [title for title, _ in pictures("svm", found)] == [
        "Confusion matrix of the svm challenger", "Reliability diagram of the svm challenger",
    ]  # fmt: skip
    for _, url in pictures("svm", found):
        with Image.open(io.BytesIO(base64.b64decode(url.removeprefix("data:image/png;base64,")))) as picture:
            assert picture.format == "PNG"
    differences, champion = found["differences"], found["champion"]
    assert differences["losses"] - differences["wins"] == found["challenger"]["misses"] - champion["misses"]
    assert differences["drawings"], "another seed, another calibration"
    for each in differences["drawings"]:
        assert each["picture"].startswith("data:image/png;base64,")
        assert each["champion"][0] != each["challenger"][0]
    assert len(json.dumps(run.report)) < 60_000


def test_a_run_that_was_ended_meanwhile_publishes_nothing(shipped, quick):
    class Ended(Unwatched):
        def confirm(self):
            raise InterruptedError("It was declared lost.")

    before = files(shipped)
    recipe = service.Recipe("mnist500", robustness=50, epochs=1)
    with pytest.raises(InterruptedError):
        service.retrain(recipe, kinds=["svm"], report=str, progress=lambda *_: None, watch=Ended())
    assert files(shipped) == before
    assert not Promotion.objects.exists()


def test_a_champion_that_was_promoted_meanwhile_is_not_replaced(shipped, quick):
    class Meanwhile(Unwatched):
        def judged(self, kind, accuracy):
            shutil.copytree(SHIPPED / "svm/v2", shipped / "svm/v2")
            promote("svm", 2)

    recipe = service.Recipe("mnist500", robustness=50, epochs=1, promote="always")
    with pytest.raises(
        ChampionChanged, match=r"^svm v2 has become the champion .* in place of v1\. Not promoted: svm v3"
    ):
        service.retrain(recipe, kinds=["svm"], report=str, progress=lambda *_: None, watch=Meanwhile())
    assert sidecar_of(shipped, 3).version == 3, "it is published for people to decide"
    assert [row.version for row in Promotion.objects.all()] == [2]


def test_a_worse_challenger_is_not_published(shipped, quick):
    before = files(shipped)
    for content, label in digits(100):
        keep(content, 9 - label)  # a reviewer who is always wrong
    said = retrain()
    assert "svm: Refused: " in said
    assert "svm: not published" in said
    assert files(shipped) == before
    run = TrainingRun.objects.get()
    assert (run.state, run.sentence) == (
        "succeeded",
        f"Not published: svm. {run.report['kinds']['svm']['gate']['sentence']}",
    )
    assert run.report["kinds"]["svm"]["version"] is None


def test_one_that_the_gate_does_not_decide_on_is_published_but_not_promoted(shipped, quick, monkeypatch):
    monkeypatch.setattr(gate, "LIMITS", dataclasses.replace(gate.LIMITS, labels=1000))
    for content, label in digits(400):
        keep(content, label)
    said = retrain()
    assert "svm: Inconclusive: labels of each digit" in said
    assert "more labels would decide." in said
    assert "svm: published as v2, not promoted" in said
    assert read_champions(shipped) == {"svm": 1}


def test_what_is_promoted_may_be_chosen(shipped, quick):
    before = read_champions(shipped)
    assert "svm: published as v2, not promoted" in retrain("--promote", "never")
    assert read_champions(shipped) == before
    for content, label in digits(100):
        keep(content, 9 - label)
    said = retrain("--promote", "always")
    assert "svm: Refused: " in said
    assert "svm: published as v3;" in said
    assert read_champions(shipped) == {"svm": 3}
    assert Promotion.objects.get().reason.startswith("Asked for. Refused: ")


def test_it_is_counted_how_often_the_held_out_drawings_were_asked(shipped, quick):
    assert "this one included: 1." in retrain("--promote", "never")
    assert "this one included: 2." in retrain("--promote", "never")
    assert [sidecar_of(shipped, version).dataset["asked"] for version in (2, 3)] == [1, 2]


def test_references_that_fail_are_reported_and_the_version_is_published_without_one(
    models_dir, quick, monkeypatch, caplog
):
    def fails(*_, **__):
        raise ModelUnavailable("cnn v4 cannot answer: no memory.")

    monkeypatch.setattr(reference, "references", fails)
    said = retrain("--epochs", 1)
    assert "The references for drift could not be written: cnn v4 cannot answer: no memory." in said
    assert "The references for drift could not be written." in caplog.text
    assert read_champions(models_dir) == {"svm": 1}
    assert (models_dir / "svm/v1/card.md").exists()
    assert not (models_dir / "svm/v1/reference.json").exists()


def test_a_network_that_could_not_go_on_from_its_champion_is_named(shipped, quick, monkeypatch):
    monkeypatch.setattr(service, "starts", lambda *_: {"svm": [np.zeros(3, np.float32)]})
    assert "svm: trained from the beginning, because its champion is another network." in retrain("--quick")


def test_only_labels_are_trained_on_never_a_prediction_or_a_prompt():
    (content, label), *_ = digits(1)
    keep(content, None, prediction=label, prompt=label)
    assert len(reviewed()) == 0


def test_a_row_of_an_older_preprocessing_is_normalised_again():
    (content, label), *_ = digits(1)
    row = keep(content, label)
    Submission.objects.update(preprocessing=0, pixels=bytes(784))
    assert images.digest(reviewed().pixels[0]) == row.digest


# Strokes.


def test_strokes_train_calibrate_and_evaluate_and_outliers_come_with_them(models_dir, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(splits, "OUTLIERS", 140)
    said = retrain("--strokes", hands.saved(tmp_path / "strokes.jsonl", hands.everything(4)))
    sidecar = sidecar_of(models_dir, 1)
    assert sidecar.base == "mnist500+strokes"
    assert "Training on 1000 images …" in said
    assert sidecar.dataset["n"] == 1000
    assert sidecar.dataset["validation"] == 30, "a writer's ten digits by three pens"
    assert sidecar.dataset["outliers"] == 140
    assert sidecar.metrics["held_out_strokes"]["n"] == 30
    assert sidecar.metrics["held_out_mnist"]["n"] == 599
    assert sidecar.metrics["held_out"]["n"] == 599 + 30
    assert "strokes: done" in said


def test_strokes_of_two_writers_are_refused(shipped, tmp_path):
    before = files(shipped)
    with pytest.raises(CommandError, match="at least three writers are needed, not 2"):
        retrain("--strokes", hands.saved(tmp_path / "strokes.jsonl", hands.everything(2)))
    assert files(shipped) == before


def test_strokes_that_lack_a_digit_for_calibration_are_refused(shipped, tmp_path, monkeypatch):
    monkeypatch.setattr(splits, "OUTLIERS", 7)
    before = files(shipped)
    ones = [hands.write(1, f"w{w}") for w in range(3)]
    with pytest.raises(CommandError, match=r"fewer than two drawings of 0, 2, 3, 4, 5, 6, 7, 8, 9\."):
        retrain("--strokes", hands.saved(tmp_path / "strokes.jsonl", ones))
    assert files(shipped) == before


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "is missing"),
        (b"", "holds no drawing"),
        (b"{}", "line 1: KeyError"),
        (gzip.compress(b"{}" * 99)[:-9], "is damaged"),
    ],
    ids=["missing", "empty", "malformed", "cut off"],
)
def test_a_file_of_strokes_that_cannot_be_read_is_named(content, reason, shipped, tmp_path):
    before = files(shipped)
    path = tmp_path / "strokes.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=rf"strokes\.jsonl.*{reason}"):
        retrain("--strokes", path)
    assert files(shipped) == before
