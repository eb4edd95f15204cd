"""Bisecting k-means: clusters split in two by k-means, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from .._arrays import (
    Labels,
    Real,
    Samples,
    Sparse,
    check_samples_or_sparse,
    check_weights,
    is_sparse,
    refuse_not_finite,
)
from .._random import RandomState, generator
from .._values import check_choice, check_count
from ..progress import Progress
from ._kmeans.distinct import take_rows
from ._kmeans.nearest import inertia_of
from ._parameters import check_n_clusters, check_progress, report_duplicates
from ._splits.splitters import VectorSplitter
from ._splits.splitting import Splits, Stops, merges_of, split_down
from ._splits.two_means import TwoMeans
from .prediction import nearest_centers
from .tree import Tree

_STRATEGIES = ("biggest_inertia", "largest_cluster")


@dataclass(frozen=True)
class BisectingRun:
    """What `bisecting_kmeans` found.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        In the dtype of X.
    labels : ndarray of shape (n_samples,), int32
        The cluster that each sample came to, going down from the whole to the nearer of two centres each time.
    inertia : float
        Weighted sum of squared distances to the centre of the own cluster.
    tree : Tree
        The hierarchy; heights are WSS, samples of one cluster are joined at height 0.
    children : ndarray of shape (n_nodes, 2), int64
        The parts of each node, node 0 being the whole; -1 where it is a cluster.
    node_centers : ndarray of shape (n_nodes, n_features)
        The centre of each node.
    node_labels : ndarray of shape (n_nodes,), int32
        The label of a node that is a cluster, else -1.
    """

    centers: Real
    labels: Labels
    inertia: float
    tree: Tree
    children: NDArray[np.int64]
    node_centers: Real
    node_labels: NDArray[np.int32]


def bisecting_kmeans(
    X: Any,
    n_clusters: int,
    *,
    init: Any = "random",
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    bisecting_strategy: str = "biggest_inertia",
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    progress: Progress | None = None,
) -> BisectingRun:
    """Split all samples in two by k-means, one of the parts again, until there are `n_clusters`.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The samples.
    n_clusters : int
        From 1 to n_samples.
    init : {"random", "k-means++", "k-means||"} or callable
        The first centres of each split, as in `kmeans`.
    n_init : int, default=1
        How many starts of each split; the best is taken.
    max_iter : int, default=300
        Steps of k-means in each split, at most.
    tol : float, default=1e-4
        As in `kmeans`.
    bisecting_strategy : {"biggest_inertia", "largest_cluster"}
        Which cluster is split next: that of the largest WSS, or of the most samples, counted by their weights.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative. An integer weight equals that many repetitions.
    random_state : int, Generator, RandomState or None
        One seed gives one answer, to the bit, whatever the number of threads.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each split; returns True to stop.

    Returns
    -------
    BisectingRun
        Centres, labels, inertia and the hierarchy. Fewer clusters, with one warning, where X has fewer distinct
        samples.

    Raises
    ------
    ParameterError
        When a parameter is out of its range.
    DataError
        When X or `sample_weight` is not numeric, finite and of matching shape.

    Warns
    -----
    GanglionWarning
        When there are fewer distinct samples than clusters.

    Notes
    -----
    Each split minimises WSS of two centres by Lloyd's algorithm. Clusters are numbered from the left of the hierarchy
    to the right. A new sample belongs where it comes to from the top, going to the nearer centre at each split: this
    is how samples were labelled, so it gives them their own labels again. Time is that of n_clusters - 1 runs of
    k-means with 2 centres, of ever smaller parts: ``O(n_samples n_features log n_clusters)`` a step where parts are
    of one size.

    References
    ----------
    .. [1] M. Steinbach, G. Karypis, V. Kumar, "A comparison of document clustering techniques", KDD workshop on text
       mining 2000.

    Examples
    --------
    >>> import ganglion as gl
    >>> run = gl.bisecting_kmeans([[0.0], [1.0], [9.0], [10.0], [40.0], [41.0]], 3, random_state=0)
    >>> sorted(run.centers.ravel().tolist()), run.inertia, run.tree.heights[-1] > 1000
    ([0.5, 9.5, 40.5], 1.5, np.True_)
    """
    samples = check_samples_or_sparse(X)
    if isinstance(samples, np.ndarray):  # sparse ones are looked at by the first split
        refuse_not_finite(samples)
    n = samples.shape[0]
    k = check_n_clusters(n_clusters, n)
    check_choice("bisecting_strategy", bisecting_strategy, _STRATEGIES)
    for name, value in (("n_init", n_init), ("max_iter", max_iter)):
        check_count(name, value)
    check_progress(progress)
    weights = check_weights(sample_weight, n)
    options = {"init": init, "n_init": n_init, "max_iter": max_iter, "tol": tol}
    means = TwoMeans(X if is_sparse(X) else samples, weights, generator(random_state), options)
    size = means.weight if bisecting_strategy == "largest_cluster" else None
    splitter = VectorSplitter(n, means.split, means.wss, size=size)
    splits = split_down(splitter, n, Stops(k, -1.0, 1, None, progress, None))
    if splitter.largest() < 0 and len(splits.clusters) + 1 < k:
        report_duplicates(len(splits.clusters) + 1, k, "reduce")
    return _finished(samples, weights, means, splits)


def descend(run: BisectingRun, X: Samples | Sparse) -> Labels:
    """Find the cluster of each checked sample, going down to the nearer of two centres at each split.

    Parameters
    ----------
    run : BisectingRun
        The hierarchy.
    X : ndarray or Sparse of shape (n_samples, n_features)
        Samples that went through the gate for arrays.

    Returns
    -------
    ndarray of shape (n_samples,), int32
        The left part wins a tie. The labels of the run are these, for its own samples.
    """
    labels = np.empty(X.shape[0], dtype=np.int32)
    waiting = [(0, np.arange(X.shape[0]))]
    while waiting:
        node, at = waiting.pop()
        if run.node_labels[node] >= 0 or len(at) == 0:
            labels[at] = run.node_labels[node]
            continue
        parts = run.children[node]
        is_right = nearest_centers(take_rows(X, at), run.node_centers[parts]) == 1
        waiting += [(int(parts[0]), at[~is_right]), (int(parts[1]), at[is_right])]
    return labels


def _finished(
    X: Samples | Sparse, weights: NDArray[np.float64] | None, means: TwoMeans, splits: Splits
) -> BisectingRun:
    """Clusters numbered from the left of the hierarchy to the right."""
    children = np.full((1 + len(means.centers), 2), -1, dtype=np.int64)
    for cluster, first in zip(splits.clusters, splits.firsts, strict=True):
        children[cluster] = first, first + 1
    node_labels = np.full(len(children), -1, dtype=np.int32)
    waiting, leaves = [0], list[int]()
    while waiting:
        node = waiting.pop()
        if children[node, 0] >= 0:
            waiting += [int(children[node, 1]), int(children[node, 0])]
        else:
            node_labels[node] = len(leaves)
            leaves.append(node)
    node_centers = np.array([means.mean(), *means.centers], dtype=X.dtype)
    labels = node_labels[splits.leaves]
    centers = np.ascontiguousarray(node_centers[leaves])
    return BisectingRun(
        centers=centers,
        labels=labels,
        inertia=inertia_of(X, centers, labels, weights),
        tree=Tree(merges=merges_of(splits), method="bisecting", metric="euclidean"),
        children=children,
        node_centers=node_centers,
        node_labels=node_labels,
    )
