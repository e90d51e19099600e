"""A support vector machine with an RBF kernel on stroke directions (see `features`), one-vs-one.

The 648 features are projected onto their first PCA_SIZE principal components. A first machine is trained on the
drawings as they are; the second, which is the one that predicts, on the support vectors of the first and up to VIRTUAL
augmented copies of each (virtual support vectors, DeCoste & Schölkopf 2002).

Reviewed drawings are a stated share of what it sees (`preparation.reviewed.share`). As the training time grows with the
square of the number of drawings, the first machine is trained on at most VARIED varied copies of them; what these lack
of the share, a weight makes up, by which C is multiplied for reviewed drawings and their copies.

A sigmoid of each pair's decision value (Platt 1999) is the probability of one digit against the other. The score of a
digit is the product of these over its nine rivals (Price et al. 1995), raised to a power because they are not
independent; the scores are then normalised. Slope and power are fitted on drawings that the machine was not trained on:
the validation set, or, where it is empty, each fold of the drawings by a machine trained on the other folds.

Outliers, if there are any, are an eleventh class, whose probability is divided equally among the ten digits: the less a
drawing looks like a digit, the closer to uniform the probabilities are.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from scipy.optimize import minimize
from scipy.special import log_expit, log_softmax, softmax
from skl2onnx.algebra.onnx_ops import (
    OnnxAdd,
    OnnxCast,
    OnnxConcat,
    OnnxExp,
    OnnxGemm,
    OnnxMatMul,
    OnnxMul,
    OnnxReduceSumSquare,
    OnnxSlice,
    OnnxSoftmax,
    OnnxSoftplus,
    OnnxSub,
)
from skl2onnx.common.data_types import FloatTensorType
from sklearn.decomposition import PCA
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from predictor.ml.images import Images, Pixels, to_images
from predictor.ml.runtime import OPSET, Probabilities
from predictor.ml.weights import Weights
from predictor.training.classifiers.curve import Curve
from predictor.training.classifiers.features import features, graph
from predictor.training.data.dataset import folds
from predictor.training.preparation import reviewed
from predictor.training.preparation.training_data import VIRTUAL, TrainingData
from predictor.training.progress import Progress, no_progress

C: Final = 2.0
GAMMA: Final = 2.5
PCA_SIZE: Final = 80
FOLDS: Final = 5
AT_MOST: Final = 20_000  # augmented copies: each vector of the second machine costs 356 bytes and 40 ns a prediction
VARIED: Final = 10_000  # varied copies of reviewed drawings: 10 % more than the largest base
OUTLIERS: Final = 5_000  # to train on, at most; a fifth as many others are for calibration
OUTLIER_WEIGHT: Final = 0.02  # of all outliers together in the calibration, relative to that of the digits


class Machine:
    """PCA and one binary machine for each pair of classes, without probabilities."""

    def __init__(
        self, data: TrainingData, which: NDArray[np.intp], *, seed: int, progress: Progress = no_progress
    ) -> None:
        """Train on the drawings of `data` in rows `which`, (k,)."""
        X, y, weights = _training_set(data, which)
        self.pca = PCA(min(PCA_SIZE, len(which) - 1), random_state=seed, svd_solver="covariance_eigh")
        self.pca.fit(X[: len(which)])
        progress("svm", 1, 4)
        out = _features(_outliers(data)[0])
        first = self._fit(np.concatenate((X, out)), y, weights)
        kept, out = first.support_[first.support_ < len(X)], out[first.support_[first.support_ >= len(X)] - len(X)]
        progress("svm", 2, 4)
        available = len(data.augmented) // len(data.drawings)
        drawings = kept[kept < len(which)]  # the others are varied copies
        self.copies = min(VIRTUAL, max(1, AT_MOST // len(drawings)), available)
        virtual = data.augmented[data.copies_of(which[drawings])[: self.copies * len(drawings)]]
        self.varied = len(kept) - len(drawings)
        X = np.concatenate((X[kept], _features(virtual.pixels), out))
        weights = np.append(weights[kept], np.tile(weights[drawings], self.copies))
        y = np.append(y[kept], virtual.labels)
        progress("svm", 3, 4)
        self.svc = self._fit(X, y, weights)
        self.classes = len(self.svc.classes_)
        progress("svm", 4, 4)

    def _fit(self, X: NDArray[np.float64], y: NDArray[np.uint8], weights: NDArray[np.float64]) -> SVC:
        """A machine for features (n, SIZE); those that have no label any more are outliers, with a weight of 1."""
        out = len(X) - len(y)
        svc = SVC(C=C, gamma=GAMMA, decision_function_shape="ovo", cache_size=2000)
        return svc.fit(
            self.pca.transform(X), np.append(y, np.full(out, 10)), sample_weight=np.append(weights, np.ones(out))
        )

    def decisions(self, images: Images) -> NDArray[np.float64]:
        """Decision values for images, float32 (n, 28, 28): (n, pairs), positive for the first class of a pair."""
        X = self.pca.transform(features(images).astype(np.float64))
        decisions: NDArray[np.float64] = self.svc.decision_function(X)
        return decisions


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
            self._slope, self._power, self._bias = _sigmoids(
                *_held_out_decisions(data, self._machine, folds or FOLDS, seed)
            )
        self.hyperparameters: dict[str, Any] = {
            "C": C,
            "gamma": GAMMA,
            "kernel": "rbf",
            "multiclass": "one-vs-one, coupled",
            "pca": int(self._machine.pca.n_components_),
            "variations": self._machine.copies,
            "support_vectors": int(self._machine.svc.n_support_.sum()),
            "outliers": len(_outliers(data)[0]),
            "varied": self._machine.varied,
        }
        self.calibration: dict[str, Any] = {
            "method": "sigmoid",
            "slope": self._slope,
            "power": self._power,
            "outlier_bias": self._bias,
        }

    def probabilities(self, images: Images) -> Probabilities:
        """float32 (n, 28, 28) in [0, 1] → float32 (n, 10), by scikit-learn."""
        scores = _log_scores(self._machine.decisions(images), self._slope, self._power, self._bias)
        answer: Probabilities = (softmax(scores, axis=1) @ _to_digits(self._machine.classes)).astype(np.float32)
        return answer

    @property
    def weights(self) -> Weights:
        """None: a machine is always trained anew."""
        return []

    def to_onnx(self) -> bytes:
        """The same as a graph of matrix products, which is faster than ONNX's SVM operator.

        exp(-γ‖x - v‖²) = exp(2γ x·v - γ‖v‖² - γ‖x‖²) is computed for all support vectors v at once, then its weighted
        sums. Single precision halves size and time; only the sums, in which thousands of terms cancel each other, are
        computed in double precision. So no probability changes by more than `evaluation.challenge.PARITY`.
        """
        pca, svc, classes = self._machine.pca, self._machine.svc, self._machine.classes
        V = svc.support_vectors_  # (m, d)
        x = OnnxGemm(graph(), _f32(pca.components_.T), _f32(-pca.mean_ @ pca.components_.T), op_version=OPSET)
        products = OnnxGemm(x, _f32(2 * GAMMA * V.T), _f32(-GAMMA * (V**2).sum(axis=1)), op_version=OPSET)
        norms = OnnxReduceSumSquare(x, np.array([1]), keepdims=1, op_version=OPSET)
        scaled = OnnxMul(norms, _f32([GAMMA]), op_version=OPSET)
        kernel = _double(OnnxExp(OnnxSub(products, scaled, op_version=OPSET), op_version=OPSET))
        sums = OnnxConcat(*_weighted(kernel, svc), axis=1, op_version=OPSET)  # (n, classes · rivals)
        pairs, intercept = _double(_f32(_pairs_of_rivals(classes))), _double(_f32(svc.intercept_))
        exact = OnnxGemm(sums, pairs, intercept, op_version=OPSET)
        decisions = OnnxCast(exact, to=TensorProto.FLOAT, op_version=OPSET)
        shares = OnnxSoftmax(self._coupled(decisions, classes), axis=1, op_version=OPSET)
        answer = OnnxMatMul(shares, _f32(_to_digits(classes)), op_version=OPSET, output_names=["probabilities"])
        exported: bytes = answer.to_onnx({"image": FloatTensorType([None, 28, 28])}).SerializeToString()
        return exported

    def _coupled(self, decisions: Any, classes: int) -> Any:
        """`_log_scores` as nodes: log σ(x) = -softplus(-x)."""
        first, second = _sides(len(_pairs(classes)))
        bias = np.concatenate((np.zeros(10), np.full(classes - 10, self._bias)))
        for_it, against = (
            OnnxSoftplus(OnnxMul(decisions, _f32([sign * self._slope]), op_version=OPSET), op_version=OPSET)
            for sign in (-1, 1)
        )
        sums = OnnxGemm(for_it, _f32(-self._power * first), _f32(bias), op_version=OPSET)
        return OnnxAdd(sums, OnnxMatMul(against, _f32(-self._power * second), op_version=OPSET), op_version=OPSET)


def _training_set(
    data: TrainingData, which: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.float64]]:
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


def _features(pixels: Pixels) -> NDArray[np.float64]:
    return features(to_images(pixels)).astype(np.float64)


def _outliers(data: TrainingData) -> tuple[Pixels, Pixels]:
    """Those to train on, and a fifth as many for calibration."""
    n = min(OUTLIERS, 5 * len(data.outliers) // 6)
    return data.outliers[:n], data.outliers[n : n + n // 5]


def _held_out_decisions(
    data: TrainingData, machine: Machine, n_folds: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Decision values, (n, pairs), for drawings that the machine was not trained on, and their labels, (n,)."""
    if len(data.validation):
        out = _outliers(data)[1]
        pixels = np.concatenate((data.validation.pixels, out))
        labels = np.append(data.validation.labels, np.full(len(out), 10, np.uint8))
        return machine.decisions(to_images(pixels)), labels
    drawings = data.drawings
    decisions = np.zeros((len(drawings), len(_pairs(machine.classes))))
    for others, fold in folds(drawings, n_folds, seed=seed):
        decisions[fold] = Machine(data, others, seed=seed).decisions(to_images(drawings[fold].pixels))
    return decisions, drawings.labels


