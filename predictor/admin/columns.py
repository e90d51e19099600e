"""What the list of submissions, and the page of one, show beside the model's own fields."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from mnistsite.dates import minute_element
from predictor.admin.filters import DISAGREEMENT
from predictor.models import Submission
from predictor.services.collecting import submissions


class SubmissionColumns:
    @admin.display
    def history(self, submission: Submission) -> SafeString:
        rows = submission.labels.select_related("by").order_by("pk")
        lines = ((minute_element(row.created_at), row, row.by or "") for row in rows)
        return format_html_join("", "<div>{} {} {}</div>", lines)

    @admin.display(description="drawing")
    def thumbnail(self, submission: Submission) -> SafeString:
        return format_html('<img class="pixels" alt="drawing" src="{}">', submissions.pixels_url(submission))

    @admin.display(description="as the models see it")
    def normalised(self, submission: Submission) -> SafeString:
        return self.thumbnail(submission)

    @admin.display(description="as sent")
    def as_sent(self, submission: Submission) -> SafeString:
        return format_html('<img class="drawing" alt="as sent" src="{}">', submissions.image_url(submission))

    @admin.display(description="prediction", ordering="prediction")
    def consensus(self, submission: Submission) -> str:
        """The digit, and what speaks against it."""
        if submission.prediction is None:
            return "-"
        doubts = []
        if submission.verdict != Submission.Verdict.DIGIT:
            doubts.append(submission.get_verdict_display())
        if submission.agreement in DISAGREEMENT:
            doubts.append(submission.get_agreement_display())
        lines = format_html_join("", "<div>{}</div>", ((doubt,) for doubt in doubts))
        return format_html("<b>{}</b>{}", submission.prediction, lines)

    @admin.display
    def opinions(self, submission: Submission) -> SafeString:
        lines = (
            (kind, answer.version, answer.prediction, _percent(answer.confidence))
            for kind, answer in submissions.answers(submission).items()
        )
        return format_html_join("", '<div class="opinion">{} v{}: <b>{}</b> {}</div>', lines)

    @admin.display(empty_value="-")
    def in_the_shadow(self, submission: Submission) -> SafeString | None:
        rows = submission.shadow_answers.order_by("kind", "version")
        lines = ((row.kind, row.version, row.prediction, _percent(row.confidence)) for row in rows)
        return format_html_join("", '<div class="opinion">{} v{}: <b>{}</b> {}</div>', lines) or None

    @admin.display(description="drawn", ordering="created_at")
    def drawn(self, submission: Submission) -> SafeString:
        return minute_element(submission.created_at)


def _percent(share: float) -> str:
    return "> 99%" if share > 0.995 else f"{share:.0%}"
