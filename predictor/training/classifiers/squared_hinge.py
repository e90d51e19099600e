"""Kernel machines on a small basis, by the squared hinge loss (Keerthi, Chapelle & DeCoste 2006).

"Building support vector machines with reduced classifier complexity", Journal of Machine Learning Research 7: each
class' decision function is a sum of kernels about m vectors, which are chosen beforehand, and its coefficients are
fitted to all n rows. So the size and speed of a machine are those of m vectors, however many drawings teach it.

For each class against the rest,

    ½ ridge · βᵀ R β + ½ Σ w · max(0, 1 - y · (K β + b))²

is minimised: K (n, m) holds the kernels of the rows with the vectors, R (m, m) those of the vectors with each other, y
is 1 for rows of the class and -1 for others, and w their weights.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cholesky, solve_triangular
from scipy.optimize import minimize

from predictor.training.classifiers.halved import rounded
from predictor.training.errors import TrainingError

ITERATIONS: Final = 60
CHUNK: Final = 4096  # rows at a time: what is computed of them stays small
TOLERANCE: Final = 1e-6  # of the loss: smaller changes are lost in single precision
JITTERS: Final = (1e-6, 1e-5, 1e-4, 1e-3)  # of the mean of the Hessian's diagonal, added until it is definite

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """What a machine is trained on: features, (n, d), classes from 0, (n,), and the weights of their losses, (n,)."""

    X: Array
    y: NDArray[np.uint8]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, which: NDArray[np.intp]) -> "Rows":
        return Rows(self.X[which], self.y[which], self.weights[which])

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(
            np.concatenate((self.X, other.X)),
            np.concatenate((self.y, other.y)),
            np.concatenate((self.weights, other.weights)),
        )

    def targets(self, classes: int) -> Array:
        """1 for a row's class and -1 for others, (n, classes)."""
        return np.where(self.y[:, None] == np.arange(classes), 1, -1).astype(np.float32)


class Kernels:
    """A trained machine with the kernel exp(-gamma · ‖x - v‖²).

    Attributes:
        gamma: of the kernel.
        basis: its vectors v, float32 (m, d), of half precision.
        coefficients: β, float32 (m, classes), of half precision.
        intercepts: b, float32 (classes,).
    """

    def __init__(self, rows: Rows, size: int, *, gamma: float, ridge: float, seed: int) -> None:
        """Train on n rows.

        Args:
            rows: what to train on.
            size: of the basis, which is chosen from the rows at random; all of them, if they are fewer.
            gamma: of the kernel.
            ridge: how much smoothness counts against the loss.
            seed: of the choice.
        """
        chosen = np.random.default_rng(seed).permutation(len(rows))[:size]
        self.gamma = gamma
        self.basis = rounded(rows.X[chosen])
        K, R = self._kernels(rows.X), self._kernels(self.basis)
        beta = _minimum(K, ridge * R, rows.targets(int(rows.y.max()) + 1), rows.weights.astype(np.float32)[:, None])
        self.coefficients, self.intercepts = rounded(beta[:-1]), beta[-1]

    @property
    def classes(self) -> int:
        return len(self.intercepts)

    def decisions(self, X: Array) -> NDArray[np.float64]:
        """Decision values for features (n, d): (n, classes), summed in double precision."""
        coefficients = self.coefficients.astype(np.float64)
        chunks = (X[start : start + CHUNK] for start in range(0, len(X), CHUNK))
        parts = [np.exp(self._exponents(chunk).astype(np.float64)) @ coefficients for chunk in chunks]
        found: NDArray[np.float64] = np.concatenate([np.zeros((0, self.classes)), *parts]) + self.intercepts
        return found

    def losses(self, rows: Rows) -> NDArray[np.float64]:
        """The squared hinge loss of each row, summed over the classes: (n,)."""
        missing = np.maximum(0, 1 - rows.targets(self.classes) * self.decisions(rows.X))
        found: NDArray[np.float64] = (missing**2).sum(axis=1)
        return found

    def _kernels(self, X: Array) -> Array:
        """Those of features (n, d) with the basis: float32 (n, m)."""
        kernels = np.empty((len(X), len(self.basis)), np.float32)
        for start in range(0, len(X), CHUNK):
            np.exp(self._exponents(X[start : start + CHUNK]), out=kernels[start : start + CHUNK])
        return kernels

    def _exponents(self, X: Array) -> Array:
        """-gamma · ‖x - v‖² for features (n, d): float32 (n, m)."""
        products: Array = X @ (2 * self.gamma * self.basis.T)
        products -= self.gamma * (self.basis**2).sum(axis=1)
        products -= self.gamma * (X**2).sum(axis=1)[:, None]
        return products


def _minimum(K: Array, regulariser: Array, targets: Array, weights: Array) -> Array:
    """The coefficients (m, classes) above the intercepts (1, classes) at which the loss is least.

    L-BFGS begins at the least-squares solution, in which every row counts. The Hessian there, LLᵀ, makes the problem a
    well-conditioned one: what is searched for is Lᵀβ.

    Args:
        K: (n, m).
        regulariser: ridge · R, (m, m).
        targets: (n, classes).
        weights: (n, 1).
    """
    n, m = K.shape
    chunks = [slice(start, start + CHUNK) for start in range(0, n, CHUNK)]
    ridge = np.zeros((m + 1, m + 1), np.float32)
    ridge[:m, :m] = regulariser
    hessian, right = ridge.astype(np.float64), np.zeros((m + 1, targets.shape[1]))
    for chunk in chunks:
        rows = np.concatenate((K[chunk], np.ones((len(K[chunk]), 1), np.float32)), axis=1)
        weighted = rows * weights[chunk]
        hessian += weighted.T @ rows
        right += weighted.T @ targets[chunk]
    solve = partial(solve_triangular, _root(hessian), lower=True, check_finite=False)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Its value and gradient."""
        beta = solve(flat.reshape(right.shape), trans=1).astype(np.float32)
        gradient = (ridge @ beta).astype(np.float64)
        value = float((beta * gradient).sum())
        for chunk in chunks:
            missing = np.maximum(0, 1 - targets[chunk] * (K[chunk] @ beta[:m] + beta[m]))
            weighted = missing * weights[chunk]
            value += float((weighted * missing).sum(dtype=np.float64))
            weighted *= targets[chunk]
            gradient[:m] -= K[chunk].T @ weighted
            gradient[m] -= weighted.sum(axis=0)
        return 0.5 * value, solve(gradient).ravel()

    options = {"maxiter": ITERATIONS, "ftol": TOLERANCE}
    found = minimize(loss, solve(right).ravel(), jac=True, method="L-BFGS-B", options=options)
    beta: Array = solve(found.x.reshape(right.shape), trans=1).astype(np.float32)
    return beta


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """L with LLᵀ = the matrix, (m, m), which rounding may have left indefinite; something is added to its diagonal."""
    diagonal = matrix.diagonal().copy()
    for jitter in JITTERS:
        np.fill_diagonal(matrix, diagonal + jitter * diagonal.mean())
        with suppress(LinAlgError):
            lower: NDArray[np.float64] = cholesky(matrix, lower=True, check_finite=False)
            return lower
    raise TrainingError("The SVM's kernels cannot be told from each other.")
