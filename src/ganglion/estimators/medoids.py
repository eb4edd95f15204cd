"""`KMedoids`: k-medoids as a scikit-learn estimator, for whatever has distances."""

from __future__ import annotations

from typing import Any, Self, cast, final

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from .._arrays import Labels, Real, check_samples, check_weights
from ..cluster._medoids.starts import is_given
from ..cluster._storing.items import is_record, items_state, kept, take_items
from ..cluster._storing.records import Check, checked_labels, expect, is_flag, is_natural, is_number
from ..cluster.medoids import kmedoids
from ..distances import Items, nearest, pairwise, square_form
from ..distances._matrix import Matrix, as_rows
from ..distances.catalogue import find_metric
from ..progress import Progress
from ..storage.state import State
from ._contract import (
    BaseEstimator,
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    check_is_fitted,
)
from ._items import examples, fitted_items, new_items, tag_items, width
from ._reporting import fit_reported
from ._state import present, restored, state_of

_ITEMS = "items"
_NUMBERS: dict[str, Check] = {
    "inertia_": is_number,
    "n_iter_": is_natural,
    "converged_": is_flag,
    "certified_": is_flag,
}
_CHECKS: dict[str, Check] = {**_NUMBERS, "n_features_in_": is_natural, _ITEMS: is_record}


