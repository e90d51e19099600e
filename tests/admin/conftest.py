"""Three submissions for the tests of the admin."""

import pytest

from predictor.models import Submission
from tests import drawings
from tests.drawings import base64_of


@pytest.fixture
def rows(api):
    for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.A_ONE):
        api.post("/api/predict/", {"image": base64_of(content)})
    return list(Submission.objects.all())
