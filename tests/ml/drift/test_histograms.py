import json

import numpy as np
import pytest

from predictor.ml.drift.histograms import EDGES, bins_of, count, from_json, to_json


def test_a_bin_has_its_lower_edge_and_not_its_upper_one_and_the_outer_ones_are_open():
    low, high = EDGES["ink"][0], EDGES["ink"][-1]
    counts = count("ink", [0, low, high, 1, low - 1e-9])
    assert counts.tolist() == [2, 1, *[0] * (bins_of("ink") - 3), 2]


def test_every_value_is_counted_once():
    values = np.random.default_rng(1).normal(0, 30, 1000)
    assert count("slant", values).sum() == 1000
    assert count("slant", []).tolist() == [0] * bins_of("slant")


def test_categories_are_counted_by_their_positions():
    assert count("digits", [0, 9, 9]).tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert count("verdicts", [2]).tolist() == [0, 0, 1]


@pytest.mark.parametrize("measure", [*EDGES, "digits", "verdicts"])
def test_what_is_written_is_read_again(measure):
    counts = np.arange(bins_of(measure))
    value = json.loads(json.dumps(to_json(measure, counts)))
    assert value["n"] == counts.sum()
    assert from_json(measure, value).tolist() == counts.tolist()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"edges": [0.1, 0.2]}, "the bins of ink are not those of today"),
        ({"bins": ["thin", "bold"]}, "the bins of ink are not those of today"),
        ({"counts": [1, 2]}, "the counts of ink are not 10 numbers"),
        ({"counts": [-1] * 10}, "the counts of ink are not 10 numbers"),
        ({"counts": [0.5] * 10}, "the counts of ink are not 10 numbers"),
    ],
    ids=["other edges", "categories", "too few", "negative", "no counts"],
)
def test_other_bins_and_what_is_no_count_are_refused(change, why):
    with pytest.raises(ValueError, match=why):
        from_json("ink", to_json("ink", np.zeros(10, int)) | change)
