"""All URLs of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

handler400 = "predictor.api.errors.bad_request"
handler404 = "predictor.api.errors.not_found"
handler500 = "predictor.api.errors.server_error"

urlpatterns = [
    path("", include("predictor.api.urls")),  # first: most requests are for it
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("img/favicon.svg"))),  # browsers ask by themselves
    path("admin/", admin.site.urls),
    path("", include("predictor.page.urls")),
]
