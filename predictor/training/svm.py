"""A support vector machine with an RBF kernel on stroke directions (see `features`), one machine for a pair of digits.

The 648 features are projected on their PCA_SIZE principal components. Each digit's score is the sum of its nine
machines' decisions, clipped to ±1; Platt's sigmoids (Platt 1999) of the scores, divided by their sum, are the
probabilities. They are fitted, fold by fold, to drawings that the machine behind them has not seen. Training drawings
are joined by variations of themselves (virtual support vectors, DeCoste & Schölkopf 2002), inside each fold.

On the ancestor's 500 images: about 97.4 % of MNIST's test, in five seconds. Gamma and the number of variations were
chosen inside the 500, by 10-fold cross-validation repeated three times: 0.967 for gamma 1 and four variations, 0.963
for gamma 2, 0.956 without variations, 0.967 with ten. C and the number of components were not searched.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from skl2onnx.algebra.onnx_ops import (
    OnnxCast,
    OnnxClip,
    OnnxDiv,
    OnnxExp,
    OnnxGemm,
    OnnxMatMul,
    OnnxMul,
    OnnxReduceSum,
    OnnxReduceSumSquare,
    OnnxSigmoid,
    OnnxSub,
)
from skl2onnx.common.data_types import FloatTensorType
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from predictor.ml.images import Images, to_images
from predictor.ml.runtime import Probabilities
from predictor.training.augment import multiply
from predictor.training.dataset import Dataset
from predictor.training.features import OPSET, features, graph

C: Final = 5.0
GAMMA: Final = 1.0
PCA_SIZE: Final = 80
FOLDS: Final = 5
VARIATIONS: Final = 4  # of each drawing
PAIRS: Final = [(i, j) for i in range(10) for j in range(i + 1, 10)]  # in scikit-learn's order


class Machine:
    """PCA and the 45 machines, without probabilities."""

    def __init__(self, data: Dataset, *, seed: int) -> None:
        varied = multiply(data, VARIATIONS, seed=seed)
        X = features(to_images(varied.pixels)).astype(np.float64)
        self.pca = PCA(min(PCA_SIZE, len(X) - 1), random_state=seed).fit(X)
        self.svc = SVC(C=C, gamma=GAMMA, decision_function_shape="ovo", cache_size=2000)
        self.svc.fit(self.pca.transform(X), varied.labels)

    def scores(self, images: Images) -> NDArray[np.float64]:
        """float32 (n, 28, 28) → (n, 10), the higher the likelier."""
        decisions = self.svc.decision_function(self.pca.transform(features(images).astype(np.float64)))  # (n, 45)
        scores: NDArray[np.float64] = np.clip(decisions, -1, 1) @ _votes()
        return scores


class Svm:
    """A trained machine with probabilities; see the module."""

    kind = "svm"

    def __init__(self, data: Dataset, *, seed: int) -> None:
        """Train on `data`, at least two drawings of each digit."""
        self._machine = Machine(data, seed=seed)
        self._a, self._b = _sigmoids(_unseen_scores(data, seed), data.labels)
        self.hyperparameters: dict[str, Any] = {
            "C": C,
            "gamma": GAMMA,
            "kernel": "rbf",
            "multiclass": "one-vs-one, clipped sums",
            "pca": int(self._machine.pca.n_components_),
            "variations": VARIATIONS,
            "support_vectors": int(self._machine.svc.n_support_.sum()),
        }
        self.calibration: dict[str, Any] = {"method": "sigmoid", "a": self._a.tolist(), "b": self._b.tolist()}

    def probabilities(self, images: Images) -> Probabilities:
        """float32 (n, 28, 28) in [0, 1] → float32 (n, 10), the machine by scikit-learn."""
        sigmoids = 1 / (1 + np.exp(-(self._machine.scores(images) * self._a + self._b)))
        answer: Probabilities = (sigmoids / sigmoids.sum(axis=1, keepdims=True)).astype(np.float32)
        return answer

    def to_onnx(self) -> bytes:
        """The same as a graph of matrix products, faster than ONNX's operator for support vectors.

        exp(-γ‖x - v‖²) = exp(2γ x·v - γ‖v‖² - γ‖x‖²), for all vectors v at once; then 45 weighted sums of it. In double
        precision, as scikit-learn computes: the sums of a thousand terms would lose three digits of it otherwise.
        """
        pca, svc = self._machine.pca, self._machine.svc
        V, A = svc.support_vectors_, _pair_weights(svc)  # (m, d), (m, 45)
        seen = OnnxCast(graph(), to=TensorProto.DOUBLE, op_version=OPSET)
        x = OnnxGemm(seen, _f64(pca.components_.T), _f64(-pca.mean_ @ pca.components_.T), op_version=OPSET)
        products = OnnxGemm(x, _f64(2 * GAMMA * V.T), _f64(-GAMMA * (V**2).sum(axis=1)), op_version=OPSET)
        norms = OnnxReduceSumSquare(x, np.array([1]), keepdims=1, op_version=OPSET)
        scaled = OnnxMul(norms, _f64([GAMMA]), op_version=OPSET)
        kernel = OnnxExp(OnnxSub(products, scaled, op_version=OPSET), op_version=OPSET)
        decisions = OnnxGemm(kernel, _f64(A), _f64(svc.intercept_), op_version=OPSET)
        clipped = OnnxClip(decisions, _f64(-1), _f64(1), op_version=OPSET)
        scores = OnnxMatMul(clipped, _f64(_votes() * self._a), op_version=OPSET)
        sigmoids = OnnxSigmoid(OnnxSub(scores, _f64(-self._b), op_version=OPSET), op_version=OPSET)
        total = OnnxReduceSum(sigmoids, np.array([1]), keepdims=1, op_version=OPSET)
        shares = OnnxDiv(sigmoids, total, op_version=OPSET)
        answer = OnnxCast(shares, to=TensorProto.FLOAT, op_version=OPSET, output_names=["probabilities"])
        exported: bytes = answer.to_onnx({"image": FloatTensorType([None, 28, 28])}).SerializeToString()
        return exported


def _unseen_scores(data: Dataset, seed: int) -> NDArray[np.float64]:
    """Scores (n, 10) of each drawing by a machine that was trained without it."""
    scores = np.zeros((len(data), 10))
    folds = StratifiedKFold(min(FOLDS, *data.class_counts), shuffle=True, random_state=seed)
    for taught, aside in folds.split(data.labels, data.labels):
        scores[aside] = Machine(data[taught], seed=seed).scores(to_images(data[aside].pixels))
    return scores


def _sigmoids(scores: NDArray[np.float64], labels: NDArray[np.uint8]) -> tuple[NDArray[np.float64], ...]:
    """Platt's a and b (10,) of sigmoid(a s + b), each digit against the rest."""
    fitted = [LogisticRegression(C=100.0).fit(scores[:, [k]], labels == k) for k in range(10)]
    return np.array([each.coef_[0, 0] for each in fitted]), np.array([each.intercept_[0] for each in fitted])


def _pair_weights(svc: SVC) -> NDArray[np.float64]:
    """The weight of each support vector in each pair's machine, (m, 45), unpacked from libsvm's layout.

    `dual_coef_[j - 1, v]` is v's weight against class j if v's class is lower than j, `dual_coef_[j, v]` if higher.
    """
    owner = np.repeat(np.arange(10), svc.n_support_)
    weights = np.zeros((len(owner), len(PAIRS)))
    for pair, (i, j) in enumerate(PAIRS):
        weights[owner == i, pair] = svc.dual_coef_[j - 1, owner == i]
        weights[owner == j, pair] = svc.dual_coef_[i, owner == j]
    return weights


def _votes() -> NDArray[np.float64]:
    """Which digit each pair's decision speaks for (1) and against (-1), (45, 10)."""
    votes = np.zeros((len(PAIRS), 10))
    for pair, (i, j) in enumerate(PAIRS):
        votes[pair, i], votes[pair, j] = 1, -1
    return votes


def _f64(values: Any) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)
