"""How faithful small trees are to clusterings, at equal numbers of leaves; and what explaining a large table costs.

    python benchmarks/explaining.py

Clusterings by k-means of Gaussian clouds that overlap, 8 of each size. Fidelity is the share of rows that get their own
label, on rows that the tree was not grown on.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

import ganglion as gl
from ganglion.explain import describe_clusters, misfits, threshold_tree
from ganglion.explain._choosing import Grown
from ganglion.explain._features import features_of

SIZES = ((4, 2, 2.0), (8, 4, 2.0), (8, 10, 1.0), (15, 6, 2.0), (20, 3, 3.0))
SEEDS = 8
ROWS = 4_000

Labels = NDArray[np.int64]


def clustering(k: int, d: int, width: float, seed: int) -> tuple[NDArray[np.float64], Labels]:
    """Return points around k centres, and the labels of k-means."""
    rng = np.random.default_rng([seed, k, d])
    owner = rng.integers(0, k, ROWS)
    X = rng.normal(size=(ROWS, d)) + rng.normal(scale=width, size=(k, d))[owner]
    return X, gl.kmeans(X, k, n_init=3, random_state=0).labels.astype(np.int64)


def fidelities(X: NDArray[np.float64], labels: Labels, k: int, leaves: int) -> list[float]:
    """Return fidelity on every second row, of trees that were grown on the others."""
    inside, outside = np.arange(0, ROWS, 2), np.arange(1, ROWS, 2)
    peer = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0)
    found = [float(peer.fit(X[inside], labels[inside]).score(X[outside], labels[outside]))]
    given = Grown(features_of(X, None, None, 2), labels, inside, k)
    right = given.right(given.pruned(inside, leaves), outside, leaves)[:, -1] / len(outside)
    best = threshold_tree(X[inside], labels[inside], max_leaves=leaves)
    return [*found, *right.tolist(), float((best.predict(X[outside]) == labels[outside]).mean())]


def main() -> None:
    """Print both tables."""
    print("  k   d  leaves | scikit-learn  from the root  centres first  the better one")
    for k, d, width in SIZES:
        data = [clustering(k, d, width, seed) for seed in range(SEEDS)]
        for leaves in (k, 2 * k):
            means = np.mean([fidelities(X, labels, k, leaves) for X, labels in data], axis=0)
            shown = "  ".join(f"{100 * value:11.1f} %" for value in means)
            print(f"{k:3} {d:3} {leaves:7} | {shown}")
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 1_000_000)
    X = rng.normal(size=(1_000_000, 10)) + rng.normal(scale=3.0, size=(10, 10))[labels]
    for name, run in (
        ("reading the rows once (the floor)", lambda: X.sum(axis=0)),
        ("cards without examples", lambda: describe_clusters(X, labels, n_examples=0)),
        ("cards", lambda: describe_clusters(X, labels)),
        ("misfits", lambda: misfits(X, labels)),
        ("rules", lambda: threshold_tree(X, labels)),
    ):
        start = time.perf_counter()
        run()
        print(f"{name:35} {time.perf_counter() - start:6.2f} s")


if __name__ == "__main__":
    main()
