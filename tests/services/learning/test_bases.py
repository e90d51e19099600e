"""By default a run learns from what the champions have learned from."""

import pytest
from django.conf import settings

from predictor.ml import artifacts
from predictor.services.learning.bases import FETCHED, chosen
from predictor.services.learning.fetch import fetch_strokes
from predictor.training.data import unipen
from predictor.training.data.dataset import Mnist
from predictor.training.preparation.splits import mnist500
from tests.retraining import retrain, ship

MNIST = settings.MNIST_DIR
pytestmark = pytest.mark.django_db


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def fetched(settings, tmp_path):
    """As `fetch_strokes` leaves it; what is in it does not matter here."""
    settings.BASE_DIR = tmp_path
    path = tmp_path / FETCHED
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_it_is_named_as_the_command_that_fetches_strokes_names_them():
    assert FETCHED.endswith(f"/{unipen.PARTS[0].target}")
    assert fetch_strokes.__kwdefaults__["source"] is None


def test_without_a_champion_it_is_the_ancestors_500(models_dir, fetched, said):
    assert chosen(None, None, ["svm"], said.append) == ("mnist500", None)
    assert said == []


def test_it_is_the_base_of_the_champion_with_the_strokes_that_were_fetched(models_dir, fetched, said):
    ship(models_dir, svm=3)
    assert artifacts.read_sidecar(models_dir / "svm/v3").base == "mnist+strokes"
    assert chosen(None, None, ["svm"], said.append) == ("mnist", fetched)
    assert said == []


def test_strokes_that_were_not_fetched_are_left_out_in_one_line(models_dir, settings, tmp_path, said):
    settings.BASE_DIR = tmp_path
    ship(models_dir, svm=3)
    assert chosen(None, None, ["svm"], said.append) == ("mnist", None)
    (line,) = said
    assert "left out, until `manage.py fetch_strokes` is run" in line


def test_it_is_the_largest_where_champions_differ_and_other_kinds_do_not_count(models_dir, fetched, said):
    ship(models_dir, svm=1, mlp=2, cnn=3)
    assert chosen(None, None, ["svm"], said.append) == ("mnist500", None)
    assert chosen(None, None, ["svm", "mlp"], said.append) == ("mnist", None)
    assert chosen(None, None, ["svm", "cnn"], said.append) == ("mnist", fetched)


def test_kinds_that_read_strokes_have_those_that_were_fetched(models_dir, fetched, said):
    assert chosen(None, None, ["pen"], said.append) == ("mnist500", fetched)
    assert chosen("mnist500", None, ["pen"], said.append) == ("mnist500", fetched)
    assert chosen(None, None, ["pen", "svm"], said.append) == ("mnist500", None), "the others learned from none"
    fetched.unlink()
    assert chosen(None, None, ["pen"], said.append) == ("mnist500", None)
    assert said == []


def test_what_is_asked_for_counts(models_dir, fetched, tmp_path, said):
    ship(models_dir, svm=3)
    other = tmp_path / "strokes.jsonl"
    assert chosen("mnist500", None, ["svm"], said.append) == ("mnist500", None)
    assert chosen(None, other, ["svm"], said.append) == ("mnist", other)
    assert chosen("mnist500", other, ["svm"], said.append) == ("mnist500", other)


def test_a_plain_run_learns_from_what_its_champion_has_learned_from(shipped, quick, monkeypatch):
    asked = []
    monkeypatch.setattr("predictor.training.preparation.splits.mnist500", asked.append)
    monkeypatch.setattr("predictor.training.preparation.splits.full_mnist", lambda _: mnist500(Mnist.read(MNIST)))
    (shipped / "svm/v1/sidecar.json").write_text(
        (shipped / "svm/v1/sidecar.json").read_text().replace('"base": "mnist500"', '"base": "mnist"')
    )
    retrain()
    assert asked == []
