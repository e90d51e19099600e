"""The bodies of requests and responses about training runs."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from predictor.models import TrainingRun
from predictor.services.answering.champions import KINDS
from predictor.services.learning.bases import BASES
from predictor.services.learning.parameters import EPOCHS, FOLDS, ROBUSTNESS, SEEDS
from predictor.services.learning.retrain import PROMOTE
from predictor.services.learning.wording import standing


class RetrainRequest(serializers.Serializer):
    base = serializers.CharField(
        required=False, help_text=f"what to train on besides the labelled drawings: {', '.join(BASES)}; default: what "
        "the champions were trained on",
    )  # fmt: skip
    kinds = serializers.ListField(
        child=serializers.CharField(), required=False, allow_empty=False, max_length=len(KINDS),
        help_text=f"some of {', '.join(KINDS)}; default: all",
    )  # fmt: skip
    promote = serializers.ChoiceField(
        PROMOTE, required=False, help_text="what becomes champion: what passes the gate, nothing, or everything"
    )
    seed = serializers.IntegerField(required=False, min_value=SEEDS[0], max_value=SEEDS[-1])
    quick = serializers.BooleanField(
        required=False, help_text="let the networks go on from their champions' weights: in minutes"
    )
    folds = serializers.IntegerField(
        required=False, min_value=FOLDS[0], max_value=FOLDS[-1],
        help_text="where the base has no validation set: parts to calibrate on, with a network for each; default: 5",
    )  # fmt: skip
    epochs = serializers.IntegerField(
        required=False, min_value=EPOCHS[0], max_value=EPOCHS[-1], help_text="augmented copies of each drawing"
    )
    robustness = serializers.IntegerField(
        required=False, min_value=ROBUSTNESS[0], max_value=ROBUSTNESS[-1],
        help_text="perturbed test images of each condition for the model cards; default: all",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A misspelt field would train something else for twenty minutes."""
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({str(unknown[0])[:40]: f"Unknown; known: {', '.join(self.fields)}."})
        return attrs


class RunBody(serializers.ModelSerializer):
    """A training run as it stands in a list."""

    url = serializers.SerializerMethodField(help_text="its address")
    sentence = serializers.SerializerMethodField(help_text="how it stands, or how it ended")
    by = serializers.CharField(source="by.username", default=None, allow_null=True, help_text="null for a command")
    parameters = serializers.DictField()
    progress = serializers.DictField(
        help_text="stage, tasks (steps done and in all, seconds left, a network's accuracy on its validation set), "
        "seconds_left, accuracy of judged challengers"
    )

    class Meta:
        model = TrainingRun
        fields = (
            "id", "url", "state", "sentence", "origin", "by", "parameters", "progress", "created_at", "started_at",
            "beat_at", "cancel_at", "finished_at",
        )  # fmt: skip

    def get_url(self, run: TrainingRun) -> str:
        return reverse("api:training-run", args=[run.pk])

    def get_sentence(self, run: TrainingRun) -> str:
        return standing(run)


class RunPage(serializers.Serializer):
    count = serializers.IntegerField(help_text="of all runs")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = RunBody(many=True)


class RunDetail(RunBody):
    """The same with what it was trained on, what came of it, and the last lines of its log."""

    dataset = serializers.SerializerMethodField(help_text="base, sizes and digests, and how many labelled drawings")
    environment = serializers.DictField(help_text="revision of the code, Python, libraries")
    report = serializers.DictField(
        help_text="by kind: challenger, champion, promoted version, reason, learning curves, drawings on which they "
        "differ, figures of what was refused"
    )

    class Meta(RunBody.Meta):
        fields = (*RunBody.Meta.fields, "dataset", "environment", "report", "log")  # type: ignore[assignment]

    def get_dataset(self, run: TrainingRun) -> dict[str, Any]:
        known = {name: value for name, value in run.dataset.items() if name not in {"submissions", "labels"}}
        return known | ({"labelled": len(run.dataset["labels"])} if "labels" in run.dataset else {})
