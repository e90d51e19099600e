"""What writers of the world do: strokes of a digit drawn with another habit, such as a slash through a zero.

Each habit is a function of lines and a random generator that returns other lines of the same digit, or None where the
strokes do not allow it. `HABITS` lists all of them with their shares.
"""

from predictor.training.augmentation.habits.ambiguity import is_ambiguous
from predictor.training.augmentation.habits.table import HABITS, Habit, apply

__all__ = ["HABITS", "Habit", "apply", "is_ambiguous"]
