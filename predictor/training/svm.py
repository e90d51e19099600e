"""A support vector machine with an RBF kernel on stroke directions (see `features`), one machine for a pair of digits.

The 648 features are projected on their PCA_SIZE principal components. A first machine learns the drawings as they are;
the second, which answers, its support vectors and VIRTUAL variations of each (virtual support vectors, DeCoste &
Schölkopf 2002). A sigmoid of each pair's decision (Platt 1999) is the probability of the one against the other; a
digit's share is the product of these over its nine rivals (Price et al. 1995), to a power, for they are not
independent. Slope and power are fitted to drawings that the machine has not seen: the validation set, or where it is
empty the folds of the drawings in turn. Outliers, if there are any, are an eleventh class, whose share is dealt out to
the ten digits: the more a drawing looks like none, the more alike are their probabilities.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_expit, log_softmax, softmax
from skl2onnx.algebra.onnx_ops import (
    OnnxAdd,
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
from predictor.ml.runtime import Probabilities
from predictor.training.dataset import folds
from predictor.training.features import OPSET, features, graph
from predictor.training.material import VIRTUAL, Material
from predictor.training.progress import Progress, silent

C: Final = 2.0
GAMMA: Final = 2.5
PCA_SIZE: Final = 80
FOLDS: Final = 5
AT_MOST: Final = 20_000  # variations in all: each vector of the second machine costs 356 bytes and 40 ns an answer
OUTLIERS: Final = 5_000  # at most; a fifth as many others calibrate,
RARE: Final = 0.02  # as if there were so many for each digit


class Machine:
    """PCA and one machine for each pair of classes, without probabilities."""

    def __init__(self, material: Material, which: NDArray[np.intp], *, seed: int, progress: Progress = silent) -> None:
        """Learn the drawings at `which`, (k,), of the material."""
        X, y = _features(material.drawings.pixels[which]), material.drawings.labels[which]
        self.pca = PCA(min(PCA_SIZE, len(X) - 1), random_state=seed, svd_solver="covariance_eigh").fit(X)
        progress("svm", 1, 4)
        odd = _features(_outliers(material)[0])
        first = _svc().fit(self.pca.transform(np.concatenate((X, odd))), np.append(y, np.full(len(odd), 10)))
        kept, odd = first.support_[first.support_ < len(X)], odd[first.support_[first.support_ >= len(X)] - len(X)]
        progress("svm", 2, 4)
        copies = len(material.variations) // len(material.drawings)
        self.variations = min(VIRTUAL, max(1, AT_MOST // len(kept)), copies)
        varied = material.variations[material.of(which[kept])[: self.variations * len(kept)]]
        X = self.pca.transform(np.concatenate((X[kept], _features(varied.pixels), odd)))
        progress("svm", 3, 4)
        self.svc = _svc().fit(X, np.concatenate((y[kept], varied.labels, np.full(len(odd), 10))))
        self.classes = len(self.svc.classes_)
        progress("svm", 4, 4)

    def decisions(self, images: Images) -> NDArray[np.float64]:
        """float32 (n, 28, 28) → (n, pairs), above 0 for the first of a pair."""
        seen = self.pca.transform(features(images).astype(np.float64))
        decisions: NDArray[np.float64] = self.svc.decision_function(seen)
        return decisions


class Svm:
    """A trained machine with probabilities; see the module."""

    kind = "svm"

    def __init__(
        self, material: Material, *, seed: int, epochs: int | None = None, progress: Progress = silent
    ) -> None:
        """Train on `material`. There are no epochs: they are not looked at."""
        everything = np.arange(len(material.drawings))
        with threadpool_limits(1, "blas"):  # where others compute too, a second thread makes PCA 25 times as slow
            self._machine = Machine(material, everything, seed=seed, progress=progress)
            self._slope, self._power, self._bias = _sigmoids(*_unseen(material, self._machine, seed))
        self.hyperparameters: dict[str, Any] = {
            "C": C,
            "gamma": GAMMA,
            "kernel": "rbf",
            "multiclass": "one-vs-one, coupled",
            "pca": int(self._machine.pca.n_components_),
            "variations": self._machine.variations,
            "support_vectors": int(self._machine.svc.n_support_.sum()),
            "outliers": len(_outliers(material)[0]),
        }
        self.calibration: dict[str, Any] = {
            "method": "sigmoid",
            "slope": self._slope,
            "power": self._power,
            "outlier_bias": self._bias,
        }

    def probabilities(self, images: Images) -> Probabilities:
        """float32 (n, 28, 28) in [0, 1] → float32 (n, 10), the machine by scikit-learn."""
        shares = softmax(_log_shares(self._machine.decisions(images), self._slope, self._power, self._bias), axis=1)
        answer: Probabilities = (shares @ _deal(self._machine.classes)).astype(np.float32)
        return answer

    def to_onnx(self) -> bytes:
        """The same as a graph of matrix products, faster than ONNX's operator for support vectors.

        exp(-γ‖x - v‖²) = exp(2γ x·v - γ‖v‖² - γ‖x‖²), for all vectors v at once; then its weighted sums. In single
        precision: half the size and time, and the probabilities stay within a ten-thousandth (see `challenge.PARITY`).
        """
        pca, svc, classes = self._machine.pca, self._machine.svc, self._machine.classes
        V = svc.support_vectors_  # (m, d)
        x = OnnxGemm(graph(), _f32(pca.components_.T), _f32(-pca.mean_ @ pca.components_.T), op_version=OPSET)
        products = OnnxGemm(x, _f32(2 * GAMMA * V.T), _f32(-GAMMA * (V**2).sum(axis=1)), op_version=OPSET)
        norms = OnnxReduceSumSquare(x, np.array([1]), keepdims=1, op_version=OPSET)
        scaled = OnnxMul(norms, _f32([GAMMA]), op_version=OPSET)
        kernel = OnnxExp(OnnxSub(products, scaled, op_version=OPSET), op_version=OPSET)
        sums = OnnxConcat(*_weighted(kernel, svc), axis=1, op_version=OPSET)  # (n, classes · rivals)
        decisions = OnnxGemm(sums, _f32(_pairs_of_rivals(classes)), _f32(svc.intercept_), op_version=OPSET)
        shares = OnnxSoftmax(self._coupled(decisions, classes), axis=1, op_version=OPSET)
        answer = OnnxMatMul(shares, _f32(_deal(classes)), op_version=OPSET, output_names=["probabilities"])
        exported: bytes = answer.to_onnx({"image": FloatTensorType([None, 28, 28])}).SerializeToString()
        return exported

    def _coupled(self, decisions: Any, classes: int) -> Any:
        """`_log_shares` as nodes: log σ(x) = -softplus(-x)."""
        first, second = _sides(len(_pairs(classes)))
        bias = np.concatenate((np.zeros(10), np.full(classes - 10, self._bias)))
        for_it, against = (
            OnnxSoftplus(OnnxMul(decisions, _f32([sign * self._slope]), op_version=OPSET), op_version=OPSET)
            for sign in (-1, 1)
        )
        sums = OnnxGemm(for_it, _f32(-self._power * first), _f32(bias), op_version=OPSET)
        return OnnxAdd(sums, OnnxMatMul(against, _f32(-self._power * second), op_version=OPSET), op_version=OPSET)


def _svc() -> SVC:
    return SVC(C=C, gamma=GAMMA, decision_function_shape="ovo", cache_size=2000)


def _features(pixels: Pixels) -> NDArray[np.float64]:
    return features(to_images(pixels)).astype(np.float64)


def _outliers(material: Material) -> tuple[Pixels, Pixels]:
    """Those that teach, and a fifth as many that calibrate."""
    n = min(OUTLIERS, 5 * len(material.outliers) // 6)
    return material.outliers[:n], material.outliers[n : n + n // 5]


def _unseen(material: Material, machine: Machine, seed: int) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Decisions (n, pairs) on drawings by a machine that was trained without them, and their labels."""
    if len(material.validation):
        odd = _outliers(material)[1]
        pixels = np.concatenate((material.validation.pixels, odd))
        labels = np.append(material.validation.labels, np.full(len(odd), 10, np.uint8))
        return machine.decisions(to_images(pixels)), labels
    drawings = material.drawings
    decisions = np.zeros((len(drawings), len(_pairs(machine.classes))))
    for taught, aside in folds(drawings, FOLDS, seed=seed):
        decisions[aside] = Machine(material, taught, seed=seed).decisions(to_images(drawings[aside].pixels))
    return decisions, drawings.labels


