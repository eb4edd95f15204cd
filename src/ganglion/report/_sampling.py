"""Which rows and which steps a page shows where it cannot show all: the same ones every time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .content import Codes

Index = NDArray[np.int64]

# A cluster keeps at least this many marks (or all it has), so that a small one stays visible beside a huge one.
KEEP_PER_CLUSTER = 8


def sample_rows(labels: Codes, n_shown: int) -> Index:
    """Rows to draw, ascending: at most n_shown of them, each cluster about in proportion to its size.

    Within a cluster, rows are taken in the order of a hash of their number. Unlike every m-th row, that cannot fall
    into step with a period in the file; unlike a random generator, it does not depend on NumPy's version.
    """
    n_rows = labels.shape[0]
    if n_rows <= n_shown:
        return np.arange(n_rows, dtype=np.int64)
    sizes = np.bincount(labels.astype(np.int64))
    kept = np.minimum(sizes, min(KEEP_PER_CLUSTER, n_shown // sizes.shape[0]))
    free = n_shown - int(kept.sum())
    quota = kept + (sizes - kept) * free // max(1, n_rows - int(kept.sum()))
    order = np.lexsort((_mix(n_rows), labels))
    first = np.cumsum(sizes) - sizes
    rank = np.arange(n_rows, dtype=np.int64) - first[labels[order]]
    return np.sort(order[rank < quota[labels[order]]]).astype(np.int64)


def sample_steps(n_steps: int, n_shown: int) -> Index:
    """Steps to replay, ascending: all, or n_shown that are dense early, where most happens; first and last always."""
    if n_steps <= n_shown:
        return np.arange(n_steps, dtype=np.int64)
    if n_shown < 2:
        return np.array([n_steps - 1], dtype=np.int64)
    wanted = np.geomspace(1, n_steps, n_shown) - 1
    steps = np.rint(wanted).astype(np.int64)
    # Rounding makes early steps coincide: push each behind its predecessor, then back from the end.
    ramp = np.arange(n_shown)
    steps = np.maximum.accumulate(steps - ramp) + ramp
    return np.minimum(steps, n_steps - n_shown + ramp)


def _mix(n_rows: int) -> NDArray[np.uint64]:
    """One 64-bit hash per row number (the finaliser of SplitMix64: Steele, Lea and Flood 2014, figure 16)."""
    with np.errstate(over="ignore"):
        z = (np.arange(1, n_rows + 1, dtype=np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))
