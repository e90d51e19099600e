"""The review desk's urls; the admin puts them under its list of submissions."""

from django.contrib import admin
from django.urls import path

from predictor.admin.desk.grid import GridView
from predictor.admin.desk.queue import QueueView, SaveView
from predictor.admin.exports import export

site = admin.site

urlpatterns = [
    path("queue/", site.admin_view(QueueView.as_view()), name="predictor_submission_queue"),
    path("queue/save/", site.admin_view(SaveView.as_view()), name="predictor_submission_save"),
    path("grid/", site.admin_view(GridView.as_view()), name="predictor_submission_grid"),
    path("export/<slug:layout>/", site.admin_view(export), name="predictor_submission_export"),
]
