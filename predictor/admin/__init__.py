"""The admin: submissions, labels to check, versions, promotions; `desk` is the review desk, `drift` its page."""

from predictor.admin import promotions, runs, submissions, suspects, versions  # noqa: F401  they register themselves
