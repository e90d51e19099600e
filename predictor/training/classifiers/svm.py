"""A support vector machine with an RBF kernel on stroke directions (see `features`), on a small basis.

The 648 features are projected onto their first PCA_SIZE principal components. A first, small machine is trained on the
drawings as they are; the second, which is the one that predicts, on those that the first finds hardest and up to
VIRTUAL augmented copies of each (after the virtual support vectors of DeCoste & Schölkopf 2002). Either is a sum of
kernels about a fixed number of vectors for each digit, trained by the squared hinge loss of that digit against the
rest: see `squared_hinge`.

Reviewed drawings are a stated share of what the first machine sees (`preparation.reviewed.share`): it gets at most
VARIED varied copies of them, and what these lack of the share, a weight makes up, by which their loss is multiplied. In
the second machine they keep that weight.

The softmax of the decision values, multiplied by a slope, gives the probabilities. The slope, and what is added for
outliers, are fitted on drawings that the machine was not trained on: the validation set, or, where it is empty, each
fold of the drawings by a machine trained on the other folds.

Outliers, if there are any, are an eleventh class, whose probability is divided equally among the ten digits: the less a
drawing looks like a digit, the closer to uniform the probabilities are.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from skl2onnx.algebra.onnx_ops import (
    OnnxCast,
    OnnxExp,
    OnnxGemm,
    OnnxMatMul,
    OnnxMul,
    OnnxReduceSumSquare,
    OnnxSoftmax,
    OnnxSub,
)
from skl2onnx.common.data_types import FloatTensorType
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from predictor.ml.images import Images, Pixels, to_images
from predictor.ml.runtime import OPSET, Probabilities
from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import Curve
from predictor.training.classifiers.features import Features, features, graph
from predictor.training.classifiers.halved import halved
from predictor.training.classifiers.squared_hinge import Array, Kernels, Rows
from predictor.training.data.dataset import folds
from predictor.training.preparation import reviewed
from predictor.training.preparation.training_data import VIRTUAL, TrainingData
from predictor.training.progress import Progress, no_progress

RIDGE: Final = 0.5
GAMMA: Final = 2.5
PCA_SIZE: Final = 80
FOLDS: Final = 5
FIRST: Final = 2_000  # vectors of the first machine, at most
BASIS: Final = 6_000  # vectors of the second one, at most,
PER_DRAWING: Final = 4  # and so many for each drawing, and one in so many of what it is trained on
HARD: Final = 25_000  # drawings that the second machine is trained on, at most,
ROWS: Final = 100_000  # and copies of these, at most
VARIED: Final = 10_000  # varied copies of reviewed drawings: 10 % more than the largest base
OUTLIERS: Final = 5_000  # to train on, at most; a fifth as many others are for calibration
OUTLIER_WEIGHT: Final = 0.02  # of all outliers together in the calibration, relative to that of the digits
CHUNK: Final = 10_000  # images at a time


class Machine:
    """PCA and a sum of kernels for each class, without probabilities."""

    def __init__(
        self, data: TrainingData, which: NDArray[np.intp], *, seed: int, progress: Progress = no_progress
    ) -> None:
        """Train on the drawings of `data` in rows `which`, (k,)."""
        n = len(which)
        X, y, weights = _training_set(data, which)
        self.pca = PCA(min(PCA_SIZE, n - 1), random_state=seed, svd_solver="covariance_eigh").fit(X[:n])
        progress("svm", 1, 4)
        drawn, out = Rows(self.project(X), y, weights), self._outlying(_outliers(data)[0])
        first = Kernels(drawn + out, min(FIRST, n), gamma=GAMMA, ridge=RIDGE, seed=seed)
        progress("svm", 2, 4)
        hard = np.argsort(-first.losses(drawn[np.arange(n)]), kind="stable")[:HARD]
        self.copies = min(VIRTUAL, max(1, ROWS // len(hard)), len(data.augmented) // len(data.drawings))
        virtual = data.augmented[data.copies_of(which[hard])[: self.copies * len(hard)]]
        copied = Rows(
            self.project(_features(virtual.pixels)), virtual.labels, np.tile(drawn.weights[hard], self.copies)
        )
        progress("svm", 3, 4)
        self.varied = len(drawn) - n
        kept = drawn[np.concatenate((hard, np.arange(n, len(drawn))))]
        rows = kept + copied + out
        size = min(BASIS, PER_DRAWING * n, len(rows) // PER_DRAWING)
        self.kernels = Kernels(rows, size, gamma=GAMMA, ridge=RIDGE, seed=seed)
        progress("svm", 4, 4)

    def decisions(self, images: Images) -> NDArray[np.float64]:
        """Decision values for images, float32 (n, 28, 28): (n, classes)."""
        return self.kernels.decisions(self.project(features(images)))

    def _outlying(self, pixels: Pixels) -> Rows:
        return Rows(self.project(_features(pixels)), np.full(len(pixels), 10, np.uint8), np.ones(len(pixels)))

    def project(self, X: Features) -> Array:
        """Features (n, SIZE) → float32 (n, PCA_SIZE)."""
        components = _f32(self.pca.components_.T)
        projected: Array = X @ components - _f32(self.pca.mean_ @ self.pca.components_.T)
        return projected


class Svm:
    """A trained machine with probabilities; see the module."""

    kind = "svm"
    curves: Sequence[Curve] = ()  # it is trained in one go

    def __init__(
        self, data: TrainingData, *, seed: int, folds: int | None = None, progress: Progress = no_progress
    ) -> None:
        """Train on `data`; where there is no validation set, calibrate on `folds` folds, FOLDS by default."""
        every = np.arange(len(data.drawings))
        with threadpool_limits(1, "blas"):  # where other processes compute too, a second thread slows PCA 25-fold
            self._machine = Machine(data, every, seed=seed, progress=progress)
            self._slope, self._bias = _softmax(*_held_out_decisions(data, self._machine, folds or FOLDS, seed))
        kernels = self._machine.kernels
        self.hyperparameters: dict[str, Any] = {
            "ridge": RIDGE,
            "gamma": GAMMA,
            "kernel": "rbf",
            "loss": "squared hinge",
            "multiclass": "one against the rest",
            "pca": int(self._machine.pca.n_components_),
            "variations": self._machine.copies,
            "vectors": len(kernels.basis),
            "outliers": len(_outliers(data)[0]),
            "varied": self._machine.varied,
        }
        self.calibration: dict[str, Any] = {"method": "softmax", "slope": self._slope, "outlier_bias": self._bias}

    def probabilities(self, images: Images) -> Probabilities:
        """float32 (n, 28, 28) in [0, 1] → float32 (n, 10), by NumPy."""
        scores = _scores(self._machine.decisions(images), self._slope, self._bias)
        answer: Probabilities = (softmax(scores, axis=1) @ _to_digits(scores.shape[1])).astype(np.float32)
        return answer

    @property
    def weights(self) -> Weights:
        """None: a machine is always trained anew."""
        return []

    def to_onnx(self) -> bytes:
        """The same as a graph of matrix products, which is faster than ONNX's SVM operator.

        exp(-γ‖x - v‖²) = exp(2γ x·v - γ‖v‖² - γ‖x‖²) is computed for all vectors v at once, then its weighted sums.
        Vectors and coefficients are stored in half precision, to which they were rounded in training. Only the kernels
        and their sums, in which thousands of terms cancel each other, are computed in double precision: so no
        probability changes by more than `evaluation.challenge.PARITY`.
        """
        pca, kernels = self._machine.pca, self._machine.kernels
        x = OnnxGemm(graph(), _f32(pca.components_.T), _f32(-pca.mean_ @ pca.components_.T), op_version=OPSET)
        norms = -GAMMA * (kernels.basis**2).sum(axis=1)
        products = OnnxGemm(x, _f32(kernels.basis.T), _f32(norms), alpha=2 * GAMMA, op_version=OPSET)
        own = OnnxMul(
            OnnxReduceSumSquare(x, np.array([1]), keepdims=1, op_version=OPSET), _f32([GAMMA]), op_version=OPSET
        )
        values = OnnxExp(_cast(OnnxSub(products, own, op_version=OPSET), TensorProto.DOUBLE), op_version=OPSET)
        coefficients = _cast(_f32(kernels.coefficients), TensorProto.DOUBLE)
        sums = _cast(OnnxMatMul(values, coefficients, op_version=OPSET), TensorProto.FLOAT)
        scores = OnnxGemm(
            sums,
            _f32(self._slope * np.eye(kernels.classes)),
            _f32(_scores(kernels.intercepts.astype(np.float64)[None], self._slope, self._bias)[0]),
            op_version=OPSET,
        )
        shares = OnnxSoftmax(scores, axis=1, op_version=OPSET)
        answer = OnnxMatMul(shares, _f32(_to_digits(kernels.classes)), op_version=OPSET, output_names=["probabilities"])
        exported: bytes = halved(answer.to_onnx({"image": FloatTensorType([None, 28, 28])})).SerializeToString()
        return exported


def _training_set(
    data: TrainingData, which: NDArray[np.intp]
) -> tuple[Features, NDArray[np.uint8], NDArray[np.float64]]:
    """Features of the drawings in rows `which`, (k,), then of varied copies of them, with their labels and weights."""
    drawings, is_reviewed = data.drawings[which], which >= len(data.drawings) - data.n_reviewed
    n_reviewed = int(is_reviewed.sum())
    rounds = VARIED // n_reviewed if n_reviewed else 0
    varied = data.varied[data.varied_of(which)[: rounds * n_reviewed]]
    n = n_reviewed + len(varied)
    weight = _weight(n, len(drawings) - n_reviewed, reviewed.share(data.n_reviewed)) if len(varied) else 1.0
    weights = np.append(np.where(is_reviewed, weight, 1.0), np.full(len(varied), weight))
    both = drawings + varied
    return _features(both.pixels), both.labels, weights


def _weight(n: int, others: int, share: float) -> float:
    """The weight, at least 1, with which `n` drawings are this share of all; the others have a weight of 1."""
    return max(1.0, share / (1 - share) * others / n)


def _features(pixels: Pixels) -> Features:
    """uint8 (n, 28, 28) → float32 (n, SIZE), converted in parts to save memory."""
    parts = [features(to_images(pixels[start : start + CHUNK])) for start in range(0, len(pixels), CHUNK)]
    return np.concatenate([features(to_images(pixels[:0])), *parts])


def _outliers(data: TrainingData) -> tuple[Pixels, Pixels]:
    """Those to train on, and a fifth as many for calibration."""
    n = min(OUTLIERS, 5 * len(data.outliers) // 6)
    return data.outliers[:n], data.outliers[n : n + n // 5]


def _held_out_decisions(
    data: TrainingData, machine: Machine, n_folds: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Decision values, (n, classes), for drawings that the machine was not trained on, and their labels, (n,)."""
    if len(data.validation):
        out = _outliers(data)[1]
        pixels = np.concatenate((data.validation.pixels, out))
        labels = np.append(data.validation.labels, np.full(len(out), 10, np.uint8))
        return machine.decisions(to_images(pixels)), labels
    drawings = data.drawings
    decisions = np.zeros((len(drawings), machine.kernels.classes))
    for others, fold in folds(drawings, n_folds, seed=seed):
        decisions[fold] = Machine(data, others, seed=seed).decisions(to_images(drawings[fold].pixels))
    return decisions, drawings.labels