def _log_scores(decisions: Any, slope: float, power: float, bias: float) -> NDArray[np.float64]:
    """Decision values (n, pairs) → logarithms of the classes' scores (n, classes), not normalised; see the module."""
    first, second = _sides(decisions.shape[1])
    scores: NDArray[np.float64] = power * (
        log_expit(slope * decisions) @ first + log_expit(-slope * decisions) @ second
    )
    scores[:, 10:] += bias
    return scores


def _sigmoids(decisions: NDArray[np.float64], labels: NDArray[np.uint8]) -> tuple[float, float, float]:
    """The slope, power and outlier bias that minimise the log loss, for decision values (n, pairs) and labels (n,)."""
    right, is_outlier = (np.arange(len(labels)), labels), labels == 10
    weights = np.where(is_outlier, OUTLIER_WEIGHT * (~is_outlier).sum() / max(is_outlier.sum(), 1), 1.0)

    def log_loss(parameters: NDArray[np.float64]) -> float:
        slope, power = np.exp(parameters[:2])
        losses = -log_softmax(_log_scores(decisions, slope, power, parameters[2]), axis=1)[right]
        return float(np.average(losses, weights=weights))

    bounds = [(-1, 3), (-3, 1), (-5, 5)]  # steeper sigmoids would overfit the drawings that they are fitted on
    log_slope, log_power, bias = minimize(log_loss, [1.0, 0.0, 0.0], method="L-BFGS-B", bounds=bounds).x
    return float(np.exp(log_slope)), float(np.exp(log_power)), float(bias)


