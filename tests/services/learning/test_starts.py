"""What a quick run goes on from."""

from types import SimpleNamespace

import pytest

from predictor.ml import artifacts
from predictor.ml.artifacts import WEIGHTS
from predictor.ml.errors import ArtifactError
from predictor.services.learning.starts import starts
from tests.retraining import ship

pytestmark = pytest.mark.django_db
VALIDATED = SimpleNamespace(base="mnist", validation=[0])
FOLDED = SimpleNamespace(base="mnist500", validation=[])


@pytest.fixture
def said() -> list[str]:
    return []


def test_networks_go_on_from_their_champions(models_dir, said):
    ship(models_dir, cnn=3, mlp=3, svm=3)
    found = starts(["svm", "mlp", "cnn"], VALIDATED, said.append)
    assert {kind: len(arrays) for kind, arrays in found.items()} == {"mlp": 12, "cnn": 27}
    assert said == []


@pytest.mark.parametrize(
    ("versions", "data", "why"),
    [
        ({"mlp": 1}, VALIDATED, "v1 was published without weights"),
        ({}, VALIDATED, "no champion answers"),
        ({"mlp": 3}, FOLDED, "mnist500 has no validation set"),
    ],
)
def test_a_network_that_has_nothing_to_go_on_from_is_named(versions, data, why, models_dir, said):
    ship(models_dir, **versions)
    assert starts(["mlp", "svm"], data, said.append) == {}
    assert len(said) == 1
    assert said[0].startswith("mlp: trained from the beginning, because ")
    assert why in said[0]


def test_a_damaged_weights_file_is_refused(models_dir, said):
    ship(models_dir, mlp=3)
    path = artifacts.version_directory(models_dir, "mlp", 3) / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ArtifactError, match=r"mlp/v3/weights\.npz"):
        starts(["mlp"], VALIDATED, said.append)
