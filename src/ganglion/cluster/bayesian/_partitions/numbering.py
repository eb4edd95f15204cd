"""Clusters numbered 0, 1, ... by first appearance, in integers as small as will do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def by_first_appearance(labels: NDArray[Any]) -> NDArray[np.int32]:
    """Number the clusters of labels (n,), any integers, by first appearance; a sort only where labels are large."""
    n = len(labels)
    low, high = int(labels.min()), int(labels.max())
    if not 0 <= low <= high < 4 * n + 1024:
        labels = np.unique(labels, return_inverse=True)[1]
        high = int(labels.max())
    first = np.full(high + 1, n, np.int64)
    first[labels[::-1]] = np.arange(n - 1, -1, -1)  # the last one written stands: the first of all
    rank = np.empty(high + 1, np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(high + 1, dtype=np.int32)
    return rank[labels]


def smallest_integers(n_clusters: int) -> np.dtype[Any]:
    """The smallest signed type for labels 0 .. n_clusters - 1; the difference of two labels fits it too."""
    return np.min_scalar_type(-max(1, n_clusters))
