"""The contingency table of two partitions: how many items each pair of clusters shares, counted exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import check_weights
from .._errors import DataError, ParameterError
from .._memory import check_memory
from ._moments import Floats
from ._names import name_codes

Counts: TypeAlias = NDArray[np.int64 | np.float64]


@dataclass(frozen=True, eq=False)
class Contingency:
    """The cells of a contingency table that are not empty, row after row.

    Attributes
    ----------
    labels_true : ndarray of shape (r,)
        The names of the clusters of the first partition, ascending: one for each row.
    labels_pred : ndarray of shape (c,)
        Those of the second: one for each column.
    rows : ndarray of shape (m,), int64
        The row of each cell.
    columns : ndarray of shape (m,), int64
        The column of each cell.
    counts : ndarray of shape (m,), int64 or float64
        What the cell holds: how many items, or, where a weight is not a whole number, their weight.
    row_totals : ndarray of shape (r,)
        The sizes of the first partition's clusters.
    column_totals : ndarray of shape (c,)
        The sizes of the second partition's clusters.
    total : int or float
        All items.
    """

    labels_true: NDArray[Any]
    labels_pred: NDArray[Any]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    counts: Counts = field(repr=False)
    row_totals: Counts
    column_totals: Counts
    total: int | float

    @property
    def is_exact(self) -> bool:
        """Whether the cells are whole numbers."""
        return self.counts.dtype == np.int64

    @property
    def table(self) -> Counts:
        """The whole table (r, c), zeros too.

        Raises
        ------
        MemoryPlanError
            Where it does not fit into memory.
        """
        shape = (len(self.labels_true), len(self.labels_pred))
        check_memory(
            8.0 * shape[0] * shape[1],
            f"The contingency table of {shape[0]:,} by {shape[1]:,} clusters",
            "Read its cells from .rows, .columns and .counts.",
        )
        table: Counts = np.zeros(shape, dtype=self.counts.dtype)
        table[self.rows, self.columns] = self.counts
        return table


def contingency(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> Contingency:
    """Count the items that each pair of clusters of two partitions shares.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item, integers, strings, booleans, dates or anything else that can be compared
        for being equal.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative; the weight 2 counts an item twice. None counts every item once.

    Returns
    -------
    Contingency
        The cells that are not empty; `.table` is the whole.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items.
    DataError
        Where a label is missing, or no item has a positive weight.

    Notes
    -----
    n_ij is the number (or the weight) of the items in cluster i of the first and j of the second partition. Counts are
    64-bit integers, as long as no weight has a fraction. Time O(n) for integers that are not much larger than n, and
    O(n log n) otherwise; memory O(n). Items of weight 0 are left out, and clusters that have no others.

    Examples
    --------
    >>> from ganglion.criteria import contingency
    >>> found = contingency(["a", "a", "b", "b", "b"], [1, 1, 1, 0, 0])
    >>> found.table.tolist(), found.labels_true.tolist(), found.labels_pred.tolist()
    ([[0, 2], [2, 1]], ['a', 'b'], [0, 1])
    """
    first, true_names = name_codes(labels_true, "labels_true")
    second, pred_names = name_codes(labels_pred, "labels_pred")
    if len(first) != len(second):
        raise ParameterError(
            "labels_true and labels_pred must name the clusters of the same items; got "
            f"{len(first)} and {len(second)} labels."
        )
    weight = check_weights(sample_weight, len(first))
    r, c = len(true_names), len(pred_names)
    keys, counts = _counted(first * c + second, r * c, weight)
    found = from_cells(keys // c, keys % c, counts, (r, c))
    return _named(found, true_names, pred_names)


def from_cells(
    rows: NDArray[np.int64], columns: NDArray[np.int64], counts: Counts, shape: tuple[int, int]
) -> Contingency:
    """Make a contingency table of known cells.

    Parameters
    ----------
    rows : ndarray of shape (m,)
        The row of each cell.
    columns : ndarray of shape (m,)
        The column of each cell; no pair of them twice.
    counts : ndarray of shape (m,), int64 or float64
        What the cells hold, above 0.
    shape : tuple of int
        How many rows and columns there are.

    Returns
    -------
    Contingency
        Whose clusters are called 0, 1, ...
    """
    row_totals: Counts = np.zeros(shape[0], dtype=counts.dtype)
    column_totals: Counts = np.zeros(shape[1], dtype=counts.dtype)
    np.add.at(row_totals, rows, counts)
    np.add.at(column_totals, columns, counts)
    total = counts.sum().item()
    names = np.arange(shape[0]), np.arange(shape[1])
    return Contingency(*names, rows, columns, counts, row_totals, column_totals, total)


def _counted(
    keys: NDArray[np.int64], n_cells: int, weight: Floats | None
) -> tuple[NDArray[np.int64], Counts]:
    """The cells that are not empty, ascending, and what they hold."""
    if n_cells > 4 * len(keys) + 2**16:
        there, keys = np.unique(keys, return_inverse=True)
        keys = keys.reshape(-1)
    else:
        there = np.arange(n_cells, dtype=np.int64)
    if weight is None:
        counts: Counts = np.bincount(keys, minlength=len(there)).astype(np.int64)
    else:
        counts = _weighed(keys, len(there), weight)
    full = np.flatnonzero(counts)
    return there[full], counts[full]


def _weighed(keys: NDArray[np.int64], n_cells: int, weight: Floats) -> Counts:
    """Sums of the weights of each cell, as integers where all weights are whole and their sum is exact."""
    whole = bool(np.all(weight == np.floor(weight)))
    with np.errstate(over="ignore"):
        total = float(weight.sum())
    if not np.isfinite(total):
        raise DataError("sample_weight must have a finite sum; divide it by a power of ten.")
    summed = np.bincount(keys, weights=weight, minlength=n_cells)
    if whole and total < 2.0**53:
        return summed.astype(np.int64)
    return summed.astype(np.float64)


def _named(found: Contingency, true_names: NDArray[Any], pred_names: NDArray[Any]) -> Contingency:
    """The table with names, without clusters that only items of weight 0 are in."""
    kept = found.row_totals > 0, found.column_totals > 0
    new = [np.cumsum(each) - 1 for each in kept]
    return Contingency(
        true_names[kept[0]],
        pred_names[kept[1]],
        new[0][found.rows],
        new[1][found.columns],
        found.counts,
        found.row_totals[kept[0]],
        found.column_totals[kept[1]],
        found.total,
    )
