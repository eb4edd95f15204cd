"""`BisectingKMeans`: bisecting k-means as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any, Self, cast, final

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from .._arrays import Labels
from .._errors import ParameterError
from ..cluster import Tree
from ..cluster._storing.records import (
    Check,
    checked_centers,
    checked_labels,
    expect,
    is_count,
    is_number,
)
from ..cluster.bisecting import BisectingRun, bisecting_kmeans, descend
from ..progress import Progress
from ..storage.state import State
from ._centers import CenterEstimator
from ._reporting import fit_reported
from ._state import present, restored, state_of

_CHECKS: dict[str, Check] = {"n_features_in_": is_count, "inertia_": is_number}
_NODES = ("children", "node_centers", "node_labels")


@final
class BisectingKMeans(CenterEstimator):
    """Split samples in two by k-means, again and again, with scikit-learn's contract.

    Parameters
    ----------
    n_clusters : int, default=8
        From 1 to n_samples.
    init : {"random", "k-means++", "k-means||"} or callable, default="random"
        The first centres of each split. A callable gets ``(X, n_clusters, random_state=RandomState)`` and returns
        centres.
    n_init : int, default=1
        How many starts of each split; the best is taken.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the starts. An int gives the same bits every time, whatever the number of threads.
    max_iter : int, default=300
        Steps of k-means in each split, at most.
    verbose : int, default=0
        Accepted for scikit-learn's sake: nothing is printed. Use ``set_callbacks(ProgressBar())``.
    tol : float, default=1e-4
        Stop a split when the summed squared shift of its centres is at most `tol` times the mean variance of the
        columns.
    copy_x : bool, default=True
        Accepted for scikit-learn's sake: X is never written to.
    algorithm : {"lloyd", "elkan"}, default="lloyd"
        Accepted for scikit-learn's sake: the result is Lloyd's with either.
    bisecting_strategy : {"biggest_inertia", "largest_cluster"}, default="biggest_inertia"
        Which cluster is split next: that of the largest WSS, or of the most samples, counted by their weights.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        In the dtype of X, from the left of the hierarchy to the right; fewer where there are fewer distinct samples.
    labels_ : ndarray of shape (n_samples,), int32
        Always equal to ``predict(X)``.
    inertia_ : float
        WSS: weighted sum of squared distances to the centre of the own cluster.
    tree_ : Tree
        The hierarchy. Its heights are WSS; samples of one cluster are joined at height 0.
    n_features_in_ : int
        Number of features in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    KMeans : All clusters at once.
    ganglion.bisecting_kmeans : The algorithm as a plain function, with its cost and its references.

    Notes
    -----
    A fit is `ganglion.bisecting_kmeans` and nothing more, so a seed gives the same bits in both. `predict` goes down
    the hierarchy, to the nearer of two centres at each split, which need not end at the nearest of all centres;
    `score` measures to the nearest of all, as scikit-learn's does.

    Examples
    --------
    >>> import ganglion as gl
    >>> X = [[0.0], [1.0], [9.0], [10.0], [40.0], [41.0]]
    >>> model = gl.BisectingKMeans(n_clusters=3, random_state=0).fit(X)
    >>> sorted(model.cluster_centers_.ravel().tolist()), model.inertia_
    ([0.5, 9.5, 40.5], 1.5)
    >>> bool((model.predict(X) == model.labels_).all())
    True
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Any = "random",
        n_init: Any = 1,
        random_state: Any = None,
        max_iter: int = 300,
        verbose: int = 0,
        tol: float = 1e-4,
        copy_x: bool = True,
        algorithm: str = "lloyd",
        bisecting_strategy: str = "biggest_inertia",
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.random_state = random_state
        self.max_iter = max_iter
        self.verbose = verbose
        self.tol = tol
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.bisecting_strategy = bisecting_strategy

    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Split the samples until there are `n_clusters`.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The samples. float32 is computed in float32 where that is safe; everything else becomes float64.
        y : object, optional
            Not used; handed on to callbacks.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative. An integer weight equals that many repetitions.

        Returns
        -------
        BisectingKMeans
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range.
        DataError
            When X or `sample_weight` is not numeric, finite and of matching shape.
        """
        if self.algorithm not in ("lloyd", "elkan"):
            raise ParameterError(
                f"algorithm must be one of 'lloyd', 'elkan'; got {self.algorithm!r}."
            )
        if not isinstance(self.init, str) and not callable(self.init):
            raise ParameterError(
                "init must be 'random', 'k-means++', 'k-means||' or a callable: every split has a start of its own; "
                f"got a {type(self.init).__name__}. Use KMeans for given centres."
            )
        data = {"X": X, "y": y, "sample_weight": sample_weight}
        fit_reported(BisectingKMeans._fit, self, data, n_starts=1, n_steps=None)
        return self

    def _fit(self, X: Any, sample_weight: Any, progress: Progress | None) -> None:
        """Run `bisecting_kmeans`, and keep what it found under scikit-learn's names."""
        plain = self._validated(X, reset=True)
        with self._naming_columns(plain):
            run = bisecting_kmeans(
                plain,
                self.n_clusters,
                init=self._start(),
                n_init=self.n_init,
                max_iter=self.max_iter,
                tol=self.tol,
                bisecting_strategy=self.bisecting_strategy,
                sample_weight=sample_weight,
                random_state=self.random_state,
                progress=progress,
            )
        self._keep(run)

    def _keep(self, run: BisectingRun) -> None:
        self._run = run
        self.cluster_centers_ = run.centers
        self.labels_ = run.labels
        self.inertia_ = run.inertia
        self.tree_ = run.tree

    def predict(self, X: Any) -> Labels:
        """Find the cluster that each sample comes to, going to the nearer of two centres at each split.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Samples with the features of those that were fitted.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            The left part wins a tie. For the samples that were fitted this is `labels_`, bit by bit.
        """
        return self._ask(lambda samples: descend(self._run, samples), X)

    def _to_state(self) -> State:
        """What a model file holds: the parameters, centres and labels, and the hierarchy."""
        if not hasattr(self, "_run"):
            return state_of(self, {}, {})
        arrays = present(self, ("cluster_centers_", "labels_"))
        arrays |= {f"run.{name}": getattr(self._run, name) for name in _NODES}
        arrays["tree_.merges"] = self.tree_.merges
        return state_of(self, present(self, _CHECKS), arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        estimator, fitted, arrays = restored(cls, state, _CHECKS)
        if fitted:
            expect(
                set(fitted) == set(_CHECKS),
                f"it must hold {sorted(_CHECKS)}; found {sorted(fitted)}",
            )
            vars(cast("object", estimator)).update(fitted)
            estimator._keep(_taken(fitted, arrays))
        expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
        return estimator


def _taken(fitted: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> BisectingRun:
    """The run of a model file, out of `arrays`."""
    n_features = fitted["n_features_in_"]
    centers = checked_centers(arrays.pop("cluster_centers_"), n_features)
    children, node_centers, node_labels = (arrays.pop(f"run.{name}") for name in _NODES)
    labels = checked_labels(arrays.pop("labels_"), len(centers))
    merges = arrays.pop("tree_.merges")
    expect(merges.dtype == np.float64, "tree_.merges must be float64")
    tree = Tree(merges=merges, method="bisecting", metric="euclidean")
    expect(tree.n_leaves == len(labels), "tree_.merges must be a tree over the labels")
    _check_nodes(children, node_labels, len(centers))
    checked_centers(node_centers, n_features)
    leaves = np.argsort(node_labels, kind="stable")[-len(centers) :]
    same = node_centers.dtype == centers.dtype and len(node_centers) == len(children)
    expect(
        same and np.array_equal(node_centers[leaves], centers),
        "run.node_centers must hold those of the clusters",
    )
    return BisectingRun(
        centers, labels, fitted["inertia_"], tree, children, node_centers, node_labels
    )


def _check_nodes(children: NDArray[Any], node_labels: NDArray[Any], k: int) -> None:
    """Raise where nodes are no tree with k leaves: going down must end, and end at a cluster."""
    n = 2 * k - 1
    sound = children.dtype == np.int64 and children.shape == (n, 2)
    expect(sound, f"run.children must be int64 of shape ({n}, 2)")
    sound = node_labels.dtype == np.int32 and node_labels.shape == (n,)
    expect(sound, f"run.node_labels must be int32 of shape ({n},)")
    is_leaf = node_labels >= 0
    expect(bool((children[is_leaf] == -1).all()), "a cluster must have no parts")
    parts = children[~is_leaf]
    below = np.sort(parts.ravel())
    # Every node but the whole is a part of one node before it: no part can be its own ancestor.
    rising = bool((parts > np.flatnonzero(~is_leaf)[:, None]).all())
    expect(rising and np.array_equal(below, np.arange(1, n)), "run.children must be a tree")
    expect(
        np.array_equal(np.sort(node_labels[is_leaf]), np.arange(k)),
        "run.node_labels must number the clusters",
    )