def _log_shares(decisions: Any, slope: float, power: float, bias: float) -> NDArray[np.float64]:
    """Decisions (n, pairs) → logarithms of the classes' shares (n, classes), not yet of sum 1; see the module."""
    first, second = _sides(decisions.shape[1])
    shares: NDArray[np.float64] = power * (
        log_expit(slope * decisions) @ first + log_expit(-slope * decisions) @ second
    )
    shares[:, 10:] += bias
    return shares


def _sigmoids(decisions: NDArray[np.float64], labels: NDArray[np.uint8]) -> tuple[float, float, float]:
    """The slope, power and bias for which the shares have the smallest log loss, decisions (n, pairs)."""
    right, odd = (np.arange(len(labels)), labels), labels == 10
    weights = np.where(odd, RARE * (~odd).sum() / max(odd.sum(), 1), 1.0)

    def log_loss(parameters: NDArray[np.float64]) -> float:
        slope, power = np.exp(parameters[:2])
        losses = -log_softmax(_log_shares(decisions, slope, power, parameters[2]), axis=1)[right]
        return float(np.average(losses, weights=weights))

    bounds = [(-1, 3), (-3, 1), (-5, 5)]  # steeper ones say more of the fitted drawings than they know
    log_slope, log_power, bias = minimize(log_loss, [1.0, 0.0, 0.0], method="L-BFGS-B", bounds=bounds).x
    return float(np.exp(log_slope)), float(np.exp(log_power)), float(bias)


