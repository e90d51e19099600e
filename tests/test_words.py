"""An answer in words, by the cases that static/js/words.js is held to as well."""

import json
from pathlib import Path

import pytest

from predictor.words import consensus_sign, percent, verdict_words

CASES = json.loads((Path(__file__).parent / "words.json").read_text())


@pytest.mark.parametrize("case", CASES["replies"], ids=lambda case: case["words"])
def test_a_reply_reads(case):
    assert verdict_words(case["reply"]) == case["words"]
    assert consensus_sign(case["reply"]) == case["sign"]


@pytest.mark.parametrize("case", CASES["shares"], ids=lambda case: str(case["share"]))
def test_a_share_reads_in_per_cent(case):
    assert percent(case["share"]) == case["percent"]
