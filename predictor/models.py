"""The tables: drawings, the labels that people gave them, and the published versions of the classifiers."""

import random
import uuid
from typing import Any, Final, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

from mnistsite.dates import minute

DIGITS: Final = [(digit, str(digit)) for digit in range(10)]
NOT_A_DIGIT: Final = "x"
UNSURE: Final = "u"
CLAIMS: Final = [*((str(digit), name) for digit, name in DIGITS), (NOT_A_DIGIT, "not a digit")]
VALUES: Final = [*CLAIMS, (UNSURE, "unsure")]


def random_key() -> float:
    return random.random()  # noqa: S311  for sampling, not a secret


class Submission(models.Model):
    """One stored drawing. The visitor's address is not stored."""

    class Source(models.TextChoices):
        PAGE = "page", "the page"
        API = "api", "the API"
        LEGACY = "legacy", "/predict/"
        IMPORT = "import", "an import"

    class Verdict(models.TextChoices):
        DIGIT = "digit", "a digit"
        UNSURE = "unsure", "unsure"
        NOT_A_DIGIT = "not_a_digit", "not a digit"

    class Agreement(models.TextChoices):
        ALL = "all", "all agree"
        MAJORITY = "majority", "a majority agrees"
        NONE = "none", "none agree"

    class Review(models.TextChoices):
        WAITING = "waiting", "waiting"
        DIGIT = "digit", "a digit"
        NONE = "none", "not a digit"
        UNSURE = "unsure", "unsure"
        DISPUTED = "disputed", "disputed"

    at_random = False  # not a column: the queue picked it at random, not by priority

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=8, choices=Source)
    request_id = models.CharField(max_length=64, db_index=True)

    image = models.BinaryField(help_text="the file that was sent, without its side data, or smaller")
    strokes = models.JSONField(null=True, blank=True)
    prompt = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the digit that the page asked for, if it did"
    )
    pixels = models.BinaryField(help_text="uint8 (28, 28), ink high")
    preprocessing = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the pixels")

    answers = models.JSONField(default=dict, help_text="kind → version and probabilities")
    prediction = models.PositiveSmallIntegerField(choices=DIGITS, null=True, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict, null=True, blank=True)  # noqa: DJ001  null: no model answered
    agreement = models.CharField(max_length=8, choices=Agreement, null=True, blank=True)  # noqa: DJ001  null: no two answers

    claim = models.CharField(  # noqa: DJ001  null: nothing claimed
        max_length=1, choices=CLAIMS, null=True, blank=True, help_text="what the visitor says it is"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)

    review = models.CharField(
        max_length=8, choices=Review, default=Review.WAITING, editable=False, help_text="derived from the labels"
    )
    label = models.PositiveSmallIntegerField(
        choices=DIGITS, null=True, blank=True, help_text="the digit that reviewers agree on"
    )
    labelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    labelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    priority = models.FloatField(default=1.0, editable=False, help_text="how informative a label would be")
    random_key = models.FloatField(default=random_key, editable=False, help_text="its place in a random order")
    sampled = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="in the fair sample of visitors' drawings"
    )
    reserved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    reserved_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        permissions = [("label_submission", "Can label submission"), ("export_dataset", "Can export the dataset")]
        indexes = [
            models.Index(  # small, as there are few combinations; every count reads this index alone
                fields=["label", "claim", "prompt", "review", "prediction"], name="submission_counts"
            ),
            models.Index(  # every column that the admin's list filters by
                fields=["-created_at", "review", "label", "claim", "prediction", "agreement", "verdict", "source"],
                name="submission_list",
            ),
            models.Index(fields=["-priority"], condition=models.Q(review="waiting"), name="submission_queue"),
            models.Index(
                fields=["prediction", "-priority"], condition=models.Q(review="waiting"), name="submission_queue_digit"
            ),
            models.Index(fields=["-priority"], condition=models.Q(review="disputed"), name="submission_disputed"),
            models.Index(fields=["random_key"], condition=models.Q(review="waiting"), name="submission_queue_random"),
            models.Index(
                fields=["random_key"],
                condition=models.Q(sampled=False) & ~models.Q(review="waiting") & ~models.Q(source="import"),
                name="submission_outside_sample",
            ),
            models.Index(
                fields=["review", "label", "prediction"], condition=models.Q(sampled=True), name="submission_sample"
            ),
            models.Index(
                fields=["reserved_by"], condition=models.Q(reserved_by__isnull=False), name="submission_reserved"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(review="digit", label__range=(0, 9), label__isnull=False)
                | (~models.Q(review="digit") & models.Q(label__isnull=True)),
                name="label_is_a_digit",
            ),
            models.CheckConstraint(
                condition=models.Q(claim__isnull=True) | models.Q(claim__in=list(dict(CLAIMS))), name="claim_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class AppendOnly(models.QuerySet[Any]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("These rows are append-only: add a new one.")

    def delete(self) -> NoReturn:
        raise TypeError("These rows are append-only: they are not deleted one by one.")


class Label(models.Model):
    """What somebody says a drawing is; null takes the earlier label back. Rows are added, never changed."""

    class Source(models.TextChoices):
        REVIEWER = "reviewer", "a reviewer"
        CLAIM = "claim", "the visitor"
        PROMPT = "prompt", "the page's prompt"
        IMPORT = "import", "an import"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="labels", db_index=False)
    value = models.CharField(max_length=1, choices=VALUES, null=True)  # noqa: DJ001  null: taken back
    source = models.CharField(max_length=8, choices=Source)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AppendOnly.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["submission", "by"], name="label_submission"),
            models.Index(fields=["by", "-id"], name="label_by"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__isnull=True) | models.Q(value__in=list(dict(VALUES))), name="value_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_value_display() or 'taken back'} ({self.get_source_display()})"

    def save(self, **kwargs: Any) -> None:
        super().save(**kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Labels are append-only: they are deleted with their submission.")


class ModelVersion(models.Model):
    """One published artifact, as people read about it, and for the store what belongs to it.

    Promotions say which versions answer, or before the first one `models/champions.json`.
    """

    kind = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField(help_text="bytes")
    trained_at = models.DateTimeField()
    base = models.CharField(max_length=32)
    dataset_digest = models.CharField(max_length=64)
    dataset_size = models.PositiveIntegerField()
    preprocessing = models.PositiveSmallIntegerField()
    metrics = models.JSONField()
    calibration = models.JSONField()
    files = models.JSONField(null=True, help_text="of a version in the store: the SHA-256 and size of each file")

    class Meta:
        ordering = ["kind", "-version"]
        permissions = [("retrain", "Can retrain"), ("promote", "Can promote a version")]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="one_row_per_version")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"


