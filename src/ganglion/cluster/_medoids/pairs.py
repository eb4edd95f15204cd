"""Distances as the search for medoids asks for them: whole rows, sums of rows, or a matrix where it fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Real, Weights
from ..._native import core
from ...distances import Items

Indices = NDArray[np.int64]

MATRIX_BYTES = 2.0**30
"""A matrix of at most this size is made where it is not given: rows are read from it many times."""

_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class MedoidPairs:
    """Distances within one collection of n items, and what each item counts."""

    items: Items
    pairs: Any
    weights: Weights | None

    @property
    def n(self) -> int:
        """How many items there are."""
        return self.pairs.n

    @property
    def dtype(self) -> np.dtype[Any]:
        """What distances are held in."""
        return np.dtype(np.float32 if self._suffix == "32" else np.float64)

    @property
    def _suffix(self) -> str:
        return "32" if isinstance(self.pairs, core.Pairs32) else "64"

    @property
    def total_weight(self) -> float:
        """What all items count together."""
        return float(self.n) if self.weights is None else float(np.sum(self.weights))

    @property
    def candidates(self) -> Indices:
        """The items that may be medoids: those that count."""
        return np.arange(self.n) if self.weights is None else np.flatnonzero(self.weights > 0)

    @property
    def is_matrix(self) -> bool:
        """Whether the distances stand in memory."""
        return self.pairs.in_memory

    def kernel(self, name: str) -> Any:
        """The kernel of that name for this dtype."""
        return getattr(core, name + self._suffix)

    def rows(self, indices: NDArray[Any]) -> Real:
        """Distances (len(indices), n) from some items to all."""
        out = np.empty((len(indices), self.n), dtype=self.dtype)
        self.kernel("medoid_rows")(self.pairs, np.ascontiguousarray(indices, dtype=np.int64), out)
        return out

    def row(self, index: int) -> Real:
        """Distances (n,) from one item to all."""
        return self.rows(np.array([index]))[0]

    def gains(self, nearest: Real | None, begin: int, end: int) -> NDArray[np.float64]:
        """What each item of [begin, end) would change as one more medoid; without any yet, its sum of distances."""
        out = np.empty(end - begin)
        self.kernel("medoid_gains")(self.pairs, nearest, self.weights, begin, end, out)
        return out

    def weighted_sum(self, values: NDArray[Any]) -> float:
        """Sum of w_i values_i in float64."""
        values = values.astype(np.float64, copy=False)
        return float(np.sum(values if self.weights is None else values * self.weights))

    def as_matrix(self) -> MedoidPairs:
        """The same distances, computed once."""
        if self.is_matrix:
            return self
        matrix = np.empty((self.n, self.n), dtype=self.dtype)
        for begin in range(0, self.n, _ROWS_AT_ONCE):
            core.fill_square(self.pairs, matrix, begin, min(self.n, begin + _ROWS_AT_ONCE))
        kind: Any = core.Pairs32 if self._suffix == "32" else core.Pairs64
        square = kind.square(matrix, symmetric=True)
        return MedoidPairs(self.items, square, self.weights)

    def part(self, indices: NDArray[Any]) -> MedoidPairs:
        """The distances among some of the items."""
        items = self.items.take(indices)
        weights = None if self.weights is None else np.ascontiguousarray(self.weights[indices])
        return MedoidPairs(items, items.pairs(dtype=self.dtype), weights)
