"""All urls of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

handler400 = "predictor.views.errors.bad_request"
handler404 = "predictor.views.errors.not_found"
handler500 = "predictor.views.errors.server_error"

urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("img/favicon.svg"))),  # asked for unbidden
    path("admin/", admin.site.urls),
    path("", include("predictor.urls")),
]
