"""All urls of the site."""

from django.contrib import admin
from django.urls import include, path

handler400 = "predictor.views.errors.bad_request"
handler404 = "predictor.views.errors.not_found"
handler500 = "predictor.views.errors.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("predictor.urls")),
]
