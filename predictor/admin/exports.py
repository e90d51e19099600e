"""The labelled drawings as a download: all of them, or a selection from the list."""

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from predictor.models import Submission

if TYPE_CHECKING:
    from predictor.services.datasets.layouts import Streamed

PERMISSION: Final = "predictor.export_dataset"
OFFERED: Final[dict["Streamed", str]] = {"imagefolder": "ZIP of pictures", "npz": "NumPy", "csv": "CSV"}


@require_GET
def export(request: HttpRequest, layout: str) -> HttpResponseBase:
    """Stream all drawings that are labelled a digit."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if layout not in OFFERED:
        raise Http404
    return download(request, layout, Submission.objects.all()) or HttpResponseRedirect(reverse("admin:index"))


def download(request: HttpRequest, layout: "Streamed", rows: QuerySet[Submission]) -> HttpResponseBase | None:
    """Stream those of the rows that are labelled a digit; if there are none, show a warning and return None."""
    from predictor.services.datasets import exports, layouts
    from predictor.training.errors import TrainingError

    try:
        blocks = exports.stream(layout, rows=rows)
    except TrainingError as error:
        messages.warning(request, str(error))
        return None
    ending = next(ending for ending, name in layouts.ENDINGS.items() if name == layout)
    disposition = {"Content-Disposition": f'attachment; filename="digits{ending}"'}
    return StreamingHttpResponse(blocks, content_type=layouts.MEDIA_TYPES[layout], headers=disposition)
