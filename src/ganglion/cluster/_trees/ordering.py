"""What a tree says together with the distances that it was made from: its best order, and how well it fits them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._errors import DataError, ParameterError
from ..._memory import check_memory
from ..._native import core
from ...distances.items import Items, as_items
from .merges import Merges


def plain_order(merges: Merges) -> NDArray[np.int64]:
    """The leaves (n,) from left to right, of each merge the lower node on the left."""
    out = np.empty(len(merges) + 1, dtype=np.int64)
    core.tree_order(merges, None, out)
    return out


def optimal_order(merges: Merges, items: Items) -> NDArray[np.int64]:
    """The leaves (n,) so that the sum of distances between neighbours is as small as the tree allows."""
    n = len(merges) + 1
    check_memory(
        16.0 * n * n,
        f"The optimal order of {n} leaves",
        "Order the leaves with optimal=False, or collapse the tree first.",
    )
    in_place = items.take(plain_order(merges)).pairs(dtype=np.float64)
    distances, costs = np.empty((n, n)), np.empty((n, n))
    # Written once before the kernel, whose columns would touch all pages of this matrix within one block: Ctrl-C waits.
    rows = max(1, 2**20 // n)
    for start in range(0, n, rows):
        costs[start : start + rows] = 0
    assert isinstance(in_place, core.Pairs64)
    core.fill_square(in_place, distances, 0, n)
    flipped = np.zeros(n - 1, dtype=np.uint8)
    core.tree_turns(merges, distances, costs, flipped)
    out = np.empty(n, dtype=np.int64)
    core.tree_order(merges, flipped, out)
    return out


def correlation(merges: Merges, items: Items) -> float:
    """Pearson's correlation of distances with the heights at which their items join; NaN where one does not vary."""
    if len(merges) == 0:
        return math.nan
    pairs = items.pairs()
    if isinstance(pairs, core.Pairs32):
        return float(core.tree_correlation32(merges, pairs))
    return float(core.tree_correlation64(merges, pairs))


def distances_of(given: Any, kept: Any, n: int, what: str) -> Items:
    """The items that distances between leaves come from: those given, or those that the tree has kept."""
    if given is None and kept is None:
        raise ParameterError(
            f"{what} needs the distances between the leaves, and this tree has kept no items; got distances=None. "
            "Pass distances=, condensed or square."
        )
    items = kept if given is None else as_items(given, "precomputed", name="distances")
    if items.n != n:
        raise DataError(
            f"The distances must be between the {n} leaves of the tree; got {items.n} items."
        )
    return items
