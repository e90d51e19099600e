"""Learning curves: how a network does on its validation set while it is trained."""

from dataclasses import dataclass
from typing import Final

ACCURACY: Final = "val_accuracy"  # as Keras calls them
LOSS: Final = "val_loss"


@dataclass(frozen=True)
class Curve:
    """Of one network, by name; after each check of its validation set, in their order:

    Attributes:
        accuracy: the share of right digits, 0 to 1.
        loss: the mean log loss in nats, of probabilities that are not calibrated yet.
    """

    name: str
    accuracy: tuple[float, ...]
    loss: tuple[float, ...]
