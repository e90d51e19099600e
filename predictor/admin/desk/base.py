"""What the pages of the review desk have in common."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.views import View

from predictor.services.reviewing import labels


class DeskView(View):
    """For people who may label; the admin sends everybody else to its login first."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(labels.PERMISSION):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @property
    def reviewer(self) -> User:
        return cast("User", self.request.user)

    def page(self, name: str, title: str, **context: Any) -> TemplateResponse:
        context |= admin.site.each_context(self.request) | {"title": title}
        return TemplateResponse(self.request, f"admin/predictor/submission/{name}.html", context)
