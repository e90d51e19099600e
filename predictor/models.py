"""The tables: what was drawn, and which classifiers there are."""

import uuid
from typing import Final

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

NOT_A_DIGIT: Final = "x"
CLAIMS: Final = [*((str(digit), str(digit)) for digit in range(10)), (NOT_A_DIGIT, "not a digit")]


class Submission(models.Model):
    """One stored drawing. No address of who drew it is kept."""

    class Source(models.TextChoices):
        PAGE = "page", "the page"
        API = "api", "the API"
        LEGACY = "legacy", "/predict/"

    class Verdict(models.TextChoices):
        DIGIT = "digit", "a digit"
        UNSURE = "unsure", "unsure"
        NOT_A_DIGIT = "not_a_digit", "not a digit"

    class Agreement(models.TextChoices):
        ALL = "all", "all agree"
        MAJORITY = "majority", "a majority agrees"
        NONE = "none", "none agree"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
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
    prediction = models.PositiveSmallIntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict, null=True, blank=True)  # noqa: DJ001  null: no model answered
    agreement = models.CharField(max_length=8, choices=Agreement, null=True, blank=True)  # noqa: DJ001  null: no two answers

    claim = models.CharField(  # noqa: DJ001  null: nothing claimed
        max_length=1, choices=CLAIMS, null=True, blank=True, help_text="what the one who drew it says it is"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)

    label = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(9)], help_text="what a reviewer says it is"
    )
    labelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    labelled_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["label", "claim", "prompt"]),  # covers the count behind each prompt
            models.Index(fields=["prediction"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(label__isnull=True) | models.Q(label__range=(0, 9)), name="label_is_a_digit"
            ),
            models.CheckConstraint(
                condition=models.Q(claim__isnull=True) | models.Q(claim__in=list(dict(CLAIMS))), name="claim_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


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
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="one_row_a_version")]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"
