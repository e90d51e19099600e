"""One digit of each sort as strokes, simple enough for every habit to be possible."""

import numpy as np

from predictor.training.augmentation.habits.shapes import Lines, resampled


def arc(x: float, y: float, across: float, down: float, turn: tuple[float, float]) -> np.ndarray:
    """Part of an ellipse between two angles in degrees, 0 to the right and 90 downwards."""
    angles = np.deg2rad(np.linspace(*turn, 40))
    return np.stack((x + across * np.cos(angles), y + down * np.sin(angles)), axis=1)


def line(*pieces: object) -> np.ndarray:
    """A stroke through points and curves, (60, 2)."""
    return resampled(np.concatenate([np.atleast_2d(np.asarray(piece, float)) for piece in pieces]), 60)


T = np.linspace(0, 2 * np.pi, 80)
DIGITS: dict[int, Lines] = {
    0: (arc(0.5, 0.5, 0.2, 0.3, (-90, -450)),),
    1: (line((0.4, 0.35), (0.55, 0.2), (0.5, 0.8)),),
    2: (line(arc(0.5, 0.35, 0.18, 0.15, (-180, 30)), (0.32, 0.8), (0.7, 0.8)),),
    3: (line(arc(0.48, 0.34, 0.15, 0.14, (-150, 90)), arc(0.48, 0.64, 0.18, 0.16, (-90, 150))),),
    4: (line((0.45, 0.2), (0.3, 0.55), (0.7, 0.55)), line((0.6, 0.3), (0.57, 0.8))),
    5: (line((0.38, 0.2), (0.36, 0.45), arc(0.48, 0.6, 0.17, 0.18, (-120, 130))), line((0.38, 0.2), (0.68, 0.2))),
    6: (line((0.55, 0.2), (0.36, 0.5), arc(0.5, 0.64, 0.15, 0.16, (180, -180))),),
    7: (line((0.3, 0.2), (0.65, 0.2), (0.45, 0.8)), line((0.42, 0.5), (0.66, 0.5))),
    8: (np.stack((0.5 - 0.17 * np.sin(2 * T), 0.5 - 0.3 * np.cos(T)), axis=1),),
    9: (line(arc(0.5, 0.35, 0.15, 0.14, (0, -330)), (0.65, 0.22), (0.6, 0.8)),),
}
