"""The admin: submissions, labels to check, versions, promotions, and in `desk` the review desk."""

from predictor.admin import promotions, runs, submissions, suspects, versions  # noqa: F401  they register themselves
