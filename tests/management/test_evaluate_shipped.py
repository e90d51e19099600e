"""manage.py evaluate on the versions that are shipped."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command

from predictor.ml import artifacts
from predictor.ml.champions import read_champions
from predictor.ml.kinds import PIXEL_KINDS
from tests import drawings
from tests.conftest import SHIPPED


def scores_of(*arguments: object) -> Any:
    out = io.StringIO()
    call_command("evaluate", "--json", *map(str, arguments), stdout=out)
    return json.loads(out.getvalue())


def test_every_champion_and_their_consensus_are_scored_as_the_sidecars_state():
    scores = scores_of()
    assert set(scores) == {"cnn", "mlp", "svm", "consensus"}
    versions = read_champions(SHIPPED)
    for kind in PIXEL_KINDS:
        version = versions[kind]
        stated = artifacts.read_sidecar(artifacts.version_directory(SHIPPED, kind, version)).metrics["mnist_test"]
        assert scores[kind]["misses"] == pytest.approx(stated["misses"], abs=1)
        assert scores[kind]["n"] == 9940


def test_pen_strokes_are_drawn_as_the_page_does_with_each_pen(tmp_path):
    strokes = tmp_path / "strokes.jsonl"
    lines = {3: drawings.THREE, 7: drawings.SEVEN, 1: drawings.ONE}
    strokes.write_text(
        "\n".join(
            json.dumps({"label": label, "writer": "w", "strokes": [[[x * 500 / 280, y * 500 / 280] for x, y in line]]})
            for label, line in lines.items()
        )
    )
    scores = scores_of("--strokes", strokes, "--pens", 14, 20)
    assert set(scores) == {"pen 14", "pen 20"}
    assert scores["pen 20"]["consensus"]["misses"] == 0
    assert scores["pen 20"]["consensus"]["n"] == 3
