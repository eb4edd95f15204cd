"""Greedy k-means++ as plainly as it can be written, and rows that are hard for a filter in front of it.

Reference: Arthur, D. and Vassilvitskii, S. "k-means++: the advantages of careful seeding", 2007, section 5.
"""

from __future__ import annotations

import numpy as np

from .kmeans import squared_distances


def greedy_seeds(X, k, rng, *, weight=None, trials):
    """Indices (k,) of the seeds; draws from `rng` what the library draws, in its order."""
    weight = np.ones(len(X)) if weight is None else weight
    distances = squared_distances(X, X)
    chosen = [int(rng.integers(len(X)))]
    nearest = distances[chosen[0]]
    for _ in range(1, k):
        draws = rng.random(trials)
        running = np.cumsum(weight * nearest)
        if running[-1] <= 0:
            chosen.append(int(rng.integers(len(X))))
            continue
        candidates = np.searchsorted(running, draws * running[-1], side="right")
        gains = [np.sum(weight * (nearest - np.minimum(nearest, distances[c]))) for c in candidates]
        chosen.append(int(candidates[np.argmax(gains)]))
        nearest = np.minimum(nearest, distances[chosen[-1]])
    return np.array(chosen)


def hard_rows(kind, n, d, dtype, *, seed=0):
    """n rows of d features on which a bound on distances is easily wrong."""
    rng = np.random.default_rng([seed, n, d])
    X = rng.normal(size=(n, d))
    limits = np.finfo(dtype)
    if kind == "blobs":
        X += 4 * rng.normal(size=(9, d))[rng.integers(9, size=n)]
    elif kind == "duplicates":
        X = rng.integers(-2, 3, size=(n, d)).astype(float)
    elif kind == "constant columns":
        X[:, ::2] = 3.7
    elif kind == "far away":
        X = 1e8 + 30 * X
    elif kind == "subnormal":
        X *= 1000 * float(limits.smallest_subnormal)
    elif kind == "near the limits":
        X = np.clip(X / 3, -1, 1) * float(limits.max)
    elif kind == "low rank":
        X = X[:, :3] @ rng.normal(size=(min(3, d), d))
    elif kind == "outliers":
        X[::97] *= 1e4
    elif kind == "uneven columns":
        X *= np.exp(5 * rng.normal(size=d))
    return X.astype(dtype)


KINDS = (
    "blobs", "one Gaussian", "duplicates", "constant columns", "far away", "subnormal",
    "near the limits", "low rank", "outliers", "uneven columns",
)  # fmt: skip
