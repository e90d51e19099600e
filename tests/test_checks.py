"""System checks, by their ids."""

import pytest
from django.core.checks import run_checks


def ids() -> list[str]:
    return [message.id for message in run_checks() if message.id.startswith("predictor.")]


def test_nothing_is_wrong_as_shipped():
    assert ids() == []


@pytest.mark.parametrize("name", ["PREDICT_RATE", "EXPLAIN_RATE"])
@pytest.mark.parametrize("rate", ["often", "5", "5/fortnight", "x/min"])
def test_e001_a_rate_that_cannot_be_read(settings, name, rate):
    setattr(settings, name, rate)
    (message,) = [message for message in run_checks() if message.id == "predictor.E001"]
    assert message.msg == f"{name} is {rate!r}."


def test_w001_kinds_without_a_champion(models_dir):
    assert ids() == ["predictor.W001"]


def test_w002_champions_that_cannot_be_read_do_not_stop_a_start(models_dir):
    (models_dir / "champions.json").write_text("{")
    assert ids() == ["predictor.W002"]
