"""Effects that happen sometimes."""

from functools import partial

import numpy as np

from predictor.training.photographs import light
from predictor.training.photographs.pictures import Picture, sometimes


def test_an_effect_happens_as_often_as_stated(paper: Picture) -> None:
    rare = sometimes(partial(light.falling, share=0.9), 0.3)
    random = np.random.default_rng(1)
    dark = [rare(paper, random).min() < 0.5 for _ in range(500)]
    assert 0.2 < np.mean(dark) < 0.4
