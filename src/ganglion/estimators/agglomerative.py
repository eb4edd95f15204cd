"""`AgglomerativeClustering`: clusters merged from below, as a scikit-learn estimator."""

from __future__ import annotations

import math
from numbers import Real as RealNumber
from typing import Any, Self, cast, final

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from .._arrays import Labels, Weights, check_weights, is_sparse
from .._errors import DataError, ParameterError
from .._values import check_choice, check_count
from ..cluster._linkages.structured import RULES, count_parts
from ..cluster._new_items.joining import join
from ..cluster._new_items.membership import membership_of
from ..cluster._storing.cuts import membership_arrays, take_labels, take_membership
from ..cluster._storing.records import Check, expect, is_count
from ..cluster._trees.cutting import Joined, joined_below, joined_to_count
from ..cluster.agglomerative import EUCLIDEAN, METHODS, linkage
from ..cluster.tree import Tree
from ..distances import Items, as_items
from ..storage.state import State
from ._items import fitted_items, is_record, kept
from ._state import restored, state_of
from ._trees import TreeEstimator

_CHECKS: dict[str, Check] = {
    "n_features_in_": is_count,
    "n_clusters_": is_count,
    "n_leaves_": is_count,
    "n_connected_components_": is_count,
    "tree": lambda value: type(value) is dict,
    "items": is_record,
}
_CLUSTERS = "clusters."  # what the names of the arrays of a cut begin with
_NEEDED = {"n_clusters_", "n_leaves_", "n_connected_components_", "tree"}


