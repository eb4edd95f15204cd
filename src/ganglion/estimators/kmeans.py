"""`KMeans`: k-means as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any, Self, cast, final

import numpy.typing as npt

from .._errors import ParameterError
from ..cluster._storing.records import (
    Check,
    expect,
    history_arrays,
    is_count,
    is_flag,
    is_natural,
    is_number,
    is_one_of,
    take_history,
)
from ..cluster.kmeans import kmeans
from ..progress import Progress
from ..storage.state import State
from ._centers import CenterEstimator
from ._reporting import fit_reported
from ._state import present, restored, state_of, take_centers

_CHECKS: dict[str, Check] = {
    "n_features_in_": is_count,
    "n_iter_": is_natural,
    "k_effective_": is_count,
    "inertia_": is_number,
    "tss_": is_number,
    "bss_": is_number,
    "converged_": is_flag,
    "stopped_by_": is_one_of("labels", "tol", "epsilon", "max_iter", "progress"),
}


@final
class KMeans(CenterEstimator):
    """Cluster samples around centres, with scikit-learn's contract.

    Parameters
    ----------
    n_clusters : int, default=8
        From 1 to n_samples.
    init : {"k-means++", "k-means||", "random"}, array-like of shape (n_clusters, n_features) or callable
        The first centres. A callable gets ``(X, n_clusters, random_state=RandomState)`` and returns centres.
    n_init : "auto" or int, default="auto"
        How many starts; the run of the lowest inertia is kept. ``"auto"`` is 10 for ``"random"`` and a callable, and 1
        otherwise. Given centres are always one start.
    max_iter : int, default=300
        At most this many steps of assignment and move.
    tol : float, default=1e-4
        Stop when the summed squared shift of the centres is at most `tol` times the mean variance of the columns.
        0 runs until no label changes.
    verbose : int, default=0
        Accepted for scikit-learn's sake: nothing is printed. Use ``set_callbacks(ProgressBar())``.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the start. An int gives the same bits every time, whatever the number of threads.
    copy_x : bool, default=True
        Accepted for scikit-learn's sake: X is never written to.
    algorithm : {"lloyd", "elkan"}, default="lloyd"
        Accepted for scikit-learn's sake: the result is Lloyd's with either, and the bounds that save work are chosen by
        what pays.
    metric : {"euclidean", "cosine"}, default="euclidean"
        ``"cosine"`` is spherical k-means.
    epsilon : float, optional
        Stop when the mean squared shift of the centres is at most `epsilon`, in squared units of X.
    record : bool, default=False
        Keep every step in `history_`.
    on_duplicates : {"reduce", "error"}, default="reduce"
        What to do when X has fewer distinct samples than `n_clusters`: find as many clusters as there are, with one
        warning, or raise.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (k_effective_, n_features)
        In the dtype of X.
    labels_ : ndarray of shape (n_samples,), int32
        Always equal to ``predict(X)``.
    inertia_ : float
        WSS: weighted sum of squared (or of cosine) distances to the nearest centres.
    tss_, bss_ : float
        The same about the mean, and what the centres explain: ``tss_ = bss_ + inertia_``, up to rounding.
    n_iter_ : int
        Steps of the best run.
    converged_ : bool
        Whether a rule other than `max_iter` stopped it.
    stopped_by_ : {"labels", "tol", "epsilon", "max_iter", "progress"}
        Which rule stopped it; ``"progress"`` is a callback.
    k_effective_ : int
        How many clusters there are; less than `n_clusters` where samples coincide.
    history_ : History or None
        Every step of the best run, with ``record=True``.
    n_features_in_ : int
        Number of features in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has names that are strings.

    See Also
    --------
    MiniBatchKMeans : Looks at a small random batch at a time.
    ganglion.kmeans : The algorithm as a plain function, with its formula, its cost and its references.

    Notes
    -----
    A fit is `ganglion.kmeans` and nothing more, so a seed gives the same bits in both.

    With scikit-learn 1.9 or later, ``set_callbacks`` takes its callbacks. The tree of tasks is ``fit`` - ``step``, or
    ``fit`` - ``start`` - ``step`` with several starts. `ScoringMonitor` computes scores only where `y` is given to
    `fit`, true labels for example; k-means itself does not look at `y`.

    Examples
    --------
    >>> import ganglion as gl
    >>> X = [[1.0, 2.0], [1.0, 4.0], [1.0, 0.0], [10.0, 2.0], [10.0, 4.0], [10.0, 0.0]]
    >>> model = gl.KMeans(n_clusters=2, random_state=0).fit(X)
    >>> sorted(model.cluster_centers_.tolist())
    [[1.0, 2.0], [10.0, 2.0]]
    >>> bool((model.predict(X) == model.labels_).all())
    True
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Any = "k-means++",
        n_init: Any = "auto",
        max_iter: int = 300,
        tol: float = 1e-4,
        verbose: int = 0,
        random_state: Any = None,
        copy_x: bool = True,
        algorithm: str = "lloyd",
        metric: str = "euclidean",
        epsilon: float | None = None,
        record: bool = False,
        on_duplicates: str = "reduce",
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm
        self.metric = metric
        self.epsilon = epsilon
        self.record = record
        self.on_duplicates = on_duplicates

    def fit(self, X: Any, y: Any = None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Find the clusters.

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
        KMeans
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
        n_starts = self._starts(when_auto=10)
        is_one = not isinstance(self.init, str) and not callable(self.init)
        data = {"X": X, "y": y, "sample_weight": sample_weight}
        fit_reported(
            KMeans._fit, self, data, n_starts=1 if is_one else n_starts, n_steps=self.max_iter
        )
        return self

    def _fit(self, X: Any, sample_weight: Any, progress: Progress | None) -> None:
        """Run `kmeans`, and keep what it found under scikit-learn's names."""
        plain = self._validated(X, reset=True)
        with self._naming_columns(plain):
            run = kmeans(
                plain,
                self.n_clusters,
                init=self._start(),
                n_init=self._starts(when_auto=10),
                max_iter=self.max_iter,
                tol=self.tol,
                epsilon=self.epsilon,
                metric=self.metric,
                sample_weight=sample_weight,
                random_state=self.random_state,
                record=self.record,
                on_duplicates=self.on_duplicates,
                progress=progress,
            )
        self.cluster_centers_ = run.centers
        self.labels_ = run.labels
        self.inertia_ = run.inertia
        self.tss_ = run.tss
        self.bss_ = run.bss
        self.n_iter_ = run.n_iter
        self.converged_ = run.converged
        self.stopped_by_ = run.stopped_by
        self.k_effective_ = len(run.centers)
        self.history_ = run.history

    def _to_state(self) -> State:
        """What a model file holds: the parameters, what a fit found, and the recorded steps."""
        arrays = present(self, ("cluster_centers_", "labels_"))
        arrays |= history_arrays(getattr(self, "history_", None))
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
            take_centers(estimator, arrays)
            expect(hasattr(estimator, "labels_"), "labels_ is missing")
            estimator.history_ = take_history(
                arrays, estimator.n_iter_, estimator.labels_, estimator.cluster_centers_
            )
        expect(not arrays, f"it holds arrays that are not known: {sorted(arrays)}")
        return estimator
