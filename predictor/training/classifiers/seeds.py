"""What is random in a network, drawn from a generator of its own.

Keras draws from Python's, which is the process's: on a worker of Dask, other threads draw from it, too, and the same
seed would give another network each time.
"""

import random

import keras


class Seeds:
    """Those that Keras would draw for the layers of a network, in their order, after `set_random_seed(seed)`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  nothing secret

    def next(self) -> int:
        return self._random.randint(1, 10**9)

    def initializer(self) -> keras.Initializer:
        """Keras' default for the weights of a layer (Glorot & Bengio 2010)."""
        return keras.initializers.GlorotUniform(self.next())
