"""Two hundred files as other programs write them: each row comes in as what it is, or is refused by name."""

import pytest

from predictor.ml import images
from predictor.models import Submission
from predictor.training.data.dataset import Mnist
from predictor.training.errors import DatasetError
from tests.services.datasets.files import attempt
from tests.services.datasets.generated import Made, Row, make

pytestmark = pytest.mark.django_db

FILES = 200
FORMATS = ["csv", "imagefolder", "npz", "idx"]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    from django.conf import settings

    mnist = Mnist.read(settings.MNIST_DIR)
    return [(mnist.levels[i], int(mnist.labels[i])) for i in range(1000)]


@pytest.mark.parametrize("which", range(len(FORMATS)), ids=FORMATS)
def test_each_row_comes_in_with_its_label_or_is_refused_by_name(which, rows, tmp_path):
    for seed in range(which, FILES, len(FORMATS)):
        directory = tmp_path / str(seed)
        directory.mkdir()
        made = make(seed, directory, rows)
        assert made.layout == FORMATS[which]
        assert outcome(made) == expected(made), f"the file of seed {seed}"


def expected(made: Made) -> tuple[dict[str, int], list[str]]:
    """Labels by digest, and the beginnings of what is said."""
    if made.is_refused:
        return {}, [str(made.path)]
    return {images.digest(images.normalise(levels)): label for levels, label in made.kept}, sorted(made.refused)


def outcome(made: Made) -> tuple[dict[str, int], list[str]]:
    Submission.objects.all().delete()
    try:
        _, refusals = attempt(made.path, made.layout)
    except DatasetError as error:
        refusals = [str(error)]
    found = dict(Submission.objects.values_list("digest", "label"))
    beginnings = expected(made)[1]
    return found, sorted(next((each for each in beginnings if said.startswith(each)), said) for said in refusals)
