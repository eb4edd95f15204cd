"""Distances that the caller has computed: a square matrix, its upper triangle, or rows against fitted items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real
from .._errors import DataError
from .._memory import check_memory
from .._native import core
from ._content import AnyPairs, Indices, Parameters

# Rounding of whoever computed the matrix: what two ways of adding up the same sum differ by, with room.
_ROUNDING = {"f": 1e-5, "d": 1e-9}
_BLOCK_VALUES = 2**20


@dataclass(frozen=True, eq=False)
class Matrix:
    """Items of which the distances are known, and nothing else.

    `values` is (n_base, n_base), or the condensed triangle of it, or None where the items came from a model file.
    `indices` says which of the base's items these are; None for all.
    """

    values: Real | None
    n_base: int
    indices: Indices | None = None

    @property
    def n(self) -> int:
        """How many items there are."""
        return self.n_base if self.indices is None else len(self.indices)

    def take(self, indices: Indices) -> Self:
        """Return the items of these indices, without a copy of the distances."""
        mine = indices if self.indices is None else self.indices[indices]
        return type(self)(self.values, self.n_base, mine)

    def pairs(
        self,
        other: Matrix | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances from each item to each of `other`, two parts of one matrix."""
        if self.values is None:
            raise DataError(
                "The distances between items of a loaded model are not stored; pass the matrix of distances "
                "from the new items to the fitted ones."
            )
        if other is not None and other.values is not self.values:
            raise DataError(
                "metric='precomputed' knows the distances within one matrix; these items are of two. "
                "Pass one matrix that holds all of them."
            )
        if other is None and self.indices is None:
            values = self.values if dtype is None else self.values.astype(dtype, copy=False)
            if values.ndim == 1:
                return _condensed(values, self.n_base)
            return square_pairs(values, symmetric=True)
        rows = self._all(self.indices)
        columns = rows if other is None else self._all(other.indices)
        block = self._block(rows, columns, dtype)
        return square_pairs(block, symmetric=other is None)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return which items these are; the distances themselves are not stored."""
        return {
            "n_base": np.array([self.n_base], dtype=np.int64),
            "indices": self._all(self.indices).astype(np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make items without distances between them: new rows can be matched to them."""
        indices = arrays["indices"].astype(np.intp)
        n_base = int(arrays["n_base"][0])
        if len(indices) and not 0 <= indices.min() <= indices.max() < n_base:
            raise ValueError("indices must lie in [0, n_base)")
        return cls(None, n_base, indices)

    def _all(self, indices: Indices | None) -> Indices:
        return np.arange(self.n_base, dtype=np.intp) if indices is None else indices

    def _block(self, rows: Indices, columns: Indices, dtype: np.dtype[Any] | None) -> Real:
        assert self.values is not None
        kept = self.values.dtype if dtype is None else dtype
        check_memory(
            float(len(rows)) * len(columns) * kept.itemsize,
            f"Taking {len(rows):,} x {len(columns):,} distances out of the matrix",
            "Take fewer items, or pass the matrix of these items alone.",
        )
        if self.values.ndim == 2:
            return self.values[np.ix_(rows, columns)].astype(kept, copy=False)
        i, j = np.minimum(rows[:, None], columns), np.maximum(rows[:, None], columns)
        at = np.where(i == j, 0, condensed_index(self.n_base, i, j))
        block = np.where(i == j, 0, self.values[at] if len(self.values) else 0)
        return np.ascontiguousarray(block, dtype=kept)


