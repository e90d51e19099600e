"""Claims and prompts in the history of labels."""

import pytest

from predictor.models import Label, Submission
from tests import drawings
from tests.drawings import base64_of
from tests.services.reviewing.saying import state

pytestmark = pytest.mark.django_db


def history() -> list[tuple[str | None, str]]:
    return list(Label.objects.order_by("id").values_list("value", "source"))


def claim(api, kept, value):
    api.post(f"/api/submissions/{kept['id']}/claim/", {"claim": value}, HTTP_AUTHORIZATION=f"Bearer {kept['token']}")


def test_claims_and_prompts_are_added_to_the_history(api):
    drawing = {"image": base64_of(drawings.A_SEVEN), "prompt": 7}
    kept = api.post("/api/predict/", drawing).json()
    for value in (1, "not_a_digit", None):
        claim(api, kept, value)
    assert history() == [("7", "prompt"), ("1", "claim"), ("x", "claim"), (None, "claim")]
    assert state(Submission.objects.get()) == ("waiting", None)


def test_a_later_prompt_is_added_to_the_history_once(api):
    drawing = {"image": base64_of(drawings.A_SEVEN)}
    for extra in ({}, {"prompt": 7}, {"prompt": 7}, {"prompt": 1}):
        api.post("/api/predict/", drawing | extra)
    assert history() == [("7", "prompt")]
