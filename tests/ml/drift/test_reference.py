import json

import numpy as np
import pytest

from predictor.ml.drift.histograms import count
from predictor.ml.drift.reference import MAX_SIZE, REFERENCE, Reference, Together, read_reference
from predictor.ml.errors import ArtifactError

GIVEN = Reference(
    {"ink": count("ink", [0.1, 0.2]), "digits": count("digits", [3, 3, 4])},
    {"confidence": count("confidence", [0.99])},
    Together({"svm": "ab"}, {"verdicts": count("verdicts", [0, 1])}),
)


def test_what_is_written_is_read_again(tmp_path):
    (tmp_path / REFERENCE).write_bytes(GIVEN.to_bytes())
    found = read_reference(tmp_path)
    assert found.training["ink"].tolist() == GIVEN.training["ink"].tolist()
    assert found.training["digits"].sum() == 3
    assert found.held_out["confidence"].sum() == 1
    assert found.together.artifacts == {"svm": "ab"}
    assert found.together.counts["verdicts"].tolist() == [1, 1, 0]


def test_one_without_the_others_answers_is_read_too(tmp_path):
    (tmp_path / REFERENCE).write_bytes(Reference(GIVEN.training).to_bytes())
    found = read_reference(tmp_path)
    assert (found.held_out, found.together) == ({}, None)


def test_a_version_without_a_reference_has_none(tmp_path):
    assert read_reference(tmp_path) is None


def _changed(**changes):
    return json.dumps(json.loads(GIVEN.to_bytes()) | changes).encode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not a valid reference"),
        (b"[]", "is not a valid reference"),
        (b"{}", "is not a valid reference"),
        (_changed(format=2), "its format is 2, not 1"),
        (_changed(training={"charm": {"counts": []}}), "is not a valid reference"),
        (_changed(training={"ink": {"counts": [1]}}), "the bins of ink are not those of today"),
        (_changed(held_out=None), "is not a valid reference"),
        (_changed(together=3), "is not a valid reference"),
        (b" " * (MAX_SIZE + 1), "it has more than 100,000 bytes"),
    ],
)
def test_a_damaged_one_is_named(content, why, tmp_path):
    directory = tmp_path / "svm/v3"
    directory.mkdir(parents=True)
    (directory / REFERENCE).write_bytes(content)
    with pytest.raises(ArtifactError, match=f"^svm/v3/reference.json .*{why}"):
        read_reference(directory)


def test_a_directory_in_its_place_is_named(tmp_path):
    (tmp_path / REFERENCE).mkdir()
    with pytest.raises(ArtifactError, match="cannot be read: Is a directory"):
        read_reference(tmp_path)


def test_the_file_says_its_bins(tmp_path):
    value = json.loads(GIVEN.to_bytes())
    assert value["training"]["ink"]["edges"][0] == 0.06
    assert value["together"]["verdicts"]["bins"] == ["digit", "unsure", "not_a_digit"]
    assert value["training"]["digits"]["n"] == 3
    assert np.sum(value["training"]["digits"]["counts"]) == 3
