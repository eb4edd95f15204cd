"""Leading singular vectors of sparse rows: NumPy's decomposition, and the same bits at any number of threads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import ganglion as gl
from ganglion.applications.documents._latent import jacobi_eigen, latent_axes


def decaying(n, d, seed):
    """Sparse rows whose singular values fall, so that the leading ones are well defined."""
    rng = np.random.default_rng(seed)
    parts = sum(
        0.6**r
        * np.outer(
            rng.normal(size=n) * (rng.random(n) < 0.5), rng.normal(size=d) * (rng.random(d) < 0.5)
        )
        for r in range(12)
    )
    return sparse.csr_matrix(parts)


@pytest.mark.parametrize(
    ("n", "d"), [(1, 1), (1, 9), (9, 1), (7, 8), (16, 15), (300, 40), (40, 300)]
)
def test_axes_are_those_of_the_dense_decomposition(n, d):
    X = decaying(n, d, seed=n + d)
    found = latent_axes(X, 4, np.random.default_rng(0))
    values = np.linalg.svd(X.toarray(), compute_uv=False)
    values = values[values > 1e-6 * max(values[0], 1e-300)][:4]
    assert found.singular_values == pytest.approx(values, rel=1e-7)
    r = len(found.singular_values)
    assert found.axes.T @ found.axes == pytest.approx(np.eye(r), abs=1e-10)
    # X V S^-1 = U has orthonormal columns, which V's being singular vectors means
    left = found.coordinates / found.singular_values
    assert left.T @ left == pytest.approx(np.eye(r), abs=1e-8)
    assert found.coordinates == pytest.approx(X @ found.axes, abs=1e-10)
    places = np.abs(found.axes).argmax(axis=0)
    assert (found.axes[places, np.arange(r)] > 0).all()


def test_the_bits_do_not_depend_on_threads():
    X = decaying(2000, 300, seed=5)
    found = set()
    try:
        for threads in (1, 2, 3, 7):
            gl.set_num_threads(threads)
            axes = latent_axes(X, 6, np.random.default_rng(1))
            found.add(axes.coordinates.tobytes() + axes.axes.tobytes())
    finally:
        gl.set_num_threads(2)
    assert len(found) == 1


@given(st.integers(1, 17), st.integers(0, 5))
def test_rotations_give_the_eigenvalues_of_a_symmetric_matrix(size, seed):
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(size, size))
    matrix = half @ half.T
    values, vectors = jacobi_eigen(matrix)
    scale = max(1.0, float(np.abs(matrix).max())) * size
    assert values == pytest.approx(np.linalg.eigvalsh(matrix)[::-1], abs=1e-13 * scale)
    assert vectors.T @ vectors == pytest.approx(np.eye(size), abs=1e-13 * size)
    assert matrix @ vectors == pytest.approx(vectors * values, abs=1e-13 * scale)


def test_equal_and_vanishing_eigenvalues_are_no_trouble():
    for matrix in (np.zeros((5, 5)), np.eye(6), np.ones((4, 4))):
        values, vectors = jacobi_eigen(matrix)
        assert matrix @ vectors == pytest.approx(vectors * values, abs=1e-14)
