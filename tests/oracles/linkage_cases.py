"""Data sets for agglomerative clustering: sizes from 1 to 200, with ties, without, and bad for rounds."""

from __future__ import annotations

import numpy as np

SIZES = (1, 2, 3, 7, 8, 9, 15, 16, 17, 33, 64, 100, 129, 200)


def spread(rng, n, d):
    """Independent normal numbers."""
    return rng.normal(size=(n, d))


def clustered(rng, n, d):
    """Groups far apart."""
    centers = rng.normal(size=(5, d)) * 30
    return centers[rng.integers(0, 5, n)] + rng.normal(size=(n, d))


def exponential(rng, n, d):
    """Each point twice as far out as the one before: a round merges one pair."""
    X = np.zeros((n, d))
    X[:, 0] = 1.3 ** np.arange(n) * (1 + 1e-3 * rng.random(n))
    return X


def chain(rng, n, d):
    """Points on a line with growing gaps."""
    X = np.zeros((n, d))
    X[:, -1] = np.cumsum(1 + np.arange(n) * 1e-2 + 1e-3 * rng.random(n))
    return X


def far_away(rng, n, d):
    """A far origin, a small spread."""
    return rng.normal(size=(n, d)) * 1e-2 + 1e3


def copies(rng, n, d):
    """Every row about three times."""
    return rng.normal(size=(n // 3 + 1, d))[rng.integers(0, n // 3 + 1, n)]


def grid(rng, n, d):
    """Small whole numbers: nothing but ties."""
    return rng.integers(0, 4, size=(n, d)).astype(float)


WITHOUT_TIES = (spread, clustered, exponential, chain, far_away)
WITH_TIES = (copies, grid)


def data_sets(makers, count, seed):
    """(name, X), `count` of them."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        n, d = int(SIZES[i % len(SIZES)]), int(rng.integers(1, 21))
        maker = makers[(i // len(SIZES) + i) % len(makers)]
        yield f"{maker.__name__}, n={n}, d={d}", maker(rng, n, d)


def cophenetic(merges):
    """Condensed cophenetic distances, a block a merge."""
    n = len(merges) + 1
    members = {i: [i] for i in range(n)}
    out = np.zeros((n, n))
    for row, (a, b, height, _) in enumerate(merges):
        left, right = members.pop(int(a)), members.pop(int(b))
        out[np.ix_(left, right)] = height
        out[np.ix_(right, left)] = height
        members[n + row] = left + right
    return out[np.triu_indices(n, 1)]
