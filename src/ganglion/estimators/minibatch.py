"""`MiniBatchKMeans`: mini-batch k-means as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any, Self, cast, final

import numpy as np
import numpy.typing as npt

from .._arrays import Weights, check_samples_or_sparse, check_weights
from ..cluster._storing.records import (
    Check,
    expect,
    is_count,
    is_flag,
    is_natural,
    is_number,
    is_one_of,
)
from ..cluster.minibatch import MiniBatchState, minibatch_kmeans, minibatch_start, minibatch_step
from ..cluster.prediction import nearest_and_inertia
from ..progress import Progress
from ..storage.state import State
from ._centers import CenterEstimator
from ._reporting import fit_reported
from ._state import present, restored, state_of, take_centers

_CHECKS: dict[str, Check] = {
    "n_features_in_": is_count,
    "n_iter_": is_count,
    "n_steps_": is_count,
    "inertia_": is_number,
    "tss_": is_number,
    "bss_": is_number,
    "converged_": is_flag,
    "k_effective_": is_count,
    "stopped_by_": is_one_of("tol", "no_improvement", "max_iter", "progress"),
    "seed": is_natural,
    "n_since_reassigned": is_natural,
}


@final
class MiniBatchKMeans(CenterEstimator):
    """Cluster samples around centres learnt from small random batches, with scikit-learn's contract.

    Parameters
    ----------
    n_clusters : int, default=8
        From 1 to n_samples.
    init : {"k-means++", "k-means||", "random"}, array-like of shape (n_clusters, n_features) or callable
        The first centres, chosen from `init_size` samples. A callable gets
        ``(X, n_clusters, random_state=RandomState)`` and returns centres.
    max_iter : int, default=100
        At most as many samples are drawn as this many times n_samples.
    batch_size : int, default=1024
        Samples in a batch; at most n_samples.
    verbose : int, default=0
        Accepted for scikit-learn's sake: nothing is printed. Use ``set_callbacks(ProgressBar())``.
    compute_labels : bool, default=True
        Find labels and inertia of all samples at the end of `fit`, and of the batch in `partial_fit`.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the start and of the batches. An int gives the same bits every time, whatever the number of threads.
    tol : float, default=0.0
        Stop when the summed squared shift of the centres in a step is at most `tol` times the mean variance of the
        columns. 0 leaves this rule out.
    max_no_improvement : int or None, default=10
        Stop when the smoothed inertia of the batches has not been lower for this many steps.
    init_size : int, optional
        Samples to choose the start from; ``3 * batch_size`` by default. What is less than `n_clusters` becomes
        ``3 * n_clusters``.
    n_init : "auto" or int, default="auto"
        How many starts; batches go on from the best. ``"auto"`` is 3 for ``"random"`` and a callable, and 1 otherwise.
    reassignment_ratio : float, default=0.01
        A centre that has taken in less than this share of the weight of the largest is given to a random sample.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
        In the dtype of X (of the first batch of `partial_fit`).
    labels_ : ndarray of shape (n_samples,), int32
        Always equal to ``predict(X)``; not there with ``compute_labels=False``.
    inertia_ : float
        WSS of the samples that `labels_` is about; with ``compute_labels=False`` an estimate from the batches.
    tss_, bss_ : float
        Weighted sum of squared distances to the mean, and ``tss_ - inertia_``. After `fit`.
    n_iter_ : int
        How many times as many samples as there are were drawn, rounded up. After `fit`.
    n_steps_ : int
        How many batches were taken in.
    converged_ : bool
        Whether a rule other than `max_iter` stopped `fit`.
    stopped_by_ : {"tol", "no_improvement", "max_iter", "progress"}
        Which rule stopped it; ``"progress"`` is a callback.
    k_effective_ : int
        How many centres there are; less than `n_clusters` where samples coincide.
    n_features_in_ : int
        Number of features in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    KMeans : Looks at all samples in every step, and finds a fixed point.
    ganglion.cluster.minibatch.minibatch_kmeans : The algorithm as a plain function.

    Notes
    -----
    Centres are kept in float64 between batches: no sample is too light to move a centre of float32.

    With scikit-learn 1.9 or later, ``set_callbacks`` takes its callbacks; the tasks are ``fit`` - ``step``.

    References
    ----------
    .. [1] D. Sculley, "Web-scale k-means clustering", WWW 2010. DOI 10.1145/1772690.1772862. Algorithm 1.

    Examples
    --------
    >>> import ganglion as gl
    >>> X = [[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]]
    >>> model = gl.MiniBatchKMeans(n_clusters=2, random_state=0)
    >>> model.partial_fit(X[0::2]).partial_fit(X[1::2]).n_steps_
    2
    >>> len(set(model.predict([[0.0, 0.0], [11.0, 3.0]]).tolist()))
    2
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Any = "k-means++",
        max_iter: int = 100,
        batch_size: int = 1024,
        verbose: int = 0,
        compute_labels: bool = True,
        random_state: Any = None,
        tol: float = 0.0,
        max_no_improvement: int | None = 10,
        init_size: int | None = None,
        n_init: Any = "auto",
        reassignment_ratio: float = 0.01,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio

    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Find the clusters from batches drawn from X.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The samples.
        y : object, optional
            Not used; handed on to callbacks.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative. Batches are drawn in proportion to it.

        Returns
        -------
        MiniBatchKMeans
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range.
        DataError
            When X or `sample_weight` is not numeric, finite and of matching shape.
        """
        data = {"X": X, "y": y, "sample_weight": sample_weight}
        fit_reported(MiniBatchKMeans._fit, self, data, n_starts=1, n_steps=None)
        return self

    def partial_fit(
        self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None
    ) -> Self:
        """Take in one batch; the first one also gives the first centres.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            The batch; the first one has at least `n_clusters` samples.
        y : object, optional
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Not negative.

        Returns
        -------
        MiniBatchKMeans
            The estimator itself.

        Raises
        ------
        ParameterError
            When a parameter is out of its range.
        DataError
            When X or `sample_weight` is not numeric, finite and of matching shape.
        """
        is_first = not hasattr(self, "cluster_centers_")
        batch = self._validated(X, reset=is_first)
        with self._naming_columns(batch):
            weights = check_weights(sample_weight, batch.shape[0])
            state = self._first_state(batch, weights) if is_first else self._state
            ratio = self.reassignment_ratio
            self._keep(
                minibatch_step(state, batch, sample_weight=weights, reassignment_ratio=ratio)
            )
            if self.compute_labels:
                self.labels_, self.inertia_ = nearest_and_inertia(
                    check_samples_or_sparse(batch), self.cluster_centers_, weights
                )
        return self

    def _first_state(self, batch: Any, weights: Weights | None) -> MiniBatchState:
        """Where `partial_fit` starts."""
        return minibatch_start(
            batch,
            self.n_clusters,
            init=self._start(),
            init_size=self.init_size,
            batch_size=self.batch_size,
            sample_weight=weights,
            random_state=self.random_state,
        )

    def _fit(self, X: Any, sample_weight: Any, progress: Progress | None) -> None:
        """Run `minibatch_kmeans`, and keep what it found under scikit-learn's names."""
        plain = self._validated(X, reset=True)
        with self._naming_columns(plain):
            run = minibatch_kmeans(
                plain,
                self.n_clusters,
                init=self._start(),
                n_init=self._starts(when_auto=3),
                max_iter=self.max_iter,
                batch_size=self.batch_size,
                init_size=self.init_size,
                tol=self.tol,
                max_no_improvement=self.max_no_improvement,
                reassignment_ratio=self.reassignment_ratio,
                sample_weight=sample_weight,
                random_state=self.random_state,
                compute_labels=self.compute_labels,
                progress=progress,
            )
        self._keep(run.state)
        if run.labels is not None:
            self.labels_ = run.labels
        elif hasattr(self, "labels_"):
            del self.labels_  # of a fit before
        self.inertia_ = run.inertia
        self.tss_ = run.tss
        self.bss_ = run.bss
        self.n_iter_ = run.n_iter
        self.converged_ = run.converged
        self.stopped_by_ = run.stopped_by

    def _keep(self, state: MiniBatchState) -> None:
        """Keep where the batches stand."""
        self._state = state
        self.cluster_centers_ = state.shown
        self.n_steps_ = state.n_steps
        self.k_effective_ = len(state.counts)

    def _to_state(self) -> State:
        """What a model file holds: enough to predict, and to go on with `partial_fit` bit by bit."""
        if not hasattr(self, "_state"):
            return state_of(self, {}, {})
        inner = {"seed": self._state.seed, "n_since_reassigned": self._state.n_since_reassigned}
        arrays = present(self, ("cluster_centers_", "labels_"))
        arrays |= {"state.centers": self._state.centers, "state.counts": self._state.counts}
        return state_of(self, present(self, _CHECKS) | inner, arrays)

    @classmethod
    def _from_state(cls, state: State) -> Self:
        """Build the estimator; ValueError where the state is none of its own."""
        estimator, fitted, arrays = restored(cls, state, _CHECKS)
        if fitted:
            counts = arrays.pop("state.counts")
            centers = arrays.pop("state.centers")
            seed, since = fitted.pop("seed"), fitted.pop("n_since_reassigned")
            vars(cast("object", estimator)).update(fitted)
            take_centers(estimator, arrays)
            dtype = str(estimator.cluster_centers_.dtype)
            estimator._state = MiniBatchState(
                centers, counts, dtype, seed, estimator.n_steps_, since
            )
            _check_state(estimator._state, estimator.cluster_centers_)
        expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
        return estimator


def _check_state(state: MiniBatchState, centers: npt.NDArray[Any]) -> None:
    """Raise where the state does not stand behind the centres."""
    for name, array in (("state.centers", state.centers), ("state.counts", state.counts)):
        is_sound = array.dtype == np.float64 and bool(np.all(np.isfinite(array)))
        expect(is_sound, f"{name} must be finite float64")
    is_weight = state.counts.shape == (len(centers),) and bool(np.all(state.counts >= 0))
    expect(is_weight, "state.counts must be a weight for each centre")
    expect(np.array_equal(state.shown, centers), "state.centers must be those of cluster_centers_")
