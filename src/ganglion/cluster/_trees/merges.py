"""The gate for tables of merges: what is a tree passes, what is not is an error that names the row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..._errors import DataError, ParameterError
from ..._native import core

Merges = NDArray[np.float64]
"""(n - 1, 4): two nodes, height, leaves below. Nodes below n are leaves, n + i is what row i makes."""

# What each row must do, in the order of the kernel's flaws.
_RULES = (
    "must hold finite numbers",
    "must name nodes by whole numbers",
    "must name nodes from 0",
    "must name leaves, or nodes that an earlier row made",
    "must join nodes that no row has joined yet",
    "must have a height of at least 0",
    "must count in column 3 the leaves below both of its nodes",
)


def check_merges(merges: ArrayLike) -> Merges:
    """A read-only copy of a table of merges (n - 1, 4), the lower node of each row first."""
    table = _as_table(merges)
    flaw, row = core.tree_flaw(table)
    if flaw:
        raise DataError(
            f"Every row of merges {_RULES[flaw - 1]}; row {row} is {table[row].tolist()}, of {len(table)} rows for "
            f"{len(table) + 1} leaves. Pass a linkage matrix as SciPy makes it."
        )
    children = table[:, :2]
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


def check_leaf(leaf: Any, n: int) -> None:
    """`leaf` must be an integer from 0 to n - 1."""
    if isinstance(leaf, bool) or not isinstance(leaf, int | np.integer) or not 0 <= leaf < n:
        raise ParameterError(f"leaf must be an integer from 0 to {n - 1}; got {leaf!r}.")
