"""Products and factors of matrices whose bits do not depend on threads; a BLAS promises nothing of the kind."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from ..layers import Dense
from .program import Program

Matrix = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]

BLOCK = 64  # columns that are factored one by one; the rest of the work is products


@final
class Product:
    """a b for a (n, k) and b (k, m) of one dtype, summed over k in order; it is a layer without bias, made once.

    It is written to by each call, and so belongs to one thread.
    """

    def __init__(self, k: int, m: int, dtype: npt.DTypeLike) -> None:
        self._program = Program([Dense(k, m, bias=False)], "squared", dtype)

    def __call__(self, a: Matrix, b: Matrix) -> Matrix:
        self._program.write({"W1": np.ascontiguousarray(b)})
        return self._program.predict(np.ascontiguousarray(a))


def product(a: Matrix, b: Matrix) -> Matrix:
    """Return a b for a (n, k) and b (k, m) of one dtype."""
    return Product(b.shape[0], b.shape[1], a.dtype)(a, b)


def cholesky(a: Matrix) -> Matrix | None:
    """Return the lower L with L L' = a for a symmetric float64 matrix (n, n), None where a is not positive definite."""
    rest, n = a.copy(), len(a)
    factor = np.zeros_like(rest)
    for begin in range(0, n, BLOCK):
        end = min(begin + BLOCK, n)
        corner = _small_factor(rest[begin:end, begin:end])
        if corner is None:
            return None
        factor[begin:end, begin:end] = corner
        if end < n:
            panel = product(rest[end:, begin:end], small_inverse(corner).T)
            factor[end:, begin:end] = panel
            rest[end:, end:] -= product(panel, panel.T)
    return factor


def solve(factor: Matrix, b: Vector) -> Vector:
    """Return x with L L' x = b for a lower L (n, n)."""
    y = np.empty_like(b)
    for i, row in enumerate(factor):
        y[i] = (b[i] - np.add.reduce(row[:i] * y[:i])) / row[i]
    x = np.empty_like(b)
    for i in range(len(b) - 1, -1, -1):
        x[i] = (y[i] - np.add.reduce(factor[i + 1 :, i] * x[i + 1 :])) / factor[i, i]
    return x


def _small_factor(a: Matrix) -> Matrix | None:
    """Return the lower factor of a small matrix, column by column."""
    factor = np.zeros_like(a)
    for i in range(len(a)):
        left = a[i:, i] - np.add.reduce(factor[i:, :i] * factor[i, :i], axis=1)
        if not left[0] > 0:
            return None
        factor[i:, i] = left / np.sqrt(left[0])
    return factor


def small_inverse(lower: Matrix) -> Matrix:
    """Return the inverse of a small lower matrix, row by row."""
    inverse = np.zeros_like(lower)
    for i in range(len(lower)):
        row = -np.add.reduce(lower[i, :i, np.newaxis] * inverse[:i], axis=0)
        row[i] += 1.0
        inverse[i] = row / lower[i, i]
    return inverse
