"""One function per system: the same X, the same starting centres, the same stopping rule."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from .problems import Samples

OURS = "ganglion"
MAX_ITER = 300
STOPS: dict[str, float] = {"convergence": 0.0, "default": 1e-4}


@dataclass(frozen=True)
class Task:
    """What one run is given.

    Attributes
    ----------
    X : ndarray of shape (n, d)
    n_clusters : int
    init : ndarray of shape (k, d) or None
        The starting centres; None for each system's own default seeding and stopping rule.
    tol : float
        As in scikit-learn; 0 runs until no label changes.
    max_iter : int
    iterations : int or None
        For systems without a stopping rule: as many iterations as ganglion took.
    seed : int
        Of the system's own seeding.
    """

    X: Samples
    n_clusters: int
    init: Samples | None
    tol: float
    max_iter: int = MAX_ITER
    iterations: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Fit:
    """What one run returns: centres (k, d) and the number of iterations."""

    centers: Samples
    n_iter: int


def fit_ganglion(task: Task) -> Fit:
    """Run `gl.kmeans` from the given centres, or `gl.KMeans(k).fit` with all defaults."""
    import ganglion as gl

    if task.init is None:
        model = gl.KMeans(task.n_clusters, random_state=task.seed).fit(task.X)
        return Fit(model.cluster_centers_, model.n_iter_)
    run = gl.kmeans(task.X, task.n_clusters, init=task.init, max_iter=task.max_iter, tol=task.tol)
    return Fit(run.centers, run.n_iter)


def fit_sklearn(task: Task, algorithm: str) -> Fit:
    """Run scikit-learn's KMeans from the given centres, or with all defaults but the algorithm."""
    from sklearn.cluster import KMeans

    if task.init is None:
        model = KMeans(task.n_clusters, algorithm=algorithm, random_state=task.seed)
    else:
        model = KMeans(
            task.n_clusters,
            init=task.init,
            n_init=1,
            tol=task.tol,
            max_iter=task.max_iter,
            algorithm=algorithm,
        )
    model.fit(task.X)
    return Fit(model.cluster_centers_, model.n_iter_)


def fit_sklearn_lloyd(task: Task) -> Fit:
    """Run scikit-learn's default algorithm."""
    return fit_sklearn(task, "lloyd")


def fit_sklearn_elkan(task: Task) -> Fit:
    """Run scikit-learn's Elkan, which keeps n x k lower bounds."""
    return fit_sklearn(task, "elkan")


def fit_faiss(task: Task) -> Fit:
    """Run faiss without subsampling, for as many iterations as ganglion took; its labels are not asked for.

    faiss computes in float32 only; with its own k-means++ it runs its default of 25 iterations.
    """
    import faiss

    X = np.ascontiguousarray(task.X, dtype=np.float32)
    n, d = X.shape
    niter = 25 if task.init is None or task.iterations is None else task.iterations
    sampling = {"min_points_per_centroid": 1, "max_points_per_centroid": n}
    model = faiss.Kmeans(d, task.n_clusters, niter=niter, seed=task.seed + 1, **sampling)
    if task.init is None:
        model.cp.init_method = faiss.ClusteringInitMethod_KMEANS_PLUS_PLUS
        model.train(X)
    else:
        model.train(X, init_centroids=np.ascontiguousarray(task.init, dtype=np.float32))
    return Fit(model.centroids, niter)


SYSTEMS: dict[str, Callable[[Task], Fit]] = {
    OURS: fit_ganglion,
    "sklearn lloyd": fit_sklearn_lloyd,
    "sklearn elkan": fit_sklearn_elkan,
    "faiss": fit_faiss,
}


def limit_threads(n: int) -> AbstractContextManager[object]:
    """Give every system n threads; returns the context in which scikit-learn's and NumPy's limit holds."""
    import faiss
    import sklearn.cluster  # noqa: F401  (its OpenMP runtime must be loaded before it can be limited)
    from threadpoolctl import threadpool_limits

    import ganglion as gl

    gl.set_num_threads(n)
    faiss.omp_set_num_threads(n)
    return threadpool_limits(limits=n)