@final
class AgglomerativeClustering(TreeEstimator):
    """Merge the two closest clusters until few are left, with scikit-learn's contract.

    Parameters
    ----------
    n_clusters : int or None, default=2
        How many clusters are left, from 1 to n_samples. None with `distance_threshold`.
    metric : str or callable, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items. ``"ward"``, ``"centroid"`` and ``"median"``
        need ``"euclidean"``, or precomputed distances that are Euclidean.
    memory : str, joblib.Memory or None, default=None
        Accepted for scikit-learn's sake: nothing is cached. For another number of clusters cut `tree_` again.
    connectivity : array-like, sparse matrix, callable or None, default=None
        Which samples are neighbours, (n_samples, n_samples); only neighbouring clusters are merged. A callable gets X
        and returns that matrix. For ``"ward"``, ``"average"``, ``"complete"`` and ``"single"``.
    compute_full_tree : "auto" or bool, default="auto"
        Accepted for scikit-learn's sake: the whole tree is always found. Not False with `distance_threshold`.
    linkage : {"ward", "single", "complete", "average", "weighted", "centroid", "median", "minimax"}, default="ward"
        How far apart two clusters are; see `ganglion.linkage`.
    distance_threshold : float or None, default=None
        Clusters at this distance or farther apart are not merged. Needs ``n_clusters=None``.
    compute_distances : bool, default=False
        Accepted for scikit-learn's sake: `distances_` is always there.
    metric_params : dict, optional
        Parameters of the metric.
    memory_limit : int or str, optional
        The most bytes that a matrix of clusters may take, as a number or as ``"2GB"``; else half of what is there.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), int32
        The cluster of each sample, numbered from the largest cluster on, of equally large ones by first appearance.
    n_clusters_ : int
        How many there are.
    n_leaves_ : int
        Leaves of the tree: samples with a positive weight.
    n_connected_components_ : int
        Into how many parts `connectivity` falls; 1 without it.
    children_ : ndarray of shape (n_leaves_ - 1, 2)
        The two nodes of each merge; nodes below n_leaves_ are leaves, n_leaves_ + i is merge i.
    distances_ : ndarray of shape (n_leaves_ - 1,)
        The height of each merge.
    tree_ : Tree
        The whole tree.
    n_features_in_ : int
        Number of features in `fit`, where X has columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    ganglion.linkage : The algorithm as a plain function, with its formulas, its cost and its references.
    DivisiveClustering : From the top down.

    Notes
    -----
    `fit` is `ganglion.linkage` and a cut. With `connectivity`, where heights can go down, the merges that were made
    last are undone, as in scikit-learn; otherwise `labels_` is a cut of `tree_`, numbered anew.

    `predict` takes a new item x for a cluster of its own, and gives it the label of the cluster C that is closest to it
    by the same linkage: of the least distance to an item of C (``"single"``), of the least largest distance
    (``"complete"``) or least mean distance (``"average"``; with weights, a weighted mean), of the least mean in which
    an item counts ``2^-t``, t being the number of merges between it and C (``"weighted"``), of the least increase of
    the WSS ``|C| / (|C| + 1) |x - mean|^2`` (``"ward"``), of the nearest mean (``"centroid"``) or the nearest middle of
    middles (``"median"``), and of the least ``min over y in C and x of max over z in C and x of d(y, z)``
    (``"minimax"``). Neighbours of new items are not known, so `connectivity` plays no part in it, and a sample that
    was fitted can be closer to another cluster than to its own. With ``"ward"``, ``"centroid"`` and ``"median"`` of
    dense rows the centres suffice, and a saved model holds no samples; otherwise it holds them, as `predict` needs
    them. Time O(n_new n_samples) distances, in blocks.

    A sample of weight 0 is no leaf; it gets the label that `predict` gives it.

    Examples
    --------
    >>> import ganglion as gl
    >>> words = ["kitten", "mitten", "sitting", "banana", "bananas"]
    >>> model = gl.AgglomerativeClustering(2, metric="levenshtein", linkage="average").fit(words)
    >>> model.labels_.tolist(), model.predict(["bandana", "knitting"]).tolist()
    ([0, 0, 0, 1, 1], [1, 0])
    """

    def __init__(
        self,
        n_clusters: int | None = 2,
        *,
        metric: Any = "euclidean",
        memory: Any = None,
        connectivity: Any = None,
        compute_full_tree: Any = "auto",
        linkage: str = "ward",
        distance_threshold: float | None = None,
        compute_distances: bool = False,
        metric_params: Any = None,
        memory_limit: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.metric = metric
        self.memory = memory
        self.connectivity = connectivity
        self.compute_full_tree = compute_full_tree
        self.linkage = linkage
        self.distance_threshold = distance_threshold
        self.compute_distances = compute_distances
        self.metric_params = metric_params
        self.memory_limit = memory_limit

    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Find the tree, and cut it.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or list of n_samples items
            What `metric` is between: rows of numbers, texts, sets, series, rows of a table; with
            ``metric="precomputed"`` a square matrix of distances, or its condensed upper triangle.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative. A weight of w counts as w equal samples.

        Returns
        -------
        AgglomerativeClustering
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range, or `metric` is none for `linkage`.
        DataError
            When X, `sample_weight` or `connectivity` is not what it must be.
        MemoryPlanError
            When a matrix is needed and does not fit.
        """
        self._check_parameters()
        items = fitted_items(self, X, self.metric, self.metric_params)
        self._check_linkage(items)
        weights = check_weights(sample_weight, items.n)
        graph = self.connectivity(X) if callable(self.connectivity) else self.connectivity
        positive = np.arange(items.n) if weights is None else np.flatnonzero(weights > 0)
        leaves, leaf_weights = items, weights
        if weights is not None and len(positive) < items.n:
            leaves, leaf_weights, graph = _part(items, weights, graph, positive)
        self._check_count(leaves.n)
        tree = linkage(
            leaves,
            self.linkage,
            sample_weight=leaf_weights,
            connectivity=graph,
            memory_limit=self.memory_limit,
        )
        self._set_tree(tree)
        self.n_leaves_ = tree.n_leaves
        self.n_connected_components_ = 1 if graph is None else count_parts(graph, tree.n_leaves)
        self._membership = membership_of(tree, leaves, self._joined(tree), leaf_weights)
        self._items = None if self._membership.centers is not None else kept(leaves)
        self.n_clusters_ = self._membership.n_clusters
        self.labels_ = self._spread(items, leaves, positive)
        return self

    def fit_predict(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> Labels:
        """Find the tree, cut it, and return the label of each sample.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or list of n_samples items
            As in `fit`.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            The attribute `labels_`.
        """
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def _joined(self, tree: Tree) -> Joined:
        """Which merges the cut makes."""
        if self.connectivity is None:
            if self.distance_threshold is None:
                return joined_to_count(tree.merges, self.n_clusters)
            below = math.nextafter(self.distance_threshold, -math.inf)
            return joined_below(tree.merges, tree.heights, "distance_threshold", below)
        joined = np.zeros(len(tree.merges), dtype=np.uint8)
        if self.distance_threshold is None:
            undone = cast("int", self.n_clusters) - 1
        else:
            undone = int(np.count_nonzero(tree.heights >= self.distance_threshold))
        joined[: len(joined) - undone] = 1
        return joined

    def _spread(self, items: Items, leaves: Items, positive: NDArray[np.intp]) -> Labels:
        """The labels of the leaves, and of the samples that are none."""
        known = self._membership
        if leaves.n == items.n:
            return known.labels.copy()
        labels = np.empty(items.n, dtype=np.int32)
        labels[positive] = known.labels
        others = np.setdiff1d(np.arange(items.n), positive)
        labels[others] = join(known, leaves, items.take(others))
        return labels

    def _fitted_items(self) -> Items:
        if self._items is None:
            return as_items(self._membership.centers, "euclidean")
        return self._items

    def _labels_of(self, new: Items) -> Labels:
        return join(self._membership, self._items, new)

    def _check_parameters(self) -> None:
        check_choice("linkage", self.linkage, METHODS)
        if (self.n_clusters is None) == (self.distance_threshold is None):
            raise ParameterError(
                "Exactly one of n_clusters and distance_threshold has to be set, and the other needs to be None; got "
                f"n_clusters={self.n_clusters!r} and distance_threshold={self.distance_threshold!r}."
            )
        if self.n_clusters is not None:
            check_count("n_clusters", self.n_clusters)
        full = self.compute_full_tree
        if not isinstance(full, bool | np.bool_) and not (isinstance(full, str) and full == "auto"):
            raise ParameterError(f"compute_full_tree must be 'auto', True or False; got {full!r}.")
        given: Any = self.compute_distances
        if not isinstance(given, bool | np.bool_):
            raise ParameterError(f"compute_distances must be True or False; got {given!r}.")
        if not (
            self.memory is None or isinstance(self.memory, str) or hasattr(self.memory, "cache")
        ):
            raise ParameterError(
                f"memory must be None, a path or a joblib.Memory; got {self.memory!r}."
            )
        if self.distance_threshold is not None:
            _check_threshold(self.distance_threshold)
            if not full:
                raise ParameterError(
                    "compute_full_tree must be True if distance_threshold is set; got False."
                )

    def _check_linkage(self, items: Items) -> None:
        if self.linkage in EUCLIDEAN and items.metric not in ("euclidean", "precomputed"):
            found = "a function" if items.metric == "callable" else f"metric={items.metric!r}"
            raise ParameterError(
                f"linkage={self.linkage!r} needs Euclidean distances; got {found}. Use linkage='average', or "
                "metric='euclidean'."
            )
        if self.connectivity is not None and self.linkage not in RULES:
            raise ParameterError(
                f"linkage={self.linkage!r} needs the distances between all items, and connectivity gives those of "
                "neighbours; use linkage='ward', 'average', 'complete' or 'single', or connectivity=None."
            )

    def _check_count(self, n: int) -> None:
        if n == 0:
            raise DataError("sample_weight must be positive somewhere; got zeros only.")
        if self.n_clusters is not None and self.n_clusters > n:
            raise ParameterError(
                f"AgglomerativeClustering needs n_clusters <= n_samples; got n_clusters={self.n_clusters} and {n} "
                f"samples (n_samples={n} should be >= n_clusters={self.n_clusters}). Lower n_clusters or add data."
            )

    def _to_state(self) -> State:
        """What a model file holds: the parameters, the tree, the clusters, and the items where they are needed."""
        fitted, arrays = self._tree_state((*_NEEDED, "n_features_in_"))
        if fitted:
            arrays |= membership_arrays(self._membership, _CLUSTERS)
        return state_of(self, fitted, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        estimator, fitted, arrays = restored(cls, state, _CHECKS)
        if fitted:
            tree = estimator._take_tree_state(fitted, arrays, _NEEDED)
            expect(
                estimator.n_leaves_ == tree.n_leaves and tree.method in METHODS,
                "its tree must be a linkage of n_leaves_",
            )
            estimator.labels_ = take_labels("labels_", arrays, None, estimator.n_clusters_)
            width = getattr(estimator, "n_features_in_", None)
            k, items = estimator.n_clusters_, estimator._items
            estimator._membership = take_membership(tree, items, k, arrays, _CLUSTERS, width)
        expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
        return estimator


def _check_threshold(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, RealNumber) or not float(value) >= 0:
        raise ParameterError(
            f"distance_threshold must be a number of at least 0, or None; got {value!r}."
        )


def _part(
    items: Items, weights: Weights, graph: Any, positive: NDArray[np.intp]
) -> tuple[Items, Weights, Any]:
    """Only the samples with a positive weight."""
    if graph is not None:
        full = graph.tocsr() if is_sparse(graph) else np.asarray(graph)
        if tuple(full.shape) != (items.n, items.n):
            raise DataError(
                f"connectivity must have shape ({items.n}, {items.n}), a row and a column for each item; got "
                f"{tuple(full.shape)}."
            )
        graph = full[positive][:, positive]
    return items.take(positive), weights[positive], graph
