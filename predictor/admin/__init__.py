"""The review desk."""

from django.contrib import admin

from predictor.admin import submissions, suspects, versions  # noqa: F401  they register themselves

admin.site.site_header = admin.site.site_title = "Draw a digit"
