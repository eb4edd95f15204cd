"""Rows as the kernels of the column-independent families read them (native/columns_*.hpp)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...._arrays import Sparse
from ...._memory import check_memory
from .._components.categories import Bernoulli, Categorical
from .._components.component import Component
from .._components.counts import Multinomial, Poisson
from .._components.normals import DiagonalNormal
from .._components.semi_conjugate import SemiConjugateNormal
from .._rows import Rows
from .._special import log_rising

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class NativeBlock:
    """One family's part of a model, in the arguments of the kernels.

    Attributes
    ----------
    kind : str
        The family.
    n : int
        Rows.
    x : ndarray of shape (n, d) or None
        Values less the prior mean; None where rows are lists of cells.
    numbers : list of ndarray of float64
        Hyperparameters and terms of rows, as the family's header says.
    sizes : list of int
        As the family's header says.
    csr : tuple of (indptr, indices, values) or None
        The lists of cells.
    """

    kind: str
    n: int
    x: Floats | None
    numbers: list[Floats]
    sizes: list[int]
    csr: tuple[Integers, NDArray[np.int32], Floats] | None = None


@dataclass(frozen=True, eq=False)
class _Entries:
    """Counts in cells, sorted by row; `cell` is a column where a cell is absent."""

    row: Integers
    cell: Integers
    count: Floats

    def where(self, mask: NDArray[Any]) -> _Entries:
        """Some of them: in their order where a mask says which, else in that of their numbers."""
        return _Entries(self.row[mask], self.cell[mask], self.count[mask])


def native_block(rows: Rows, component: Component) -> NativeBlock:
    """Prepare rows for the kernels of their family; the component's hyperparameters are numbers (`resolve`)."""
    if isinstance(component, DiagonalNormal):
        return _diagonal_normal(rows, component)
    if isinstance(component, SemiConjugateNormal):
        return _semi_conjugate(rows, component)
    if isinstance(component, Multinomial):
        return _multinomial(rows, component)
    if isinstance(component, Categorical):
        return _categorical(rows, component)
    if isinstance(component, Poisson):
        return _poisson(rows, component)
    assert isinstance(component, Bernoulli), component
    return _bernoulli(rows, component)


def _check_lists(entries: int, n: int) -> None:
    """Refuse lists that memory cannot hold: 12 bytes a cell and 56 a row, and as they are sorted five times that."""
    check_memory(
        72 * float(entries) + 56 * float(n),
        f"A list of the {entries} cells of these {n} rows",
        "Use fewer rows or columns.",
    )


def _array(value: Any) -> Floats:
    """A hyperparameter (d,)."""
    return np.ascontiguousarray(value, dtype=np.float64)


def _diagonal_normal(rows: Rows, component: DiagonalNormal) -> NativeBlock:
    """Columns without missing cells and of the commonest shape first: they share a logarithm."""
    x, shape = rows.dense, _array(component.shape)
    complete = ~np.isnan(x).any(axis=0)
    alike = complete.copy()
    if complete.any():
        values, counts = np.unique(shape[complete], return_counts=True)
        alike &= shape == values[np.argmax(counts)]
    order = np.argsort(~alike, kind="stable")
    numbers = [_array(v)[order] for v in (component.kappa, shape, component.rate)]
    centred = np.ascontiguousarray((x - _array(component.mean))[:, order])
    return NativeBlock(component.kind, len(x), centred, numbers, [int(alike.sum())])


def _semi_conjugate(rows: Rows, component: SemiConjugateNormal) -> NativeBlock:
    """Columns without missing cells first."""
    x = rows.dense
    complete = ~np.isnan(x).any(axis=0)
    order = np.argsort(~complete, kind="stable")
    g, h = component.rate_numbers()
    rate = np.ones(len(order)) if component.is_rate_free else _array(component.rate)
    given = (component.variance, component.shape, rate, g, h)
    centred = np.ascontiguousarray((x - _array(component.mean))[:, order])
    numbers = [_array(v)[order] for v in given]
    return NativeBlock(component.kind, len(x), centred, numbers, [int(complete.sum())])


def _multinomial(rows: Rows, component: Multinomial) -> NativeBlock:
    """The row's own term is its multinomial coefficient."""
    n, d = rows.shape
    alpha = _array(component.alpha)
    counts = _counts(rows)
    total = _row_sums(counts, counts.count, n)
    own = _row_sums(counts, log_rising(1.0, counts.count), n)
    numbers = [alpha, np.array([alpha.sum()])]
    return _listed(component.kind, (n, d, d), counts, numbers, log_rising(1.0, total) - own)


