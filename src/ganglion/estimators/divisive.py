"""`DivisiveClustering`: clusters split from the top, as a scikit-learn estimator."""

from __future__ import annotations

import math
from numbers import Real as RealNumber
from typing import Any, Self, cast, final

import numpy as np

from .._arrays import Labels, is_sparse
from .._errors import DataError, ParameterError, warn_caller
from .._values import check_choice, check_count
from ..cluster._new_items.descent import descend, descent_of
from ..cluster._storing.cuts import descent_arrays, take_descent, take_labels
from ..cluster._storing.records import Check, expect, is_count, is_number
from ..cluster.divisive import METHODS, divide, divisive_coefficient
from ..cluster.tree import Tree
from ..distances import Items, as_items
from ..storage.state import State
from ._items import fitted_items, is_record, kept
from ._state import restored, state_of
from ._trees import TreeEstimator

_CHECKS: dict[str, Check] = {
    "n_features_in_": is_count,
    "n_clusters_": is_count,
    "divisive_coefficient_": is_number,
    "tree": lambda value: type(value) is dict,
    "items": is_record,
}
_NEEDED = {"n_clusters_", "tree"}
_ON_ROWS = ("bisecting", "pddp")


@final
class DivisiveClustering(TreeEstimator):
    """Split the largest cluster again and again, with scikit-learn's contract.

    Parameters
    ----------
    n_clusters : int or None, default=2
        At most so many clusters, from 1 to n_samples; exactly so many where nothing else stops the splits and samples
        differ. None with `height`, `min_size` or `criterion`.
    method : {"diana", "bisecting", "pddp", "mst"}, default="diana"
        How a cluster is split; see `ganglion.divide`.
    metric : str or callable, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items. ``"bisecting"`` and ``"pddp"`` need
        ``"euclidean"``.
    metric_params : dict, optional
        Parameters of the metric.
    height : float, optional
        Leave a cluster whole whose height is at most this.
    min_size : int, default=1
        Leave a cluster whole that has fewer samples.
    criterion : callable or {"bic"}, optional
        Asked about each split, gets a `ganglion.cluster.Split` and returns whether to make it.
    random_state : int, Generator, RandomState or None
        Seed of ``"bisecting"``.
    memory_limit : int or str, optional
        The most bytes that a matrix of distances may take, as a number or as ``"2GB"``; else what there is.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), int32
        The cluster of each sample, numbered from the largest cluster on, of equally large ones by first appearance.
    n_clusters_ : int
        How many there are.
    tree_ : Tree
        The splits. Down to single samples for ``"diana"`` and ``"mst"`` where only `n_clusters` and `height` stop them;
        otherwise the samples of a cluster are joined at height 0.
    children_ : ndarray of shape (n_samples - 1, 2)
        The two parts of each split, the last one first; nodes below n_samples are samples, n_samples + i is row i.
    distances_ : ndarray of shape (n_samples - 1,)
        The height of each split: the diameter of the cluster, its WSS, or the length of the edge that was cut.
    divisive_coefficient_ : float
        How clear the structure is, from 0 to 1; with ``"diana"``, where only `n_clusters` and `height` stop it.
    n_features_in_ : int
        Number of features in `fit`, where X has columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    ganglion.divide : The algorithms as a plain function, with their cost and their references.
    BisectingKMeans : Bisecting k-means with its parameters, and sparse rows.
    AgglomerativeClustering : From below.

    Notes
    -----
    `fit` is `ganglion.divide` and a cut.

    `predict` lets a new item go down the splits of `tree_` as far as they were cut. At a split it goes to the part to
    whose samples its mean distance is less (``"diana"``, which moves samples by mean distances), to the part whose mean
    is nearer (``"bisecting"``), or to its side of the mean along the first principal direction (``"pddp"``); with
    ``"mst"`` it goes with the nearest sample. For ``"pddp"`` and ``"mst"`` this gives samples that were fitted their
    labels again; in the others a sample at the border can be given another one. ``"bisecting"`` and ``"pddp"`` need no
    samples for this, so a saved model holds none; otherwise it holds them all. Time O(n_new n_samples) distances, in
    blocks, or ``O(n_new n_clusters_)``.

    Examples
    --------
    >>> import ganglion as gl
    >>> model = gl.DivisiveClustering(2).fit([[0.0], [1.0], [2.0], [8.0], [9.0]])
    >>> model.labels_.tolist(), model.predict([[7.0], [-1.0]]).tolist()
    ([0, 0, 0, 1, 1], [1, 0])
    >>> round(model.divisive_coefficient_, 3)
    0.867
    """

    def __init__(
        self,
        n_clusters: int | None = 2,
        *,
        method: str = "diana",
        metric: Any = "euclidean",
        metric_params: Any = None,
        height: float | None = None,
        min_size: int = 1,
        criterion: Any = None,
        random_state: Any = None,
        memory_limit: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.method = method
        self.metric = metric
        self.metric_params = metric_params
        self.height = height
        self.min_size = min_size
        self.criterion = criterion
        self.random_state = random_state
        self.memory_limit = memory_limit

    def fit(self, X: Any, y: Any = None) -> Self:
        """Find the splits, and the clusters that they leave.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame or list of n_samples items
            What `metric` is between: rows of numbers, texts, sets, series, rows of a table; with
            ``metric="precomputed"`` a square matrix of distances, or its condensed upper triangle.
        y : object, optional
            Not used.

        Returns
        -------
        DivisiveClustering
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range, or does not fit the method.
        DataError
            When X is not what it must be.
        MemoryPlanError
            When the matrix of distances does not fit.

        Warns
        -----
        GanglionWarning
            There are fewer distinct samples than `n_clusters`, where ``"bisecting"`` or ``"pddp"`` looks for so many.
        """
        self._check_parameters()
        if self.method in _ON_ROWS and is_sparse(X):
            raise DataError(
                f"method={self.method!r} needs dense rows of numbers; X is sparse. Use BisectingKMeans, "
                "method='diana', or X.toarray()."
            )
        items = fitted_items(self, X, self.metric, self.metric_params)
        self._check_count(items.n)
        is_whole = self.method not in _ON_ROWS and self.min_size == 1 and self.criterion is None
        tree = divide(
            items,
            self.method,
            n_clusters=None if is_whole else self.n_clusters,
            height=None if is_whole else self.height,
            min_size=self.min_size,
            criterion=self.criterion,
            random_state=self.random_state,
            memory_limit=self.memory_limit,
        )
        self._set_tree(tree)
        if hasattr(self, "divisive_coefficient_"):
            del self.divisive_coefficient_
        if is_whole and self.method == "diana":
            self.divisive_coefficient_ = divisive_coefficient(tree)
        self.n_clusters_ = self._count(tree, is_whole)
        self._descent = descent_of(tree, items, self.n_clusters_)
        self._items = None if self.method in _ON_ROWS else kept(items)
        self.labels_ = self._descent.labels.copy()
        return self

    def _count(self, tree: Tree, is_whole: bool) -> int:
        """How many clusters the stops leave."""
        n, k = tree.n_leaves, self.n_clusters
        if is_whole and self.height is None:
            return cast("int", k)
        lowest = 0.0 if self.height is None else self.height
        found = 1 + int(np.count_nonzero(tree.heights > lowest))
        if k is None:
            return found
        if found < k and self.height is None and self.min_size == 1 and self.criterion is None:
            warn_caller(
                f"X has {found} distinct samples but n_clusters={k}: {found} clusters are returned. Lower n_clusters."
            )
        return min(found, int(k), n)

    def _fitted_items(self) -> Items:
        if self._items is None:
            return as_items(self._descent.centers, "euclidean")
        return self._items

    def _labels_of(self, new: Items) -> Labels:
        return descend(self._descent, self._items, new)

    def _check_parameters(self) -> None:
        check_choice("method", self.method, METHODS)
        check_count("min_size", self.min_size)
        height: Any = self.height
        if height is not None and (
            isinstance(height, bool)
            or not isinstance(height, RealNumber)
            or not 0 <= float(height) < math.inf
        ):
            raise ParameterError(
                f"height must be a finite number of at least 0, or None; got {height!r}."
            )
        if self.n_clusters is not None:
            check_count("n_clusters", self.n_clusters)
        elif height is None and self.min_size == 1 and self.criterion is None:
            raise ParameterError(
                "n_clusters, height, min_size or criterion must say where to stop; got None of them. Set one."
            )

    def _check_count(self, n: int) -> None:
        if self.n_clusters is not None and self.n_clusters > n:
            raise ParameterError(
                f"DivisiveClustering needs n_clusters <= n_samples; got n_clusters={self.n_clusters} and {n} samples "
                f"(n_samples={n} should be >= n_clusters={self.n_clusters}). Lower n_clusters or add data."
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        if self.method in _ON_ROWS:
            tags.input_tags.sparse = False
        return tags

    def _to_state(self) -> State:
        """What a model file holds: the parameters, the splits, and the items where they are needed."""
        fitted, arrays = self._tree_state(
            ("n_clusters_", "divisive_coefficient_", "n_features_in_")
        )
        if fitted:
            arrays |= descent_arrays(self._descent)
        return state_of(self, fitted, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        estimator, fitted, arrays = restored(cls, state, _CHECKS)
        if fitted:
            tree = estimator._take_tree_state(fitted, arrays, _NEEDED)
            expect(tree.method in METHODS, f"method={tree.method!r} is not a divisive one")
            width = getattr(estimator, "n_features_in_", None)
            k, items = estimator.n_clusters_, estimator._items
            estimator._descent = take_descent(tree, items, k, arrays, width)
            labels = take_labels("labels_", arrays, tree.n_leaves, estimator.n_clusters_)
            expect(
                np.array_equal(labels, estimator._descent.labels),
                "labels_ must be a cut of the tree",
            )
            estimator.labels_ = labels
        expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
        return estimator
