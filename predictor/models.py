"""The tables: what was drawn, what people said it is, and which classifiers there are."""

import random
import uuid
from typing import Any, Final, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone

DIGITS: Final = [(digit, str(digit)) for digit in range(10)]
NOT_A_DIGIT: Final = "x"
UNSURE: Final = "u"
CLAIMS: Final = [*((str(digit), name) for digit, name in DIGITS), (NOT_A_DIGIT, "not a digit")]
VALUES: Final = [*CLAIMS, (UNSURE, "unsure")]


def lot() -> float:
    return random.random()  # noqa: S311  an order by chance, no secret


class Submission(models.Model):
    """One stored drawing. No address of who drew it is kept."""

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

    at_random = False  # no column: the queue offered it by its lot, not for what it would teach

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    source = models.CharField(max_length=8, choices=Source)
    request_id = models.CharField(max_length=64, db_index=True)

    image = models.BinaryField(help_text="the file as it was sent")
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
        max_length=1, choices=CLAIMS, null=True, blank=True, help_text="what the one who drew it says it is"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)

    review = models.CharField(
        max_length=8, choices=Review, default=Review.WAITING, editable=False, help_text="what follows from the labels"
    )
    label = models.PositiveSmallIntegerField(
        choices=DIGITS, null=True, blank=True, help_text="what reviewers say it is, where they agree that it is a digit"
    )
    labelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    labelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    priority = models.FloatField(default=1.0, editable=False, help_text="how much a label would teach")
    lot = models.FloatField(default=lot, editable=False, help_text="its place in an order by chance")
    sampled = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="in a fair sample of what visitors draw"
    )
    reserved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    reserved_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        permissions = [("label_submission", "Can label submission"), ("export_dataset", "Can export the dataset")]
        indexes = [
            models.Index(  # few combinations, so it is small; all counts read it alone
                fields=["label", "claim", "prompt", "review", "prediction"], name="submission_counts"
            ),
            models.Index(  # whatever the admin's list is filtered by
                fields=["-created_at", "review", "label", "claim", "prediction", "agreement", "verdict", "source"],
                name="submission_list",
            ),
            models.Index(fields=["-priority"], condition=models.Q(review="waiting"), name="submission_queue"),
            models.Index(
                fields=["prediction", "-priority"], condition=models.Q(review="waiting"), name="submission_queue_digit"
            ),
            models.Index(fields=["-priority"], condition=models.Q(review="disputed"), name="submission_disputed"),
            models.Index(fields=["lot"], condition=models.Q(review="waiting"), name="submission_queue_lot"),
            models.Index(
                fields=["lot"],
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


class History(models.QuerySet["Label"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("Labels are history: add one.")

    def delete(self) -> NoReturn:
        raise TypeError("Labels are history: they go with their submission.")


class Label(models.Model):
    """What somebody said a drawing is, or with null took back. Added only; it goes with its submission."""

    class Source(models.TextChoices):
        REVIEWER = "reviewer", "a reviewer"
        CLAIM = "claim", "who drew it"
        PROMPT = "prompt", "the page asked for it"
        IMPORT = "import", "an import"

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="labels", db_index=False)
    value = models.CharField(max_length=1, choices=VALUES, null=True)  # noqa: DJ001  null: taken back
    source = models.CharField(max_length=8, choices=Source)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = History.as_manager()

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
        raise TypeError("Labels are history: they go with their submission.")


class ModelVersion(models.Model):
    """One published artifact, for people to read; what answers is decided by `models/champions.json`."""

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

    class Meta:
        ordering = ["kind", "-version"]
        permissions = [("retrain", "Can retrain"), ("promote", "Can promote a version")]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="one_row_a_version")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"


class Suspect(models.Model):
    """A label that classifiers contradicted after the last training; see `services.suspects`."""

    submission = models.OneToOneField(Submission, models.CASCADE, related_name="suspect")
    label = models.PositiveSmallIntegerField(choices=DIGITS, help_text="as it was when it was contradicted")
    digit = models.PositiveSmallIntegerField(
        choices=DIGITS, help_text="what classifiers saw that were taught without it"
    )
    confidence = models.FloatField(help_text="the probability that they gave that digit, 0 to 1")
    created_at = models.DateTimeField(help_text="when the label was read")

    class Meta:
        verbose_name = "label to check"
        verbose_name_plural = "labels to check"
        ordering = ["id"]  # the worst first

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.label}, or {self.digit}?"
