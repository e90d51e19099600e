"""Reviewers, a drawing, and loaded dice."""

import random

import pytest

from predictor.models import Submission
from predictor.services.reviewing import queue
from tests.services.reviewing.saying import add


class Dice(random.Random):
    """Random numbers that the test chooses."""

    falls = 0.5

    def random(self) -> float:
        return self.falls


@pytest.fixture(autouse=True)
def dice(monkeypatch) -> Dice:
    dice = Dice()
    monkeypatch.setattr(queue, "_random", dice)
    return dice


@pytest.fixture
def ann(django_user_model):
    return django_user_model.objects.create_superuser("ann")


@pytest.fixture
def ben(django_user_model):
    return django_user_model.objects.create_superuser("ben")


@pytest.fixture
def row() -> Submission:
    return add()[0]


@pytest.fixture
def people(django_user_model):
    return [django_user_model.objects.create_superuser(name) for name in ("ann", "ben", "cleo", "dan")]
