"""Distances by a function of the caller's: Python code, asked once a pair, or a compiled one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from numbers import Real as RealNumber
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from .._arrays import Samples, check_samples, is_sparse
from .._errors import DataError, ParameterError
from .._memory import check_memory
from ._content import AnyPairs, Indices, Parameters
from ._matrix import square_pairs

Told = Callable[[int], Any]
"""Called with the number of rows that are done; a true answer stops."""

_PAIRS_A_STEP = 2**16  # between two reports of progress: about a tenth of a second
# How many pairs are asked the other way round as well: a function that is not symmetric shows at once, as a rule.
_MIRRORED = 32
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Objects:
    """Items of any kind and the function that knows their distances."""

    items: Any
    function: Callable[..., Any]

    @property
    def n(self) -> int:
        """How many items there are."""
        return len(self.items)

    @property
    def values(self) -> Samples | None:
        """The rows, where the items are rows of numbers."""
        items: Any = self.items
        return cast("Samples", items) if isinstance(items, np.ndarray) else None

    def take(self, indices: Indices) -> Self:
        """Return the items of these indices."""
        if self.values is not None:
            return type(self)(self.values[indices], self.function)
        return type(self)([self.items[int(at)] for at in indices], self.function)

    def pairs(
        self,
        other: Objects | None,
        metric: str,
        parameters: Parameters,
        dtype: np.dtype[Any] | None,
    ) -> AnyPairs:
        """Ask the function once for each pair and keep the answers in a matrix."""
        kept = np.dtype(np.float64) if dtype is None else dtype
        m = self.n if other is None else other.n
        check_memory(
            float(self.n) * m * kept.itemsize,
            f"The matrix of {self.n:,} x {m:,} distances of a Python function",
            "Pass fewer items, or a metric by name: its distances need not be kept.",
        )
        out = np.empty((self.n, m), dtype=kept)
        self.fill(out, other, parameters, None)
        return square_pairs(out, symmetric=other is None)

    def fill(
        self,
        out: NDArray[Any],
        other: Objects | None,
        parameters: Parameters,
        told: Told | None,
    ) -> None:
        """Write all answers to `out`: (n, m), or condensed for one collection; NaN where `told` said to stop."""
        at, pairs_told = 0, 0
        out[...] = np.nan
        for i in range(self.n):
            row = self._row(i, other, parameters, out.dtype)
            if out.ndim == 1:
                out[at : at + len(row)] = row
            else:
                out[i, -len(row) or out.shape[1] :] = row
            at += len(row)
            pairs_told += len(row)
            if told is not None and pairs_told >= _PAIRS_A_STEP:
                pairs_told = 0
                if told(i + 1):
                    break
        if other is None:
            self._refuse_distant_selves(out, parameters)
            if out.ndim == 2:
                _mirror(out)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Refuse: nothing in a model file may name code."""
        raise ParameterError(
            "A model whose metric is a function cannot be saved: files hold no code. "
            "Use a metric by name, or metric='precomputed'."
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """There is no such file."""
        raise ValueError("no file holds a function")

    def _row(
        self, i: int, other: Objects | None, parameters: Parameters, dtype: np.dtype[Any]
    ) -> NDArray[Any]:
        """The answers for item i and those behind it, a few asked both ways; or for item i and all of `other`."""
        x = self.items[i]
        if other is not None:
            found = [self._ask(x, y, i, j, parameters) for j, y in enumerate(other.items)]
            return np.array(found, dtype=dtype)
        row = np.empty(self.n - i - 1, dtype=dtype)
        step = max(1, self.n * (self.n - 1) // 2 // _MIRRORED)
        before = i * self.n - i * (i + 1) // 2
        for j in range(i + 1, self.n):
            there = self._ask(x, self.items[j], i, j, parameters)
            row[j - i - 1] = there
            if (before + j - i - 1) % step == 0:
                back = self._ask(self.items[j], x, j, i, parameters)
                self._refuse_asymmetric(there, back, i, j)
        return row

    def _refuse_distant_selves(self, out: NDArray[Any], parameters: Parameters) -> None:
        """The first and the last item are at distance 0 from themselves, up to rounding."""
        largest = float(np.nanmax(out, initial=0.0)) if out.size else 0.0
        for i in {0, self.n - 1} if self.n else ():
            itself = self._ask(self.items[i], self.items[i], i, i, parameters)
            if itself > 1e-9 * largest:
                raise DataError(
                    f"A distance must be 0 from an item to itself; the function gave {itself:.6g} for item {i}. "
                    "If it is a similarity, turn it round, for example as 1 - similarity."
                )

    def _refuse_asymmetric(self, there: float, back: float, i: int, j: int) -> None:
        if abs(there - back) > 1e-9 * max(there, back):
            raise DataError(
                f"A distance must be symmetric; the function gave {there:.6g} for items ({i}, {j}) and {back:.6g} "
                f"for ({j}, {i}). Pass lambda x, y: (f(x, y) + f(y, x)) / 2 if the mean is what you mean."
            )

    def _ask(self, x: Any, y: Any, i: int, j: int, parameters: Parameters) -> float:
        answer: Any = self.function(x, y, **parameters)
        if not _is_one_number(answer):
            raise DataError(
                f"A distance must be one number; the function gave {answer!r} for items ({i}, {j})."
            )
        try:
            value = float(answer)
        except OverflowError:
            value = np.inf
        if not 0 <= value < np.inf:
            raise DataError(
                f"A distance must be finite and not negative; the function gave {value:.6g} for items ({i}, {j})."
            )
        return value


def _mirror(out: NDArray[Any]) -> None:
    """Copy the upper triangle below the diagonal, block by block, and write the zeros between."""
    n = len(out)
    for start in range(0, n, _BLOCK):
        rows = slice(start, min(start + _BLOCK, n))
        for left in range(0, start, _BLOCK):
            columns = slice(left, left + _BLOCK)
            out[rows, columns] = out[columns, rows].T
        corner = np.triu(out[rows, rows], 1)
        out[rows, rows] = corner + corner.T


def as_objects(X: Any, function: Callable[..., Any], *, name: str) -> Objects:
    """Take numbers as rows of an array, and anything else as it is, one item for each entry."""
    if is_sparse(X) or hasattr(X, "columns"):
        return Objects(_read_only(X, name), function)
    if _is_matrix_of_numbers(X):
        return Objects(_read_only(X, name), function)
    if _is_no_list(X):
        raise DataError(
            f"{name} must be a list or an array of items; got {type(X).__name__}. Put the items in a list."
        )
    items = list(X)
    rows = items and all(_is_row(item) and len(item) == len(items[0]) for item in items)
    return Objects(_read_only(items, name) if rows else items, function)


def _read_only(X: Any, name: str) -> Samples:
    """Rows that a function may not write to: they can be the caller's own."""
    values = check_samples(X, name=name).view()
    values.flags.writeable = False
    return values


def _is_matrix_of_numbers(X: Any) -> bool:
    return getattr(X, "ndim", 0) == 2 and getattr(getattr(X, "dtype", None), "kind", "O") in "fiub"


def _is_row(item: Any) -> bool:
    """Whether an item is a list, tuple or array of numbers."""
    listed = isinstance(item, list | tuple | np.ndarray) and len(item) > 0  # pyright: ignore[reportUnknownArgumentType]
    return listed and all(isinstance(cell, RealNumber) for cell in cast("Iterable[Any]", item))


def _is_no_list(X: Any) -> bool:
    return isinstance(X, str | bytes | dict | set) or not (
        hasattr(X, "__len__") and hasattr(X, "__getitem__")
    )


def _is_one_number(answer: Any) -> bool:
    """Whether it is a number, or an array of none dimensions."""
    return isinstance(answer, RealNumber) or getattr(answer, "ndim", 1) == 0