@dataclass(frozen=True, eq=False)
class Rows:
    """New items of which the distances to all items of a base are known: `values` (n, n_base)."""

    values: Real

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.values)

    def take(self, indices: Indices) -> Self:
        """Return the items of these indices."""
        return type(self)(self.values[indices])

    def pairs(
        self,
        other: Matrix | Rows | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances to items of the base."""
        if not isinstance(other, Matrix):
            raise DataError(
                "These rows hold distances to the fitted items, and nothing about distances to each other. "
                "Pass a square matrix of distances between them."
            )
        values = self.values if other.indices is None else self.values[:, other.indices]
        return square_pairs(
            np.ascontiguousarray(values, dtype=values.dtype if dtype is None else dtype),
            symmetric=False,
        )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the distances."""
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        return cls(arrays["values"])


def condensed_index(n: int, i: Any, j: Any) -> Any:
    """Where d(i, j), i < j, stands in the condensed form of n items."""
    return i * n - i * (i + 1) // 2 + j - i - 1


def square_pairs(values: Real, *, symmetric: bool) -> AnyPairs:
    """A full matrix as pairs."""
    values = np.ascontiguousarray(values)
    if values.dtype == np.float32:
        return core.Pairs32.square(values, symmetric)  # pyright: ignore[reportArgumentType]
    return core.Pairs64.square(values, symmetric)  # pyright: ignore[reportArgumentType]


def _condensed(values: Real, n: int) -> AnyPairs:
    if values.dtype == np.float32:
        return core.Pairs32.condensed(values, n)  # pyright: ignore[reportArgumentType]
    return core.Pairs64.condensed(values, n)  # pyright: ignore[reportArgumentType]


def as_matrix(values: Real, *, name: str) -> Matrix:
    """Check a matrix of distances, (n, n) or condensed, and return its items."""
    if values.ndim == 1:
        _refuse_bad_values(values[None], name, condensed=True)
        return Matrix(values, n_of_condensed(len(values), name))
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise DataError(
            f"metric='precomputed' needs a square matrix of distances; {name} has shape {values.shape}. "
            "Pass the distances of all items to all items, or leave metric out for vectors."
        )
    if _holds_distances(values):
        return Matrix(values, len(values))
    _refuse_bad_values(values, name)
    allowed = _ROUNDING[values.dtype.char] * _largest(values)
    _refuse_diagonal(values, allowed, name)
    if not _is_symmetric(values, allowed, name):
        values = _mirrored(values)
    return Matrix(values, len(values))


def _holds_distances(values: Real) -> bool:
    """Whether nothing has to be said about the matrix; the search for what is wrong takes several times as long."""
    if not values.flags.c_contiguous:
        return False
    if values.dtype == np.float32:
        return core.holds_distances32(values)  # pyright: ignore[reportArgumentType]
    return core.holds_distances64(values)  # pyright: ignore[reportArgumentType]


def as_rows(values: Real, fitted: Matrix, *, name: str) -> Rows:
    """Check distances from new items to all items of the fitted matrix."""
    if values.ndim != 2 or values.shape[1] != fitted.n_base:
        raise DataError(
            f"{name} must hold the distances to the {fitted.n_base} fitted items, one column for each; "
            f"got shape {values.shape}."
        )
    _refuse_bad_values(values, name)
    return Rows(values)


def n_of_condensed(length: int, name: str) -> int:
    """How many items have this many pairs."""
    n = round((1 + (1 + 8 * length) ** 0.5) / 2)
    if n * (n - 1) // 2 != length:
        raise DataError(
            f"Condensed distances of n items are n (n - 1) / 2 numbers; {name} has {length}, which fits no n. "
            "Pass the upper triangle row by row, without the diagonal."
        )
    return n


def _blocks(n: int, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK_VALUES // max(1, width))
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def _largest(values: Real) -> float:
    return max((float(values[rows].max(initial=0.0)) for rows in _blocks(*values.shape)), default=0)


def _refuse_bad_values(values: Real, name: str, *, condensed: bool = False) -> None:
    """No NaN, no infinity, nothing negative."""
    for rows in _blocks(*values.shape):
        block = values[rows]
        bad = ~((block >= 0) & (block < np.inf))
        if not bad.any():
            continue
        i, j = (int(at) for at in np.argwhere(bad)[0])
        value = float(block[i, j])
        what = "not be NaN" if np.isnan(value) else "not be negative" if value < 0 else "be finite"
        place = f"{name}[{j}]" if condensed else f"{name}[{rows.start + i}, {j}]"
        advice = (
            "Distances that are similarities must be turned round, for example as 1 - similarity."
            if value < 0
            else "Fill it in, or leave the item out."
        )
        raise DataError(f"Distances must {what}; {place} is {value:.6g}. {advice}")


def _refuse_diagonal(values: Real, allowed: float, name: str) -> None:
    diagonal = np.abs(np.diagonal(values))
    if not len(diagonal) or diagonal.max() <= allowed:
        return
    i = int(np.flatnonzero(diagonal > allowed)[0])
    raise DataError(
        f"An item must be at distance 0 from itself; {name}[{i}, {i}] is {float(values[i, i]):.6g}. "
        "If these are similarities, turn them round, for example as 1 - similarity; "
        "if the diagonal means nothing, set it to 0."
    )


def _is_symmetric(values: Real, allowed: float, name: str) -> bool:
    """Whether the matrix is symmetric to the bit with a diagonal of zeros; refuse it where it is not nearly so."""
    exact = not np.diagonal(values).any()
    for rows in _blocks(*values.shape):
        here, there = values[rows], values[:, rows].T
        if np.array_equal(here, there):
            continue
        exact = False
        bad = np.abs(here.astype(np.float64) - there) > allowed
        if bad.any():
            i, j = (int(at) for at in np.argwhere(bad)[0])
            i += rows.start
            raise DataError(
                f"Distances must be symmetric; {name}[{i}, {j}] is {float(values[i, j]):.6g} and "
                f"{name}[{j}, {i}] is {float(values[j, i]):.6g}. Pass (D + D.T) / 2 if their mean is what you mean."
            )
    return exact


def _mirrored(values: Real) -> Real:
    """The upper triangle on both sides: what differs by rounding becomes equal to the bit."""
    check_memory(
        values.nbytes,
        "Making the matrix of distances symmetric to the last bit",
        "Pass the condensed upper triangle, or a matrix that is symmetric to the bit.",
    )
    mirrored = values.copy()
    for rows in _blocks(*values.shape):
        for i in range(rows.start, rows.stop):
            mirrored[i, :i] = values[:i, i]
            mirrored[i, i] = 0
    return mirrored
