"""Rows of numbers, dense or sparse, and the kernels that compute distances between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import Real, Samples, Sparse, check_samples, check_samples_or_sparse, is_sparse
from .._errors import DataError
from .._memory import check_memory
from .._native import core
from ._content import AnyPairs, Indices, Parameters
from ._frames import is_frame, matrix_of_frame

# What the kernels read in compressed rows; the others need every feature of a row.
_SPARSE_METRICS = ("euclidean", "sqeuclidean", "manhattan", "cosine")
# A float32 difference below this squares to less than float32 can hold; then the work is done in float64.
_TINY = {"f": 1e-12, "d": 1e-140}
_DOUBLE = np.dtype(np.float64)
_SQUARING = ("euclidean", "sqeuclidean", "cosine", "correlation")


@dataclass(frozen=True, eq=False)
class Vectors:
    """Items that are rows of numbers: `values` (n, d), float32 or float64."""

    values: Samples

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.values)

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices."""
        return type(self)(np.ascontiguousarray(self.values[indices]))

    def pairs(
        self,
        other: Vectors | SparseVectors | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances; computed in float32 where both collections are, unless asked otherwise."""
        there = other.dense() if isinstance(other, SparseVectors) else other
        theirs = None if there is None else there.values
        kept = np.result_type(self.values, self.values if theirs is None else theirs)
        kept = kept if dtype is None else dtype
        if metric == "haversine":
            y = None if theirs is None else _as(theirs, _DOUBLE)
            pairs = core.haversine_pairs64(_as(self.values, _DOUBLE), y, parameters["radius"])
            return core.cast_pairs32(pairs) if kept == np.float32 else pairs
        y = None if theirs is None else _as(theirs, kept)
        make = core.vector_pairs32 if kept == np.float32 else core.vector_pairs64
        return make(_as(self.values, kept), y, metric, parameters.get("p", 2.0))

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the rows."""
        return {"values": self.values}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        return cls(_stored_rows(arrays["values"]))


@dataclass(frozen=True, eq=False)
class SparseVectors:
    """Items that are rows of a sparse matrix."""

    rows: Sparse

    @property
    def n(self) -> int:
        """How many items there are."""
        return self.rows.shape[0]

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices."""
        return type(self)(take_rows(self.rows, indices))

    def pairs(
        self,
        other: SparseVectors | Vectors | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances, from compressed rows where the metric allows it, else from dense ones."""
        if metric not in _SPARSE_METRICS or isinstance(other, Vectors):
            theirs = other.dense() if isinstance(other, SparseVectors) else other
            return self.dense().pairs(theirs, metric, parameters, dtype)
        mine, theirs = self.rows, None if other is None else other.rows
        kept = np.result_type(mine.values, mine.values if theirs is None else theirs.values)
        kept = kept if dtype is None else dtype
        make = core.sparse_pairs32 if kept == np.float32 else core.sparse_pairs64
        there = (
            (None, None, None)
            if theirs is None
            else (_as(theirs.values, kept), theirs.indptr, theirs.columns)
        )
        values = _as(mine.values, kept)
        return make(values, mine.indptr, mine.columns, metric, *there)

    def dense(self) -> Vectors:
        """The same rows with all their zeros."""
        n, d = self.rows.shape
        check_memory(
            float(n) * d * self.rows.values.itemsize,
            f"A dense copy of {n:,} x {d:,} sparse values, which this metric needs,",
            f"Use one of {', '.join(map(repr, _SPARSE_METRICS))}: they read sparse rows as they are.",
        )
        dense = np.zeros((n, d), dtype=self.rows.values.dtype)
        row = np.repeat(np.arange(n), np.diff(self.rows.indptr))
        dense[row, self.rows.columns] = self.rows.values
        return Vectors(dense)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the three arrays of the compressed rows, and how many features there are."""
        rows = self.rows
        width = np.array([rows.shape[1]], dtype=np.int64)
        return {
            "values": rows.values,
            "indptr": rows.indptr,
            "columns": rows.columns,
            "width": width,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        values, indptr, columns = arrays["values"], arrays["indptr"], arrays["columns"]
        d = int(arrays["width"][0])
        check_compressed(indptr, columns, d)
        if len(values) != len(columns) or not _is_float(values) or not np.isfinite(values).all():
            raise ValueError("a finite value for each column is needed")
        starts = np.ascontiguousarray(indptr, dtype=np.int64)
        named = np.ascontiguousarray(columns, dtype=np.int32)
        return cls(Sparse(np.ascontiguousarray(values), starts, named, (len(indptr) - 1, d)))


def as_vectors(
    X: Any, metric: str, parameters: Parameters, *, name: str, like: Vectors | SparseVectors | None
) -> Vectors | SparseVectors:
    """Check rows of numbers: finite, of one width, and of a size whose distances can be held."""
    if is_sparse(X) and metric != "haversine":
        rows = check_samples_or_sparse(X, name=name)
        assert isinstance(rows, Sparse)
        found: Vectors | SparseVectors = SparseVectors(rows)
        values, d = rows.values, rows.shape[1]
        if metric not in _SPARSE_METRICS:
            found = found.dense()
    else:
        values = matrix_of_frame(X, metric, name) if is_frame(X) else check_samples(X, name=name)
        found, d = Vectors(values), values.shape[1]
    if like is not None and d != _width(like):
        raise DataError(f"{name} must have {_width(like)} features, as the items before; got {d}.")
    if metric == "haversine":
        _check_places(values, name)
    return _in_range(found, values, d, metric, parameters, name)


def _in_range(  # every argument is one fact about the same rows
    found: Vectors | SparseVectors,
    values: Real,
    d: int,
    metric: str,
    parameters: Parameters,
    name: str,
) -> Any:
    """The rows, in float64 where float32 would overflow or lose them; refused where float64 would."""
    if metric == "hamming":  # asks for equality alone
        return found
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    largest = max(-low, high, 0.0)
    power = parameters.get("p", 2.0 if metric in _SQUARING else 1.0)
    squares = metric in _SQUARING or (metric == "minkowski" and power < math.inf)
    decades = (0.0 if math.isinf(power) else power) * math.log10(max(2 * largest, 1e-300))
    most = math.log10(float(np.finfo(values.dtype).max)) - math.log10(max(d, 1)) - 1
    fits = largest == 0 or (
        decades < most
        and (not squares or largest > _TINY[values.dtype.char] ** (2 / max(power, 2)))
    )
    if fits:
        return found
    if values.dtype == np.float32:
        wide: Real = values.astype(np.float64)
        if isinstance(found, Vectors):
            return _in_range(Vectors(wide), wide, d, metric, parameters, name)
        rows = Sparse(wide, found.rows.indptr, found.rows.columns, found.rows.shape)
        return _in_range(SparseVectors(rows), wide, d, metric, parameters, name)
    way = "Divide" if largest > 1 else "Multiply"
    raise DataError(
        f"{name} must hold values whose powers float64 can hold; metric={metric!r} would "
        f"{'overflow' if largest > 1 else 'underflow'} on values of up to {largest:.3g}. "
        f"{way} {name} by a power of ten."
    )


def _check_places(values: Samples, name: str) -> None:
    """Latitude and longitude in radians."""
    if values.shape[1] != 2:
        raise DataError(
            f"metric='haversine' needs two columns, latitude and longitude in radians; "
            f"{name} has {values.shape[1]}."
        )
    beyond = np.flatnonzero(np.abs(values[:, 0]) > np.pi / 2 * (1 + 1e-6))
    if len(beyond):
        row = int(beyond[0])
        raise DataError(
            f"Latitudes must lie between -pi/2 and pi/2; {name} has {values[row, 0]:.6g} at row {row}. "
            "Use numpy.radians for degrees, and the order latitude, longitude."
        )


def take_rows(rows: Sparse, indices: Indices) -> Sparse:
    """Some rows of compressed ones."""
    lengths = np.diff(rows.indptr)[indices]
    indptr = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    shift = np.repeat(rows.indptr[indices] - indptr[:-1], lengths)
    at = np.arange(len(shift)) + shift
    return Sparse(rows.values[at], indptr, rows.columns[at], (len(indices), rows.shape[1]))


def check_compressed(indptr: NDArray[Any], columns: NDArray[Any], width: int) -> None:
    """ValueError where arrays from a file are no compressed rows: the kernels would read outside of them."""
    sound = (
        indptr.ndim == 1
        and len(indptr) > 0
        and columns.ndim == 1
        and indptr[0] == 0
        and indptr[-1] == len(columns)
        and bool((np.diff(indptr) >= 0).all())
        and (not len(columns) or 0 <= int(columns.min()) <= int(columns.max()) < width)
    )
    if not sound:
        raise ValueError("indptr and columns contradict each other")


def _width(items: Vectors | SparseVectors) -> int:
    return items.values.shape[1] if isinstance(items, Vectors) else items.rows.shape[1]


def _as(values: Real, dtype: np.dtype[Any]) -> Any:
    return np.ascontiguousarray(values, dtype=dtype)


def _is_float(values: NDArray[Any]) -> bool:
    return values.dtype.char in "fd"


def _stored_rows(values: NDArray[Any]) -> Samples:
    """Rows from a file, looked at again."""
    if values.ndim != 2 or not _is_float(values):
        raise ValueError("values must be rows of floats")
    if not np.isfinite(values).all():
        raise ValueError("values must be finite")
    return np.ascontiguousarray(values)
