"""A posterior small enough to read, for pictures and pages of one: points between two groups change sides."""

from __future__ import annotations

import numpy as np

from ganglion.cluster.bayesian._partitions.numbering import by_first_appearance


def draws_of(n_chains=4, n_draws=60, n=90, seed=0):
    """Three groups of points; those at the rims move, and a fourth group parts from the third in half of the draws.

    Returns the points (n, 2), the groups (n,) and draws (n_chains, n_draws, n).
    """
    rng = np.random.default_rng(seed)
    middles = np.array([[0.0, 0.0], [6.0, 0.0], [3.0, 5.0], [4.8, 6.5]])
    groups = np.arange(n) % 4
    X = middles[groups] + rng.normal(size=(n, 2))
    away = ((X[:, None] - middles) ** 2).sum(axis=2)
    shares = np.exp(-0.5 * away)
    edges = (shares / shares.sum(axis=1, keepdims=True)).cumsum(axis=1)
    draws = np.empty((n_chains, n_draws, n), dtype=np.int8)
    for chain in range(n_chains):
        for draw in range(n_draws):
            labels = (edges > rng.random((n, 1))).argmax(axis=1)
            labels[labels == 3] = 2 + int(draw % 6 > 2)
            draws[chain, draw] = by_first_appearance(labels)
    return X, by_first_appearance(np.minimum(groups, 2)), draws
