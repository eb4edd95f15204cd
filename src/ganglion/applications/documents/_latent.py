"""Latent semantic analysis: the leading singular vectors of a sparse matrix, with the same bits at any threads.

A BLAS promises no order of its sums, and its threads fight with those of other libraries. Here products of sparse rows
are SciPy's loops, products of dense blocks the library's own, and eigenvectors come from rotations in a fixed order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...nn._engine.products import cholesky, product, small_inverse

Floats = NDArray[np.float64]

OVERSAMPLING = 10
ITERATIONS = 4
SWEEPS = 30
_NEGLIGIBLE = 1e-12  # of the largest eigenvalue: below it a direction is rounding


@dataclass(frozen=True)
class LatentAxes:
    """The leading right singular vectors of a matrix.

    Attributes
    ----------
    axes : ndarray of shape (d, r)
        Orthonormal columns; the entry of largest size of each is positive.
    singular_values : ndarray of shape (r,)
        Descending, not negative.
    coordinates : ndarray of shape (n, r)
        The rows of the matrix along the axes, X V.
    """

    axes: Floats
    singular_values: Floats
    coordinates: Floats


def latent_axes(X: Any, n_axes: int, rng: np.random.Generator) -> LatentAxes:
    """Find the leading singular vectors of a sparse matrix by randomised subspace iteration.

    Halko, Martinsson and Tropp (2011), algorithm 4.4: V <- orth(X' X V) from a Gaussian start with ten columns more
    than wanted, then the rotation that makes X V's columns orthogonal. Time O(nnz r + (n + d) r^2) a step, memory
    O((n + d) r).

    Parameters
    ----------
    X : sparse matrix of shape (n, d)
        Compressed sparse rows.
    n_axes : int
        How many; fewer come back where the matrix has no more.
    rng : Generator
        Of the start.

    Returns
    -------
    LatentAxes
        The axes.
    """
    n, d = X.shape
    width = min(n_axes + OVERSAMPLING, n, d)
    transposed = X.T.tocsr()
    basis = _orthonormal(rng.standard_normal((d, width)))
    for _ in range(ITERATIONS):
        basis = _orthonormal(np.asarray(transposed @ np.asarray(X @ basis)))
    image = np.asarray(X @ basis)
    values, rotation = jacobi_eigen(_gram(image))
    kept = min(n_axes, int(np.count_nonzero(values > _NEGLIGIBLE * max(values[0], 0.0))))
    rotation = np.ascontiguousarray(rotation[:, :kept])
    axes = product(basis, rotation)
    places = np.abs(axes).argmax(axis=0)
    signs = np.where(axes[places, np.arange(kept)] < 0, -1.0, 1.0)
    return LatentAxes(axes * signs, np.sqrt(values[:kept]), product(image, rotation) * signs)


def jacobi_eigen(matrix: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues, descending, and eigenvectors (r, r) of a symmetric matrix by Jacobi's rotations.

    Rounds of disjoint pairs, as in a tournament (Brent and Luk 1985): each round is a handful of operations on the
    whole matrix, and their order depends on its size alone.
    """
    size = len(matrix)
    padded = size + size % 2
    work = np.zeros((padded, padded))
    work[:size, :size] = matrix
    vectors = np.eye(padded)
    order = np.arange(padded)
    scale = float(np.abs(work).max(initial=0.0))
    for _ in range(SWEEPS):
        outside = np.abs(work[~np.eye(padded, dtype=bool)]).max(initial=0.0)
        if outside <= 1e-14 * scale:
            break
        for _ in range(padded - 1):
            low, high = order[: padded // 2], order[padded // 2 :][::-1]
            _rotate(work, vectors, low, high)
            order = np.concatenate([order[:1], order[-1:], order[1:-1]])
    values = np.diagonal(work)[:size]
    ranked = np.argsort(-values, kind="stable")
    return np.maximum(values[ranked], 0.0), np.ascontiguousarray(vectors[:size, ranked])


def _rotate(work: Floats, vectors: Floats, p: NDArray[np.intp], q: NDArray[np.intp]) -> None:
    """Make the entries (p, q) of disjoint pairs zero (Golub and Van Loan, section 8.5.2)."""
    off = work[p, q]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        tau = (work[q, q] - work[p, p]) / (2.0 * off)
        tangent = np.where(tau >= 0, 1.0, -1.0) / (np.abs(tau) + np.sqrt(1.0 + tau * tau))
    tangent = np.where((off == 0) | ~np.isfinite(tangent), 0.0, tangent)
    cosine = 1.0 / np.sqrt(1.0 + tangent * tangent)
    sine = tangent * cosine
    for target in (work, work.T, vectors.T):  # rows, then columns, then the columns of the vectors
        upper, lower = target[p].copy(), target[q].copy()
        target[p] = cosine[:, None] * upper - sine[:, None] * lower
        target[q] = sine[:, None] * upper + cosine[:, None] * lower


def _orthonormal(columns: Floats) -> Floats:
    """Return an orthonormal basis (m, r') of the columns; those that others span to rounding are dropped.

    By Cholesky factors of their products, twice: once loses half of the digits (Yamamoto et al. 2015). Columns that
    depend on each other have no such factor, and are taken apart by the eigenvectors of their products.
    """
    for _ in range(2):
        matrix = _gram(columns)
        factor = cholesky(matrix)
        if factor is not None and _is_sound(factor):
            columns = product(columns, np.ascontiguousarray(small_inverse(factor).T))
            continue
        values, rotation = jacobi_eigen(matrix)
        kept = values > _NEGLIGIBLE * values[0]
        columns = product(columns, np.ascontiguousarray(rotation[:, kept] / np.sqrt(values[kept])))
    return columns


def _is_sound(factor: Floats) -> bool:
    """Whether the diagonal says that no column is nearly a combination of others."""
    diagonal = np.diagonal(factor)
    return bool(diagonal.min() > 1e-6 * diagonal.max())


def _gram(columns: Floats) -> Floats:
    """Return Y' Y (r, r), symmetric to the bit."""
    found = product(np.ascontiguousarray(columns.T), columns)
    return (found + found.T) / 2