def _poisson(rows: Rows, component: Poisson) -> NativeBlock:
    """The row's own term is the product of its 1 / x!."""
    n, d = rows.shape
    counts = _counts(rows)
    own = _row_sums(counts, log_rising(1.0, counts.count), n)
    numbers = [_array(component.shape), _array(component.rate)]
    return _listed(component.kind, (n, d, d), counts, numbers, -own, _absent(rows))


def _bernoulli(rows: Rows, component: Bernoulli) -> NativeBlock:
    """The rarer value of each column is listed, and called 1."""
    x = rows.dense
    n, d = rows.shape
    _check_lists(x.size, n)
    ones, zeros = (x == 1).sum(axis=0), (x == 0).sum(axis=0)
    swapped = ones > zeros
    row, cell = np.nonzero(x == np.where(swapped, 0.0, 1.0))
    a, b = _array(component.a), _array(component.b)
    numbers = [np.where(swapped, b, a), np.where(swapped, a, b)]
    counts = _Entries(row, cell, np.ones(len(row)))
    return _listed(component.kind, (n, d, d), counts, numbers, np.zeros(n), _absent(rows))


def _categorical(rows: Rows, component: Categorical) -> NativeBlock:
    """A cell for each category of each column."""
    x = rows.dense
    n, d = rows.shape
    _check_lists(x.size, n)
    given = cast("Sequence[Floats]", component.alpha)  # of a resolved component
    alphas = [_array(alpha) for alpha in given]
    first = np.concatenate([[0], np.cumsum([len(alpha) for alpha in alphas])]).astype(np.int64)
    row, column = np.nonzero(~np.isnan(x))
    cell = first[column] + x[row, column].astype(np.int64)
    numbers = [np.concatenate([*alphas, np.zeros(0)]), np.array([alpha.sum() for alpha in alphas])]
    counts = _Entries(row, cell, np.ones(len(row)))
    shape = (n, d, int(first[-1]))
    return _listed(component.kind, shape, counts, numbers, np.zeros(n), _absent(rows))


def _counts(rows: Rows) -> _Entries:
    """The cells that hold a count."""
    values = rows.values
    held = values.values if isinstance(values, Sparse) else values
    _check_lists(int(np.count_nonzero(held)), values.shape[0])
    if isinstance(values, Sparse):
        row = np.repeat(np.arange(values.shape[0]), np.diff(values.indptr))
        entries = _Entries(row, values.columns.astype(np.int64), _array(values.values))
        return entries.where(entries.count > 0)
    row, cell = np.nonzero(values > 0)
    return _Entries(row, cell, values[row, cell])


def _absent(rows: Rows) -> _Entries:
    """The cells that are missing."""
    row, column = np.nonzero(np.isnan(rows.dense)) if not rows.is_complete else _NONE
    return _Entries(row, column, np.zeros(len(row)))


def _row_sums(entries: _Entries, values: Floats, n: int) -> Floats:
    """The sum of a value of each entry, by row."""
    return np.bincount(entries.row, values, n).astype(np.float64)


_NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def _listed(
    kind: str,
    shape: tuple[int, int, int],
    counts: _Entries,
    numbers: list[Floats],
    own: Floats,
    absent: _Entries | None = None,
) -> NativeBlock:
    """Lists of cells: in each row those with a count of 1, those with larger counts, the columns that it lacks.

    Larger counts ascend, so that a kernel's loops over them mostly end where the last one did.
    """
    n, d, n_cells = shape
    absent = absent or _Entries(*_NONE, np.zeros(0))
    larger = counts.where(counts.count > 1)
    larger = larger.where(np.lexsort((larger.count, larger.row)))
    kinds = (counts.where(counts.count == 1), larger, absent)
    lengths: list[Integers] = [np.bincount(entries.row, minlength=n) for entries in kinds]
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.sum(lengths, axis=0), out=start[1:])
    indices, values = np.empty(start[-1], np.int32), np.empty(start[-1])
    begins: list[Integers] = []
    begin = start[:-1]
    for entries, length in zip(kinds, lengths, strict=True):
        begins.append(begin)
        rank = np.arange(len(entries.row)) - np.repeat(np.cumsum(length) - length, length)
        at = begin[entries.row] + rank
        indices[at], values[at] = entries.cell, entries.count
        begin = begin + length
    total = _row_sums(counts, counts.count, n)
    padding = [np.zeros(0)] * (4 - len(numbers))
    numbers = [*numbers, *padding, _array(own), _array(total), _array(begins[1]), _array(begins[2])]
    return NativeBlock(
        kind, n, None, numbers, [d, n_cells, int(len(absent.row) > 0)], (start, indices, values)
    )
