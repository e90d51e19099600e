"""Three submissions for the tests of the admin, and a maintainer."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from predictor.models import Submission
from tests import drawings
from tests.drawings import base64_of


@pytest.fixture
def rows(api):
    for content in (drawings.BLACK_ON_WHITE, drawings.A_SEVEN, drawings.A_ONE):
        api.post("/api/predict/", {"image": base64_of(content)})
    return list(Submission.objects.all())


@pytest.fixture
def maintainer(client) -> Client:
    """The browser of ada, who may promote."""
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Maintainer"))
    client.force_login(user)
    return client