def _weighted(kernel: Any, svc: SVC) -> Iterator[Any]:
    """For each class the weighted kernel sums over its support vectors, one against each rival: nodes (n, rivals).

    libsvm stores the vectors class by class, and their weights against each rival in `dual_coef_`, (rivals, m).
    """
    ends = np.cumsum(svc.n_support_)
    for start, end in zip(ends - svc.n_support_, ends, strict=True):
        own = OnnxSlice(kernel, np.array([start]), np.array([end]), np.array([1]), op_version=OPSET)
        yield OnnxMatMul(own, _double(_f32(svc.dual_coef_[:, start:end].T)), op_version=OPSET)


def _double(values: Any) -> Any:
    """A node that has single-precision values, as which they are stored, in double precision."""
    return OnnxCast(values, to=TensorProto.DOUBLE, op_version=OPSET)


def _pairs(classes: int) -> list[tuple[int, int]]:
    """The pairs of classes in scikit-learn's order."""
    return [(i, j) for i in range(classes) for j in range(i + 1, classes)]


def _pairs_of_rivals(classes: int) -> NDArray[np.float64]:
    """Which pair each sum of `_weighted` belongs to: 0 or 1, (classes · rivals, pairs)."""
    pairs, rivals = _pairs(classes), classes - 1
    belongs = np.zeros((classes * rivals, len(pairs)))
    for pair, (i, j) in enumerate(pairs):
        belongs[rivals * i + j - 1, pair] = belongs[rivals * j + i, pair] = 1
    return belongs


def _sides(pairs: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which class is the first of each pair, and which the second: 0 or 1, (pairs, classes) each."""
    classes = 10 if pairs == 45 else 11
    first, second = np.zeros((pairs, classes)), np.zeros((pairs, classes))
    for pair, (i, j) in enumerate(_pairs(classes)):
        first[pair, i] = second[pair, j] = 1
    return first, second


def _to_digits(classes: int) -> NDArray[np.float64]:
    """How classes become digits, (classes, 10): an eleventh class is divided equally among all ten."""
    return np.concatenate((np.eye(10), np.full((classes - 10, 10), 0.1)))


def _f32(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)
