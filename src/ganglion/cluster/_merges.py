"""The gate for tables of merges: what is a tree passes, what is not is an error that names the row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import DataError

Merges = NDArray[np.float64]
"""(n - 1, 4): two nodes, height, leaves below. Nodes below n are leaves, n + i is what row i makes."""


def check_merges(merges: ArrayLike) -> Merges:
    """A read-only copy of a table of merges (n - 1, 4), the lower node of each row first."""
    table = _as_table(merges)
    count = len(table)
    n = count + 1
    children = table[:, :2]
    _refuse(table, ~np.isfinite(table).all(axis=1), "must hold finite numbers")
    _refuse(table, (children != np.floor(children)).any(axis=1), "must name nodes by whole numbers")
    _refuse(table, (children < 0).any(axis=1), "must name nodes from 0")
    limit = n + np.arange(count)
    late = (children >= limit[:, None]).any(axis=1)
    _refuse(table, late, "must name leaves, or nodes that an earlier row made")
    # A node used twice: the second row that uses it is the wrong one.
    nodes = children.astype(np.int64).ravel()
    twice = np.ones(2 * count, dtype=np.bool_)
    twice[np.unique(nodes, return_index=True)[1]] = False
    _refuse(table, twice.reshape(count, 2).any(axis=1), "must join each node once")
    _refuse(table, table[:, 2] < 0, "must have a height of at least 0")
    sizes = np.ones(n + count)
    sizes[n:] = table[:, 3]
    wrong = sizes[nodes].reshape(count, 2).sum(axis=1) != table[:, 3]
    _refuse(table, wrong, "must count in column 3 the leaves below both of its nodes")
    swapped = children[:, 0] > children[:, 1]
    table[swapped, :2] = table[swapped, 1::-1]
    table.flags.writeable = False
    return table


def _as_table(merges: ArrayLike) -> Merges:
    try:
        table = np.array(merges, dtype=np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise DataError(f"merges must be a table of numbers; {error}.") from None
    if table.ndim != 2 or table.shape[1] != 4:
        raise DataError(
            f"merges must have shape (n_leaves - 1, 4): two nodes, their height, the leaves below; got shape "
            f"{table.shape}. Pass what SciPy calls a linkage matrix."
        )
    return table


def _refuse(table: Merges, wrong: NDArray[np.bool_] | np.bool_, what: str) -> None:
    """Raise the error about the first of the rows that are wrong, if there is one."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise DataError(
            f"Every row of merges {what}; row {row} is {table[row].tolist()}, of {len(table)} rows for "
            f"{len(table) + 1} leaves. Pass a linkage matrix as SciPy makes it."
        )


def check_prototypes(prototypes: Any, count: int) -> NDArray[np.int64] | None:
    """A read-only copy of the prototypes (n - 1,), each a leaf; None for none."""
    if prototypes is None:
        return None
    leaves = np.asarray(prototypes)
    if leaves.shape != (count,) or leaves.dtype.kind not in "iu":
        raise DataError(
            f"prototypes must be one leaf for each merge, integers of shape ({count},); got {leaves.dtype} of shape "
            f"{leaves.shape}."
        )
    if count and (leaves.min() < 0 or leaves.max() > count):
        raise DataError(
            f"prototypes must be leaves from 0 to {count}; got {leaves.min()} to {leaves.max()}."
        )
    copy = np.array(leaves, dtype=np.int64)
    copy.flags.writeable = False
    return copy