class TrainingRun(models.Model):
    """One training run, from the moment it is asked for to its end; see `services.learning.runs`."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        SUCCEEDED = "succeeded", "succeeded"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        LOST = "lost", "lost"

    class Origin(models.TextChoices):
        ADMIN = "admin", "the admin"
        API = "api", "the API"
        COMMAND = "command", "a command"

    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    sentence = models.CharField(max_length=500, blank=True, help_text="how it stands, or how it ended")
    origin = models.CharField(max_length=7, choices=Origin)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    parameters = models.JSONField(help_text="what it was asked to do")
    dataset = models.JSONField(default=dict, help_text="the drawings and labels that it is trained on, and digests")
    environment = models.JSONField(default=dict, help_text="the code's revision and the libraries' versions")
    progress = models.JSONField(default=dict, help_text="stage, steps done and in all")
    log = models.TextField(blank=True, help_text="the last lines of its output")
    report = models.JSONField(default=dict, help_text="what came of it")
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    cancel_at = models.DateTimeField(null=True, help_text="when it was asked to stop")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True, help_text="its last sign of life")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state__in=["queued", "running"]), name="one_run_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class Worker(models.Model):
    """A process that takes queued runs, while it lives; see `services.learning.workers`."""

    name = models.CharField(max_length=64, primary_key=True)
    beat_at = models.DateTimeField(help_text="its last sign of life")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Promotion(models.Model):
    """A version became the champion of its kind. Rows are added, never changed; the last of a kind says who answers."""

    kind = models.CharField(max_length=8)
    earlier = models.PositiveIntegerField(null=True, help_text="the champion until then, if it is known")
    version = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    run = models.ForeignKey(TrainingRun, models.PROTECT, null=True, related_name="promotions", db_index=False)
    reason = models.CharField(max_length=500, blank=True)

    objects = AppendOnly.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "-id"], name="promotion_kind")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version} since {minute(self.at)}"

    def save(self, **kwargs: Any) -> None:
        super().save(**kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Promotions are append-only.")


class Shadow(models.Model):
    """A version that is asked in the shadow, while it is; see `services.collecting.shadows`."""

    kind = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    since = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        default_permissions = ()
        ordering = ["kind", "version"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="one_shadow_per_version")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"


class ShadowAnswer(models.Model):
    """What a version in the shadow said to a drawing, beside what the champions said at that moment."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="shadow_answers", db_index=False)
    kind = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    prediction = models.PositiveSmallIntegerField(choices=DIGITS)
    confidence = models.FloatField(help_text="the probability that it gave this digit, 0 to 1")
    champion_version = models.PositiveIntegerField(help_text="the version of the kind that answered")
    champion_prediction = models.PositiveSmallIntegerField(choices=DIGITS)
    consensus = models.PositiveSmallIntegerField(
        choices=DIGITS, null=True, help_text="of the models that answered; null where it was one"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(  # every comparison reads this index alone
                fields=[
                    "kind",
                    "version",
                    "champion_version",
                    "champion_prediction",
                    "prediction",
                    "consensus",
                    "submission",
                    "created_at",
                ],
                name="shadow_answer_counts",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["submission", "kind", "version"], name="one_shadow_answer_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}: {self.prediction}"


class Skip(models.Model):
    """A drawing that a reviewer left for later; see `services.reviewing.skips`."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="skips")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "submission"], name="one_skip_per_reviewer")]

    def __str__(self) -> str:
        return f"{self.submission_id}, skipped by {self.by}"


class Suspect(models.Model):
    """A label that classifiers contradicted after the last training run; see `services.reviewing.suspects`."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="suspect")
    label = models.PositiveSmallIntegerField(choices=DIGITS, help_text="the label when it was contradicted")
    digit = models.PositiveSmallIntegerField(
        choices=DIGITS, help_text="the prediction of classifiers that were trained without it"
    )
    confidence = models.FloatField(help_text="the probability that they gave this digit, 0 to 1")
    created_at = models.DateTimeField(help_text="when the label was read")

    class Meta:
        verbose_name = "label to check"
        verbose_name_plural = "labels to check"
        ordering = ["id"]  # the worst first

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.label}, or {self.digit}?"


class Probe(models.Model):
    """One row, which the readiness check writes to find out whether the database takes writes."""

    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"written at {self.written_at}"


class StaleAnswer(models.Model):
    """A deleted drawing whose cached answers are still to be deleted; see `services.collecting.deletion`."""

    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.digest
