"""Rows in clusters that differ in size, one of them perhaps alone: what criteria are tested on."""

import numpy as np


def labelled(n, d=3, k=4, *, seed=0, dtype=np.float64):
    """Rows (n, d) about k means, and their labels; every cluster has a row as long as there are k."""
    rng = np.random.default_rng([seed, n, d, k])
    labels = np.r_[np.arange(k), 0, rng.integers(k, size=max(0, n - k - 1))][:n]
    return (rng.normal(size=(n, d)) + 2.0 * rng.normal(size=(k, d))[labels]).astype(dtype), labels