def _weighted(kernel: Any, svc: SVC) -> Iterator[Any]:
    """For each class the sums of its vectors' kernels for the machines against its rivals, nodes (n, rivals).

    libsvm keeps the vectors class by class, and in `dual_coef_`, (rivals, m), their weights against the rivals in turn.
    """
    ends = np.cumsum(svc.n_support_)
    for start, end in zip(ends - svc.n_support_, ends, strict=True):
        own = OnnxSlice(kernel, np.array([start]), np.array([end]), np.array([1]), op_version=OPSET)
        yield OnnxMatMul(own, _f32(svc.dual_coef_[:, start:end].T), op_version=OPSET)


def _pairs(classes: int) -> list[tuple[int, int]]:
    """In scikit-learn's order."""
    return [(i, j) for i in range(classes) for j in range(i + 1, classes)]


def _pairs_of_rivals(classes: int) -> NDArray[np.float64]:
    """Which pair each class' sums, its rivals in turn, belong to, (classes · rivals, pairs)."""
    pairs, rivals = _pairs(classes), classes - 1
    belongs = np.zeros((classes * rivals, len(pairs)))
    for pair, (i, j) in enumerate(pairs):
        belongs[rivals * i + j - 1, pair] = belongs[rivals * j + i, pair] = 1
    return belongs


def _sides(pairs: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which class each pair's decision speaks for, and against, (pairs, classes) each."""
    classes = 10 if pairs == 45 else 11
    first, second = np.zeros((pairs, classes)), np.zeros((pairs, classes))
    for pair, (i, j) in enumerate(_pairs(classes)):
        first[pair, i] = second[pair, j] = 1
    return first, second


def _deal(classes: int) -> NDArray[np.float64]:
    """The digits' shares to themselves, that of an eleventh class to all alike, (classes, 10)."""
    return np.concatenate((np.eye(10), np.full((classes - 10, 10), 0.1)))


def _f32(values: Any) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)
