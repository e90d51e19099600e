"""The page itself, for whoever may see submissions."""

from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from predictor.admin.drift import charts
from predictor.services.learning.drift import names, wording
from predictor.services.learning.drift.accuracy import Period
from predictor.services.learning.drift.claims import Claims
from predictor.services.learning.drift.figures import Figure
from predictor.services.learning.drift.report import WEEKS, Report, report

PERMISSION: Final = "predictor.view_submission"
OFFERED: Final = (WEEKS, 26)  # weeks of history


@require_safe
def drift(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    weeks = _weeks(request)
    found = report(weeks=weeks)
    context = admin.site.each_context(request) | {"title": "Drift", "weeks": weeks, "offered": OFFERED}
    return TemplateResponse(request, "admin/predictor/submission/drift.html", context | _context(found))


def _weeks(request: HttpRequest) -> int:
    given = request.GET.get("weeks", str(WEEKS))
    if given not in map(str, OFFERED):
        messages.warning(request, f"“{given[:20]}” is not one of the choices; showing {WEEKS} weeks.")
        return WEEKS
    return int(given)


def _context(found: Report) -> dict[str, Any]:
    return {
        "heading": wording.heading(found),
        "details": wording.details(found),
        "standing": _standing(found),
        "which": wording.name(found),
        "is_enough": found.is_enough,
        "list": f"{reverse('admin:predictor_submission_changelist')}?{_between(found)}",
        "figures": [_figure(each) for each in found.figures],
        "claims": _claims(found),
        "accuracy": _accuracy(found),
    }


def _standing(found: Report) -> str:
    if found.is_raised:
        return "raised"
    return "calm" if found.is_enough and found.is_comparable else "unknown"


def _between(found: Report) -> str:
    """What the list's own filter would ask for."""
    return urlencode({"created_at__gte": str(found.week.start), "created_at__lt": str(found.week.end)})


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.subject.name.replace(" ", "-"),
        "title": names.title(figure.subject),
        "about": names.about(figure.subject),
        "level": figure.against_earlier.level if figure.against_earlier else "none",
        "index": f"{figure.against_earlier.index:.2f}" if figure.against_earlier else "–",
        "sentences": [
            words
            for words in (
                wording.against_earlier(figure), wording.telling(figure), wording.against_training(figure),
            )
            if words
        ],
        "reference": wording.reference(figure) if figure.training is not None else "",
        "histogram": charts.histogram(figure),
        "trend": charts.trend(figure),
    }  # fmt: skip


def _claims(found: Report) -> dict[str, Any]:
    rows = [_claim(each) for each in reversed(found.claims)]
    return {"sentence": wording.claims(found.claims[-1]), "rows": charts.intervals(rows)}


def _claim(each: Claims) -> dict[str, Any]:
    return {
        "name": str(each.week),
        "share": each.share if each.claimed else None,
        "interval": each.interval if each.claimed else None,
        "words": wording.rate(each.share, each.interval) if each.claimed else "no claims",
        "counts": f"{each.contradicted} of {each.claimed}",
        "level": each.level,
    }


def _accuracy(found: Report) -> dict[str, Any]:
    rows = [_period(each) for each in found.accuracy]
    return {"sentence": wording.accuracy(found.accuracy[0]), "rows": charts.intervals(rows)}


def _period(each: Period) -> dict[str, Any]:
    share = each.right / each.digits if each.digits else None
    return {
        "name": wording.span(each),
        "share": share,
        "interval": each.interval if each.digits else None,
        "expected": each.expected if each.digits else None,
        "words": wording.rate(share, each.interval) if share is not None else "no labels",
        "confidence": f"{each.expected:.1%}" if each.digits else "–",
        "counts": f"{each.right} of {each.digits}",
        "judgement": wording.calibration(each),
        "level": each.level,
    }
