"""The kernel machine on a small basis: what it minimises, and that it is chosen from its rows."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from predictor.training.classifiers.squared_hinge import CHUNK, Kernels, Rows

GAMMA, RIDGE = 3.0, 0.5


@pytest.fixture(scope="module")
def rows() -> Rows:
    """Three overlapping clouds of points, of unequal weights."""
    random = np.random.default_rng(1)
    y = random.integers(0, 3, 300).astype(np.uint8)
    X = random.normal(0, 0.8, (300, 2)) + np.array([[0, 0], [2, 0], [0, 2]])[y]
    return Rows(X.astype(np.float32), y, random.uniform(0.5, 2, 300))


def test_it_is_the_linear_machine_on_the_map_that_its_basis_spans(rows: Rows) -> None:
    """With R = LLᵀ the kernels K become features K L⁻ᵀ of a linear L2-SVM (Keerthi et al. 2006, section 2)."""
    found = Kernels(rows, 40, gamma=GAMMA, ridge=RIDGE, seed=1)

    def kernels(X: np.ndarray) -> np.ndarray:
        distances = ((X[:, None].astype(np.float64) - found.basis[None]) ** 2).sum(axis=2)
        return np.exp(-GAMMA * distances)

    lower = np.linalg.cholesky(kernels(found.basis) + 1e-6 * np.eye(40))
    mapped = np.linalg.solve(lower, kernels(rows.X).T).T
    linear = LinearSVC(C=1 / (2 * RIDGE), dual=False, intercept_scaling=1000, tol=1e-8, max_iter=10_000)
    linear.fit(mapped, rows.y, sample_weight=rows.weights)
    assert found.decisions(rows.X) == pytest.approx(linear.decision_function(mapped), abs=0.02)


def test_its_losses_are_squared_hinge_losses_of_all_classes(rows: Rows) -> None:
    found = Kernels(rows, 40, gamma=GAMMA, ridge=RIDGE, seed=1)
    decisions, y = found.decisions(rows.X), rows.y
    by_hand = [
        sum(max(0.0, 1 - (1 if c == label else -1) * row[c]) ** 2 for c in range(3))
        for row, label in zip(decisions, y, strict=True)
    ]
    assert found.losses(rows) == pytest.approx(np.array(by_hand), rel=1e-4)
    wrong = decisions.argmax(axis=1) != y
    assert found.losses(rows)[wrong].min() > np.median(found.losses(rows)[~wrong])


def test_the_basis_is_of_rows_in_half_precision_and_no_larger_than_there_are(rows: Rows) -> None:
    small, all_of_them = (Kernels(rows, size, gamma=GAMMA, ridge=RIDGE, seed=1) for size in (40, 1_000))
    assert (len(small.basis), len(all_of_them.basis)) == (40, 300)
    for values in (small.basis, small.coefficients):
        assert np.array_equal(values, values.astype(np.float16).astype(np.float32))
    halved = {tuple(point) for point in rows.X.astype(np.float16).astype(np.float32).tolist()}
    assert {tuple(point) for point in small.basis.tolist()} < halved


def test_more_weight_makes_a_row_right(rows: Rows) -> None:
    plain = Kernels(rows, 40, gamma=GAMMA, ridge=RIDGE, seed=1)
    wrong = plain.decisions(rows.X).argmax(axis=1) != rows.y
    weights = np.where(wrong, 50.0, 1.0)
    weighted = Kernels(Rows(rows.X, rows.y, weights), 40, gamma=GAMMA, ridge=RIDGE, seed=1)
    still = weighted.decisions(rows.X).argmax(axis=1) != rows.y
    assert still[wrong].mean() < 0.5 < wrong[wrong].mean()


def test_many_rows_are_computed_in_parts(rows: Rows) -> None:
    found = Kernels(rows, 40, gamma=GAMMA, ridge=RIDGE, seed=1)
    many = np.tile(rows.X, (1 + 2 * CHUNK // len(rows.X), 1))
    assert found.decisions(many)[-300:] == pytest.approx(found.decisions(rows.X), abs=1e-5)
    assert found.decisions(many[:0]).shape == (0, 3)