@final
class KMedoids(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    ClusterMixin,
    BaseEstimator,
):
    """Cluster anything that has distances around items of its own, with scikit-learn's contract.

    Rows of numbers, texts (``metric="levenshtein"``), sets (``"jaccard"``), series (``"dtw"``), tables of mixed columns
    (``"gower"``), or distances themselves (``"precomputed"``): see `ganglion.distances.METRICS`.

    Parameters
    ----------
    n_clusters : int, default=8
        From 1 to n_samples.
    metric : str or callable, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    init : {"auto", "build", "lab", "k-medoids++", "random"} or array-like of shape (n_clusters,), default="auto"
        The first medoids, by their indices, or how they are chosen; see `ganglion.kmedoids`.
    n_init : int, default=1
        How many starts; the run of the lowest inertia is kept. Given medoids are always one start.
    max_iter : int, default=100
        At most this many passes over all candidates for a swap.
    algorithm : {"auto", "fasterpam", "sampled"}, default="auto"
        How swaps are found: exactly, or by estimates that are then verified. "auto" is exact where the matrix of
        distances is given or small.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the start. An int gives the same bits every time, whatever the number of threads.
    memory_limit : int or str, optional
        The most memory to take, in bytes or as ``"2GB"``; by default what is there.

    Attributes
    ----------
    medoid_indices_ : ndarray of shape (n_clusters,), int64
        Which items are the medoids; fewer where there are fewer distinct items.
    cluster_centers_ : ndarray of shape (n_clusters, n_features), list or None
        The medoids themselves: rows of an array (dense also for a sparse one); a list of texts, sets, series or
        objects; a list of dicts for a table; None where only distances are known.
    labels_ : ndarray of shape (n_samples,), int32
        Always equal to ``predict(X)``.
    inertia_ : float
        Weighted sum of the distances to the nearest medoids.
    n_iter_ : int
        Passes over the candidates for a swap.
    converged_ : bool
        Whether the search ended because it found no more swap that lowers the loss.
    certified_ : bool
        Whether every swap of one medoid for one item was checked exactly, and none lowers the loss.
    n_features_in_ : int
        Number of features, of columns, or with ``metric="precomputed"`` of items in `fit`; not there for texts, sets
        and series.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    KMeans : Clusters around means.
    ganglion.kmedoids : The algorithm as a plain function, with its formula, its cost and its references.

    Notes
    -----
    A fit is `ganglion.kmedoids` and nothing more, so a seed gives the same bits in both. A model holds its medoids and
    none of the other items, in memory as in a file.

    With ``metric="precomputed"``, `predict`, `transform` and `score` take either the distances to all items of the fit,
    of shape (m, n_samples), or those to the medoids alone, of shape (m, n_clusters); where both numbers are the same,
    they are the distances to all items of the fit, in their order.

    Examples
    --------
    >>> import ganglion as gl
    >>> streets = ["Main Street", "Main Str.", "Main St", "Park Avenue", "Park Ave", "Park Av."]
    >>> model = gl.KMedoids(n_clusters=2, metric="levenshtein").fit(streets)
    >>> model.cluster_centers_, model.labels_.tolist()
    (['Park Ave', 'Main Str.'], [1, 1, 1, 0, 0, 0])
    >>> model.predict(["Maine Street"]).tolist()
    [1]
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        metric: Any = "euclidean",
        metric_params: Any = None,
        init: Any = "auto",
        n_init: int = 1,
        max_iter: int = 100,
        algorithm: str = "auto",
        random_state: Any = None,
        memory_limit: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.metric = metric
        self.metric_params = metric_params
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.algorithm = algorithm
        self.random_state = random_state
        self.memory_limit = memory_limit

    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Find the medoids.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame, or list of strings, sets or series, of n_samples items
            What the metric is between; a square or condensed matrix of distances with ``metric="precomputed"``.
        y : object, optional
            Not used; handed on to callbacks.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative. An integer weight equals that many repetitions; an item of weight 0 is never a medoid.

        Returns
        -------
        KMedoids
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range.
        DataError
            When X is not what the metric is between, or a matrix of distances is asymmetric, negative, not finite, or
            not zero on its diagonal.
        MemoryPlanError
            When the work does not fit into memory.
        """
        data = {"X": X, "y": y, "sample_weight": sample_weight}
        n_starts = 1 if is_given(self.init) else self.n_init
        fit_reported(KMedoids._fit, self, data, n_starts=n_starts, n_steps=self.max_iter)
        return self

    def _fit(self, X: Any, sample_weight: Any, progress: Progress | None) -> None:
        """Run `kmedoids`, and keep what it found under scikit-learn's names."""
        items = fitted_items(self, X, self.metric, self.metric_params)
        run = kmedoids(
            items,
            self.n_clusters,
            init=self.init,
            n_init=self.n_init,
            max_iter=self.max_iter,
            sample_weight=sample_weight,
            random_state=self.random_state,
            algorithm=self.algorithm,
            memory_limit=self.memory_limit,
            progress=progress,
        )
        self.medoid_indices_ = run.medoids
        self.labels_ = run.labels
        self.inertia_ = run.inertia
        self.n_iter_ = run.n_iter
        self.converged_ = run.converged
        self.certified_ = run.certified
        self._keep(kept(items.take(run.medoids)))

    def _keep(self, medoids: Items) -> None:
        self._medoids = medoids
        self.cluster_centers_ = examples(medoids)

    def fit_predict(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> Labels:
        """Find the medoids, and return the label of each item.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame, or list of n_samples items
            As in `fit`.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.

        Returns
        -------
        ndarray of shape (n_samples,), int32
            Equal to ``fit(X).predict(X)``.
        """
        return self.fit(X, y, sample_weight=sample_weight).labels_

    def predict(self, X: Any) -> Labels:
        """Find the nearest medoid of each item.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame, or list of m items
            Items of the kind that was fitted; with ``metric="precomputed"`` their distances to all items of the fit,
            or to the medoids alone.

        Returns
        -------
        ndarray of shape (m,), int32
            The lowest index wins a tie. For the items that were fitted this is `labels_`, bit by bit.
        """
        items, medoids = self._compared(X)
        return nearest(items, medoids).indices[:, 0].astype(np.int32)

    def transform(self, X: Any) -> Real:
        """Measure how far each item is from each medoid.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame, or list of m items
            As in `predict`.

        Returns
        -------
        ndarray of shape (m, n_clusters)
            Distances; float32 for float32 rows and for counts of edits, else float64.
        """
        items, medoids = self._compared(X)
        return pairwise(items, medoids)

    def fit_transform(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> Real:
        """Find the medoids, and return the distances to them.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame, or list of n_samples items
            As in `fit`.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Equal to ``fit(X).transform(X)``.
        """
        self.fit(X, y, sample_weight=sample_weight)
        return self.transform(square_form(X) if self._is_condensed(X) else X)

    def score(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return the negative inertia of items: the higher, the better they fit the medoids.

        Parameters
        ----------
        X : array-like, sparse matrix, data frame, or list of m items
            As in `predict`.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (m,), optional
            Not negative.

        Returns
        -------
        float
            Minus the weighted sum of the distances to the nearest medoids.
        """
        items, medoids = self._compared(X)
        weights = check_weights(sample_weight, items.n)
        distances = nearest(items, medoids).distances[:, 0].astype(np.float64)
        return -float(np.sum(distances if weights is None else distances * weights))

    def _compared(self, X: Any) -> tuple[Items, Items]:
        """New items, and the medoids that they are compared with."""
        check_is_fitted(self)
        medoids = self._medoids
        given = X if not self._is_precomputed or hasattr(X, "shape") else np.asarray(X)
        if not self._is_precomputed or given.shape[1:] != (medoids.n,) or _is_whole(medoids):
            return new_items(self, given, medoids), medoids
        alone = Matrix(None, medoids.n)  # the medoids as all there is
        rows = as_rows(check_samples(given, finite=False), alone, name="X")
        pair = (Items(medoids.metric, medoids.parameters, content) for content in (rows, alone))
        return next(pair), next(pair)

    @property
    def _is_precomputed(self) -> bool:
        return isinstance(self._medoids.content, Matrix)

    def _is_condensed(self, X: Any) -> bool:
        return self._is_precomputed and getattr(X, "ndim", 2) == 1

    @property
    def _n_features_out(self) -> int:
        """How many columns `transform` returns; scikit-learn names them after the class."""
        return len(self.medoid_indices_)

    def __sklearn_tags__(self) -> Any:
        inherited: Any = super()
        tags = tag_items(inherited.__sklearn_tags__(), self.metric)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _to_state(self) -> State:
        """What a model file holds: the parameters, labels and the medoids, no other item."""
        if not hasattr(self, "_medoids"):
            return state_of(self, {}, {})
        record, arrays = items_state(self._medoids)
        found = present(self, (*_NUMBERS, "n_features_in_")) | {_ITEMS: record}
        return state_of(self, found, arrays | present(self, ("medoid_indices_", "labels_")))

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        estimator, fitted, arrays = restored(cls, state, _CHECKS)
        if fitted:
            expect(
                set(fitted) | {"n_features_in_"} == set(_CHECKS),
                f"it must hold {sorted(_CHECKS)}; found {sorted(fitted)}",
            )
            medoids = take_items(fitted.pop(_ITEMS), arrays)
            vars(cast("object", estimator)).update(fitted)
            estimator.labels_ = checked_labels(arrays.pop("labels_"), medoids.n)
            estimator.medoid_indices_ = arrays.pop("medoid_indices_")
            _check_medoids(estimator, medoids)
            estimator._keep(medoids)
        expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
        return estimator


def _is_whole(medoids: Items) -> bool:
    """Whether the items of a matrix of distances are all medoids."""
    content: Any = medoids.content
    return medoids.n == content.n_base


def _check_medoids(estimator: KMedoids, medoids: Items) -> None:
    """Raise where items, indices and labels of a file do not fit together."""
    indices: NDArray[Any] = estimator.medoid_indices_
    n = len(estimator.labels_)
    sound = indices.dtype == np.int64 and indices.shape == (medoids.n,) and medoids.n > 0
    expect(sound, f"medoid_indices_ must be ({medoids.n},) int64")
    in_range = 0 <= int(indices.min()) <= int(indices.max()) < n
    expect(in_range and len(set(indices.tolist())) == medoids.n, f"medoids must differ, below {n}")
    metric = find_metric(estimator.metric).name
    expect(medoids.metric == metric, f"its items must be measured by {metric!r}")
    found, wanted = getattr(estimator, "n_features_in_", None), width(medoids)
    expect(found == wanted, f"n_features_in_ must be {wanted}; found {found}")
    content = medoids.content
    if isinstance(content, Matrix):
        is_ours = content.n_base == n and np.array_equal(content.indices, indices)  # pyright: ignore[reportArgumentType]
        expect(is_ours, "items must be the medoids of the matrix of distances")
