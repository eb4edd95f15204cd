"""`python -m benchmarks criteria`: what judges a partition, against scikit-learn, SciPy and hdbscan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import comparisons
from .comparisons import OURS, Case, Machine, Row
from .systems import limit_threads

METHOD = """Each row is one call, from arrays to a number. Floors: criteria around centres, X read twice; the
simplified silhouette, the distance of each row to its own centre and to one other (fewer are not possible), or X
read twice; agreement, both labels read once; Dunn and DBCV, the distances of all pairs once. The peer of the
simplified silhouette is scikit-learn's matrix of distances to all centres, and NumPy. Agreement: the largest
relative difference of the numbers."""


def relative_difference(found: Mapping[str, Any]) -> str:
    """Return the largest relative difference from any peer; raise above 1e-6."""
    mine = float(found[OURS])
    worst = max(abs(float(other) / mine - 1.0) for name, other in found.items() if name != OURS)
    if worst > 1e-6:
        raise SystemExit(f"The answers differ by {worst:.2g}.")
    return f"{worst:.1g}"


def around_centers(quick: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return a thousand groups of a million points in 16 dimensions; fewer where it is quick."""
    rng = np.random.default_rng(0)
    n, k = (5_000, 20) if quick else (1_000_000, 1000)
    labels = rng.integers(k, size=n)
    return rng.normal(size=(n, 16)) + 5.0 * rng.normal(size=(k, 16))[labels], labels


def calinski_harabasz(machine: Machine, quick: bool) -> Case:
    """Make the row of the variance ratio."""
    from sklearn import metrics

    import ganglion as gl

    X, labels = around_centers(quick)
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: gl.criteria.calinski_harabasz_score(X, labels),
        "sklearn": lambda _: metrics.calinski_harabasz_score(X, labels),
    }
    return Case(runs, relative_difference, 2 * X.nbytes / machine.reading)


def davies_bouldin(machine: Machine, quick: bool) -> Case:
    """Make the row of Davies and Bouldin's index."""
    from sklearn import metrics

    import ganglion as gl

    X, labels = around_centers(quick)
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: gl.criteria.davies_bouldin_score(X, labels),
        "sklearn": lambda _: metrics.davies_bouldin_score(X, labels),
    }
    return Case(runs, relative_difference, 2 * X.nbytes / machine.reading)


def simplified(machine: Machine, quick: bool) -> Case:
    """Make the row of the simplified silhouette."""
    from sklearn.metrics.pairwise import euclidean_distances

    import ganglion as gl

    X, labels = around_centers(quick)

    def by_matrix(_: int) -> float:
        order = np.argsort(labels, kind="stable")
        starts = np.flatnonzero(np.diff(labels[order], prepend=-1))
        sizes = np.diff(np.r_[starts, len(X)])
        centers = np.add.reduceat(X[order], starts) / sizes[:, None]
        total = 0.0
        for start in range(0, len(X), 20_000):
            distances = euclidean_distances(X[start : start + 20_000], centers)
            at = np.arange(len(distances)), labels[start : start + 20_000]
            own = distances[at]
            distances[at] = np.inf
            following = distances.min(axis=1)
            total += float(((following - own) / np.maximum(following, own)).sum())
        return total / len(X)

    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: gl.criteria.simplified_silhouette_score(X, labels),
        "sklearn": by_matrix,
    }
    least = max(machine.differences(2.0 * len(X), 16), 2 * X.nbytes / machine.reading)
    return Case(runs, relative_difference, least)


def two_partitions(quick: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return two partitions that agree on half of the items."""
    rng = np.random.default_rng(0)
    n, k = (5_000, 20) if quick else (1_000_000, 200)
    first = rng.integers(k, size=n)
    return first, np.where(rng.random(n) < 0.5, rng.integers(k, size=n), first)


def agreement(name: str) -> Callable[[Machine, bool], Case]:
    """Return how the row of a score of agreement is made."""

    def make(machine: Machine, quick: bool) -> Case:
        from sklearn import metrics

        import ganglion as gl

        first, second = two_partitions(quick)
        runs: dict[str, Callable[[int], Any]] = {
            OURS: lambda _: getattr(gl.criteria, name)(first, second),
            "sklearn": lambda _: getattr(metrics, name)(first, second),
        }
        return Case(runs, relative_difference, 2 * first.nbytes / machine.reading)

    return make


def dunn(machine: Machine, quick: bool) -> Case:
    """Make the row of Dunn's index."""
    from scipy.spatial import distance

    import ganglion as gl

    rng = np.random.default_rng(0)
    n = 500 if quick else 10_000
    labels = np.sort(rng.integers(5, size=n))
    X = rng.normal(size=(n, 16)) + 3.0 * rng.normal(size=(5, 16))[labels]

    def by_matrix(_: int) -> float:
        square = distance.squareform(distance.pdist(X))
        together = labels[:, None] == labels
        return float(square[~together].min() / square[together].max())

    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: gl.criteria.dunn_index(X, labels),
        "scipy": by_matrix,
    }
    return Case(runs, relative_difference, machine.differences(n * (n - 1) / 2, 16))


def dbcv(machine: Machine, quick: bool) -> Case:
    """Make the row of the density-based validity."""
    from hdbscan.validity import validity_index

    import ganglion as gl

    rng = np.random.default_rng(0)
    n = 500 if quick else 5_000
    labels = rng.integers(5, size=n)
    X = rng.normal(size=(n, 8)) + 6.0 * rng.normal(size=(5, 8))[labels]
    runs: dict[str, Callable[[int], Any]] = {
        OURS: lambda _: gl.criteria.dbcv_score(X, labels),
        "hdbscan": lambda _: validity_index(X, labels),
    }
    return Case(runs, relative_difference, machine.differences(n * (n - 1) / 2, 8))


BUDGET, CAP = 20.0, 15.0  # the whole in under four minutes
ROWS = tuple(
    Row(name, title, bar, make, budget=BUDGET, cap=CAP)
    for name, title, bar, make in (
        (
            "calinski_harabasz",
            "Calinski-Harabasz, 1,000,000 x 16, k = 1000",
            "5",
            calinski_harabasz,
        ),
        ("davies_bouldin", "Davies-Bouldin, 1,000,000 x 16, k = 1000", "5", davies_bouldin),
        ("simplified", "simplified silhouette, 1,000,000 x 16, k = 1000", "3", simplified),
        ("rand", "adjusted Rand, 1,000,000, k = 200", "5", agreement("adjusted_rand_score")),
        (
            "information",
            "normalised mutual information, 1,000,000, k = 200",
            "5",
            agreement("normalized_mutual_info_score"),
        ),
        (
            "chance",
            "adjusted mutual information, 1,000,000, k = 200",
            "50",
            agreement("adjusted_mutual_info_score"),
        ),
        ("dunn", "Dunn, 10,000 x 16, k = 5", "5", dunn),
        ("dbcv", "DBCV, 5,000 x 8, k = 5", "5", dbcv),
    )
)


def main(names: str | None, *, quick: bool, threads: int) -> str:
    """Run the rows, say each as it is done, and return the section."""
    with limit_threads(threads):
        table = comparisons.run(ROWS, names, quick=quick)
    return comparisons.section(
        "Criteria", METHOD, table, quick=quick, threads=threads, packages=("hdbscan",)
    )
