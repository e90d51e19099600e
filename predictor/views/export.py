"""The labelled drawings as a download from the admin."""

from typing import Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

PERMISSION: Final = "predictor.export_dataset"


@require_GET
def export(request: HttpRequest, layout: str) -> HttpResponseBase:
    """Stream all drawings that are labelled a digit; an empty dataset is told of, not sent."""
    from predictor.services.datasets import exports, layouts
    from predictor.training.errors import TrainingError

    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    if layout not in layouts.MEDIA_TYPES:
        raise Http404
    try:
        blocks = exports.stream(layout)
    except TrainingError as error:
        messages.warning(request, str(error))
        return HttpResponseRedirect(reverse("admin:index"))
    ending = next(ending for ending, name in layouts.ENDINGS.items() if name == layout)
    disposition = {"Content-Disposition": f'attachment; filename="digits{ending}"'}
    return StreamingHttpResponse(blocks, content_type=layouts.MEDIA_TYPES[layout], headers=disposition)
