"""Which merges a cut makes: those that a rule allows, and all that are below them."""

from __future__ import annotations

import math
from numbers import Real as RealNumber
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._errors import ParameterError
from ..._native import core
from ..._values import check_count
from .merges import Merges

Joined = NDArray[np.uint8]
"""(n - 1,): 1 where a merge is made. Where it is 1, it is 1 for all merges below."""


def joined_to_count(merges: Merges, n_clusters: Any) -> Joined:
    """All merges but n_clusters - 1: the highest are left out, where two are equally high the later."""
    check_count("n_clusters", n_clusters)
    n = len(merges) + 1
    if n_clusters > n:
        raise ParameterError(
            f"A tree can be cut into at most as many clusters as it has leaves; got n_clusters={n_clusters} and "
            f"{n} leaves. Lower n_clusters."
        )
    kept = n - int(n_clusters)
    joined = np.zeros(len(merges), dtype=np.uint8)
    heights = merges[:, 2]
    if np.all(heights[1:] >= heights[:-1]):
        joined[:kept] = 1
    else:
        # No merge has a larger value than those above it, and of equal ones it comes first: every beginning is a cut.
        joined[np.argsort(largest_below(merges, heights), kind="stable")[:kept]] = 1
    return joined


def joined_below(merges: Merges, values: NDArray[np.float64], name: str, threshold: Any) -> Joined:
    """The merges whose value, and those of all merges below, are at most `threshold`."""
    if (
        isinstance(threshold, bool)
        or not isinstance(threshold, RealNumber)
        or threshold != threshold
    ):
        raise ParameterError(f"{name} must be a number; got {threshold!r}.")
    try:
        most = float(threshold)
    except OverflowError:
        most = math.inf if cast("int", threshold) > 0 else -math.inf
    return (largest_below(merges, values) <= most).astype(np.uint8)


def joined_at_level(merges: Merges, level: Any) -> Joined:
    """The merges that have more than `level` merges above them."""
    if isinstance(level, bool) or not isinstance(level, int | np.integer) or level < 0:
        raise ParameterError(f"level must be an integer of at least 0; got {level!r}.")
    depths = np.empty(len(merges), dtype=np.int64)
    core.tree_depths(merges, depths)
    return (depths > level).astype(np.uint8)


def largest_below(merges: Merges, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest value (n - 1,) over each merge and those below it."""
    out = np.empty(len(merges))
    core.tree_largest_below(merges, np.ascontiguousarray(values), out)
    return out


def labels_of(merges: Merges, joined: Joined) -> tuple[Labels, NDArray[np.int64]]:
    """Labels (n,) by first appearance, and the node that each cluster is."""
    n = len(merges) + 1
    labels, nodes = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int64)
    found = core.tree_labels(merges, joined, labels, nodes)
    return labels, nodes[:found].copy()