def _scores(decisions: NDArray[np.float64], slope: float, bias: float) -> NDArray[np.float64]:
    """Decision values (n, classes) → what the softmax is taken of, (n, classes)."""
    scores: NDArray[np.float64] = slope * decisions
    scores[:, 10:] += bias
    return scores


def _softmax(decisions: NDArray[np.float64], labels: NDArray[np.uint8]) -> tuple[float, float]:
    """The slope and the outlier bias that minimise the log loss, for decision values (n, classes) and labels (n,)."""
    right, is_outlier = (np.arange(len(labels)), labels), labels == 10
    weights = np.where(is_outlier, OUTLIER_WEIGHT * (~is_outlier).sum() / max(is_outlier.sum(), 1), 1.0)

    def log_loss(parameters: NDArray[np.float64]) -> float:
        scores = _scores(decisions, float(np.exp(parameters[0])), float(parameters[1]))
        return float(np.average(-log_softmax(scores, axis=1)[right], weights=weights))

    log_slope, bias = minimize(log_loss, [1.0, 0.0], method="L-BFGS-B", bounds=[(-1, 4), (-5, 5)]).x
    return float(np.exp(log_slope)), float(bias)


def _cast(values: Any, to: int) -> Any:
    return OnnxCast(values, to=to, op_version=OPSET)


def _to_digits(classes: int) -> NDArray[np.float64]:
    """How classes become digits, (classes, 10): an eleventh class is divided equally among all ten."""
    return np.concatenate((np.eye(10), np.full((classes - 10, 10), 0.1)))


def _f32(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)
