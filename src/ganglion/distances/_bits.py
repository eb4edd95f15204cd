"""Rows of 0 and 1, packed into words of 64 features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._arrays import Sparse, check_samples, check_samples_or_sparse, is_sparse
from .._errors import DataError
from .._native import core
from ._content import AnyPairs, Indices, Parameters
from ._frames import is_frame, matrix_of_frame
from ._vectors import check_compressed, take_rows

_SAMPLE_ROWS = 4096


@dataclass(frozen=True, eq=False)
class Bits:
    """Items that are rows of 0 and 1: `words` (n, w) uint64, the unused bits 0, and how many features there are."""

    words: NDArray[np.uint64]
    n_features: int

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.words)

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices."""
        return type(self)(np.ascontiguousarray(self.words[indices]), self.n_features)

    def pairs(
        self,
        other: Bits | SparseBits | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances, float64 unless asked otherwise."""
        theirs = other.packed() if isinstance(other, SparseBits) else other
        make = core.word_pairs32 if dtype == np.float32 else core.word_pairs64
        return make(self.words, None if theirs is None else theirs.words, metric, self.n_features)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the words and the number of features."""
        return {"words": self.words, "width": np.array([self.n_features], dtype=np.int64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        words, n_features = arrays["words"].astype(np.uint64), int(arrays["width"][0])
        if words.ndim != 2 or words.shape[1] != -(-n_features // 64):
            raise ValueError("words must hold a bit for each feature")
        return cls(np.ascontiguousarray(words), n_features)


@dataclass(frozen=True, eq=False)
class SparseBits:
    """Items that are rows of a sparse matrix of 0 and 1: which columns hold a 1."""

    rows: Sparse

    @property
    def n(self) -> int:
        """How many items there are."""
        return self.rows.shape[0]

    @property
    def n_features(self) -> int:
        """How many columns there are."""
        return self.rows.shape[1]

    def take(self, indices: Indices) -> Self:
        """Return the rows of these indices."""
        return type(self)(take_rows(self.rows, indices))

    def pairs(
        self,
        other: SparseBits | Bits | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Return the distances between the rows as sets of columns, float64 unless asked otherwise."""
        if isinstance(other, Bits) or metric == "hamming":
            return self.packed().pairs(other, metric, parameters, dtype)
        make = core.set_pairs32 if dtype == np.float32 else core.set_pairs64
        theirs = (None, None) if other is None else (other.rows.columns, other.rows.indptr)
        return make(self.rows.columns, self.rows.indptr, *theirs, self.n_features, metric)

    def packed(self) -> Bits:
        """The same rows as words."""
        n, d = self.rows.shape
        words = np.zeros((n, -(-d // 64)), dtype=np.uint64)
        row = np.repeat(np.arange(n), np.diff(self.rows.indptr))
        column = self.rows.columns
        bit = np.left_shift(np.uint64(1), (column % 64).astype(np.uint64))
        np.bitwise_or.at(words, (row, column // 64), bit)
        return Bits(words, d)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return which columns hold a 1, row by row."""
        width = np.array([self.n_features], dtype=np.int64)
        return {"indptr": self.rows.indptr, "columns": self.rows.columns, "width": width}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Make the rows again."""
        indptr, columns = arrays["indptr"], arrays["columns"].astype(np.int32)
        d = int(arrays["width"][0])
        check_compressed(indptr, columns, d)
        ones = np.ones(len(columns))
        return cls(Sparse(ones, indptr.astype(np.int64), columns, (len(indptr) - 1, d)))


def as_bits(X: Any, metric: str, *, name: str, like: Bits | SparseBits | None) -> Bits | SparseBits:
    """Check rows of 0 and 1."""
    if is_sparse(X):
        rows = check_samples_or_sparse(X, name=name)
        assert isinstance(rows, Sparse)
        _refuse_other_values(rows.values[None], metric, name)
        found: Bits | SparseBits = SparseBits(_without_zeros(rows))
    else:
        values = _dense(X, metric, name)
        found = Bits(_packed(values), values.shape[1])
    if like is not None and found.n_features != like.n_features:
        raise DataError(
            f"{name} must have {like.n_features} features, as the items before; got {found.n_features}."
        )
    return found


def _lengths(X: Any) -> set[int]:
    """How long the rows of a list are; nothing for an array."""
    rows: Any = X
    return {len(row) for row in rows} if isinstance(X, list | tuple) else set()


def _dense(X: Any, metric: str, name: str) -> NDArray[Any]:
    """Rows of booleans as they are, rows of numbers if they are 0 and 1."""
    if getattr(getattr(X, "dtype", None), "kind", "O") == "b" and getattr(X, "ndim", 0) == 2:
        return np.asarray(X)
    if is_frame(X):
        values = matrix_of_frame(X, metric, name)
    else:
        lengths = _lengths(X)
        if len(lengths) > 1:
            raise DataError(
                f"metric={metric!r} is between sets, or rows of 0 and 1 that are all equally long; the rows of {name} "
                f"have from {min(lengths)} to {max(lengths)} entries. If each row lists the elements of a set, "
                f"pass [set(row) for row in {name}]."
            )
        values = check_samples(X, name=name)
    _refuse_other_values(values, metric, name)
    return values


def _refuse_other_values(values: NDArray[Any], metric: str, name: str) -> None:
    """Numbers that are neither 0 nor 1 are most often the elements of sets, which another form can say."""
    for start in range(0, len(values), _SAMPLE_ROWS):
        block = values[start : start + _SAMPLE_ROWS]
        other = (block != 0) & (block != 1)
        if other.any():
            row, column = (int(at) for at in np.argwhere(other)[0])
            raise DataError(
                f"metric={metric!r} is between sets, or rows of 0 and 1 (or booleans); {name} holds "
                f"{float(block[row, column]):.6g} at row {start + row}, column {column}. If each row lists the "
                f"elements of a set, pass [set(row) for row in {name}]; if all but 0 means 'present', pass {name} != 0."
            )


def _without_zeros(rows: Sparse) -> Sparse:
    """Compressed rows without the zeros that somebody stored."""
    kept = rows.values != 0
    if kept.all():
        return rows
    indptr = np.concatenate(([0], np.cumsum(kept)))[rows.indptr].astype(np.int64)
    return Sparse(rows.values[kept], indptr, rows.columns[kept], rows.shape)


def _packed(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Rows of 0 and 1 as words, the first feature in the lowest bit."""
    n, d = values.shape
    width = -(-d // 64)
    octets = np.zeros((n, 8 * width), dtype=np.uint8)
    octets[:, : -(-d // 8)] = np.packbits(values != 0, axis=1, bitorder="little")
    return octets.view("<u8").astype(np.uint64, copy=False)
