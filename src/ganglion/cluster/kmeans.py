"""k-means: groups around centres, exactly as Lloyd's algorithm finds them, without most of its work."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import (
    Labels,
    Real,
    Samples,
    Sparse,
    check_samples_or_sparse,
    check_weights,
    column_names,
)
from .._random import RandomState, generator
from .._values import check_choice, check_count, check_not_negative
from ..progress import Progress
from ..storage.state import State
from ._kmeans.directions import ZeroRows, set_aside_zero_rows, unit_rows
from ._kmeans.lloyd import History, LloydRun, Stop, StoppedBy, anchor_of, lloyd, negligible
from ._kmeans.prepared import Prepared, prepare
from ._kmeans.seeding import dense_rows, seed_indices
from ._kmeans.starts import Init, first_centers, is_given
from ._parameters import check_n_clusters, check_progress, report_duplicates
from ._storing.records import parts_of_run, state_of_run

_METRICS = ("euclidean", "cosine")


@dataclass(frozen=True)
class KMeansRun:
    """What `kmeans` found.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        In the dtype of X. The means of their samples, when the run converged on labels.
    labels : ndarray of shape (n_samples,), int32
        The nearest centre of each sample; the lowest index wins a tie.
    inertia : float
        WSS: weighted sum of squared distances to the nearest centre (``metric="cosine"``: of cosine distances).
    tss : float
        The same about the mean (``"cosine"``: about the mean direction).
    bss : float
        What the centres explain: ``tss = bss + inertia``, up to rounding.
    n_iter : int
        Steps of assignment and move.
    converged : bool
        Whether a rule other than `max_iter` stopped the run.
    stopped_by : {"labels", "tol", "epsilon", "max_iter", "progress"}
        Which rule stopped it.
    history : History or None
        Every step, with ``record=True``.
    """

    centers: Real
    labels: Labels
    inertia: float
    tss: float
    bss: float
    n_iter: int
    converged: bool
    stopped_by: StoppedBy
    history: History | None = None

    def _to_state(self) -> State:
        """What a model file holds of this run."""
        return state_of_run(self)

    @classmethod
    def _from_state(cls, state: State) -> KMeansRun:
        """The run that a model file holds; ValueError where it holds none."""
        return cls(**parts_of_run(state))


def kmeans(
    X: Any,
    n_clusters: int,
    *,
    init: Init = "k-means++",
    n_init: int = 1,
    max_iter: int = 300,
    tol: float = 1e-4,
    epsilon: float | None = None,
    metric: str = "euclidean",
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    record: bool = False,
    on_duplicates: str = "reduce",
    progress: Progress | None = None,
) -> KMeansRun:
    """Partition samples into `n_clusters` groups of small squared distance to their centres.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        float32 is computed in float32 where that is safe; everything else becomes float64. Never written to.
    n_clusters : int
        From 1 to n_samples.
    init : {"k-means++", "k-means||", "random"}, array-like of shape (n_clusters, n_features) or callable
        The first centres. A callable gets ``(X, n_clusters, generator)`` and returns centres.
    n_init : int, default=1
        How many starts; the run of the lowest inertia is returned, the first of equals.
    max_iter : int, default=300
        At most this many steps of assignment and move.
    tol : float, default=1e-4
        Stop when the summed squared shift of the centres is at most ``tol`` times the mean variance of the columns,
        as in scikit-learn. 0 runs until no label changes.
    epsilon : float, optional
        Stop when the mean squared shift of the centres is at most `epsilon`, in squared units of X.
    metric : {"euclidean", "cosine"}
        ``"cosine"`` is spherical k-means: samples and centres have length 1; a zero vector is at distance 1 from
        every centre.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative. An integer weight equals that many repetitions.
    random_state : int, Generator, RandomState or None
        Seed of the start. One seed gives one answer, to the bit, whatever the number of threads.
    record : bool, default=False
        Keep every step in `history`.
    on_duplicates : {"reduce", "error"}
        What to do when X has fewer distinct samples than `n_clusters`: return as many centres as there are, with one
        warning, or raise.
    progress : callable, optional
        Called with a `ganglion.progress.Step` after each step; returns True to stop.

    Returns
    -------
    KMeansRun
        Centres, labels, inertia and how the run went.

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
    Minimises ``WSS = sum_i w_i ||x_i - c_l(i)||^2`` over centres ``c_j`` and labels ``l(i)``, by Lloyd's algorithm: to
    each sample the nearest centre, to each centre the mean of its samples. The label is defined by distances computed
    in float64 from differences, in feature order; faster arithmetic and bounds are used where they provably give the
    same label. An empty cluster is given the sample farthest from its centre.

    A step costs at most ``O(n k d)``; bounds skip most of it after a few steps. Memory beyond X is at most 40 bytes a
    sample, the centres, and blocks of fixed size. Cosine makes one normalised copy of X.

    References
    ----------
    .. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28(2), 1982.
       DOI 10.1109/TIT.1982.1056489.
    .. [2] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    .. [3] G. Hamerly, "Making k-means even faster", SDM 2010. DOI 10.1137/1.9781611972801.12.
    .. [4] Y. Ding et al., "Yinyang k-means", ICML 2015.
    .. [5] C. Elkan, "Using the triangle inequality to accelerate k-means", ICML 2003.

    Examples
    --------
    >>> import ganglion as gl
    >>> run = gl.kmeans([[1.0], [2.0], [9.0], [10.0]], 2, init=[[0.0], [5.0]])
    >>> run.centers.ravel().tolist(), run.labels.tolist(), run.inertia
    ([1.5, 9.5], [0, 0, 1, 1], 1.0)
    """
    check_choice("metric", metric, _METRICS)
    check_choice("on_duplicates", on_duplicates, ("reduce", "error"))
    samples = check_samples_or_sparse(X)
    k = check_n_clusters(n_clusters, samples.shape[0])
    check_count("n_init", n_init)
    check_count("max_iter", max_iter)
    weights = check_weights(sample_weight, samples.shape[0])
    spherical = metric == "cosine"
    zero: ZeroRows | None = None
    if spherical:
        samples = unit_rows(samples)
        zero = set_aside_zero_rows(samples, weights)
        weights = zero.other_weights
    if zero is not None and zero.weight_of_others == 0:
        return _all_zero(samples, k, on_duplicates, record)
    prepared = prepare(samples, weights, column_names(X))
    check_progress(progress)
    stop = _stop_rule(prepared, max_iter, tol, epsilon)
    rng = generator(random_state)
    starts = (
        first_centers(init, X, prepared, k, rng, spherical)
        for _ in range(1 if is_given(init) else n_init)
    )
    best: LloydRun | None = None
    for start in starts:
        run = lloyd(prepared, start, stop, spherical=spherical, record=record, progress=progress)
        if best is None or run.inertia < best.inertia:
            best = run
        if run.stopped_by == "progress":
            break
    assert best is not None
    return _finished(prepared, _without_empty(prepared, best, on_duplicates, spherical), zero)


def kmeans_plusplus(
    X: Any,
    n_clusters: int,
    *,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    n_local_trials: int | None = None,
) -> tuple[Real, npt.NDArray[np.int64]]:
    """Choose seeds for k-means by greedy k-means++.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The samples.
    n_clusters : int
        How many seeds, from 1 to n_samples.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative.
    random_state : int, Generator, RandomState or None
        One seed gives one answer, to the bit.
    n_local_trials : int, optional
        Candidates in each step, of which the best is taken; ``2 + floor(ln n_clusters)`` by default.

    Returns
    -------
    centers : ndarray of shape (n_clusters, n_features)
        The seeds, rows of X.
    indices : ndarray of shape (n_clusters,), int64
        Which rows.

    Raises
    ------
    ParameterError
        When a parameter is out of its range.
    DataError
        When X or `sample_weight` is not numeric, finite and of matching shape.

    Notes
    -----
    The distribution is that of scikit-learn's function of this name. Time is at most
    ``O(n_samples n_clusters n_local_trials n_features)``; samples that a candidate cannot be nearest to are skipped.

    References
    ----------
    .. [1] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> import ganglion as gl
    >>> centers, indices = gl.kmeans_plusplus([[0.0], [0.1], [9.0], [9.1]], 2, random_state=0)
    >>> sorted(i // 2 for i in indices.tolist())
    [0, 1]
    """
    samples = check_samples_or_sparse(X)
    k = check_n_clusters(n_clusters, samples.shape[0])
    if n_local_trials is not None:
        check_count("n_local_trials", n_local_trials)
    prepared = prepare(samples, check_weights(sample_weight, samples.shape[0]), column_names(X))
    indices = seed_indices(prepared, k, generator(random_state), n_local_trials=n_local_trials)
    return np.ldexp(dense_rows(prepared, indices), -prepared.exponent), indices


def _stop_rule(prepared: Prepared, max_iter: int, tol: float, epsilon: float | None) -> Stop:
    for name, value in (("tol", tol), ("epsilon", 0.0 if epsilon is None else epsilon)):
        check_not_negative(name, value)
    variance = float(np.mean(prepared.second_moment / prepared.total_weight))
    with np.errstate(over="ignore", under="ignore"):
        scaled = (
            None if epsilon is None else float(np.ldexp(np.float64(epsilon), 2 * prepared.exponent))
        )
    return Stop(int(max_iter), tol * variance, scaled)


def _without_empty(
    prepared: Prepared, run: LloydRun, on_duplicates: str, spherical: bool
) -> LloydRun:
    """Drop the clusters that no sample could be found for: there are fewer distinct samples than clusters."""
    k = len(run.centers)
    members = np.bincount(run.labels, minlength=k)
    if np.all(members > 0) or run.inertia > prepared.total_weight * negligible(prepared, spherical):
        return run
    report_duplicates(int(np.count_nonzero(members)), k, on_duplicates)
    number = (np.cumsum(members > 0) - 1).astype(np.int32)
    return replace(
        run, centers=np.ascontiguousarray(run.centers[members > 0]), labels=number[run.labels]
    )


def _finished(prepared: Prepared, run: LloydRun, zero: ZeroRows | None) -> KMeansRun:
    """The run in the caller's units."""
    tss, bss, wss = float(np.sum(prepared.second_moment)), run.between, run.inertia
    if zero is not None:
        # Half the squared distance between unit vectors is their cosine distance; zero rows are at distance 1.
        anchor = anchor_of(prepared, spherical=True)
        tss += prepared.total_weight * float(np.sum((anchor - prepared.mean) ** 2))
        aside = math.ldexp(zero.weight, -prepared.weight_exponent)
        tss, bss, wss = tss / 2 + aside, bss / 2, wss / 2 + aside
        run.labels[zero.rows] = 0
        if run.history is not None:
            run.history.labels[:, zero.rows] = 0
            run.history.inertia[:] = run.history.inertia / 2 + zero.weight
    return KMeansRun(
        centers=np.ldexp(run.centers, -prepared.exponent) if prepared.exponent else run.centers,
        labels=run.labels,
        inertia=prepared.unscaled(wss),
        tss=prepared.unscaled(tss),
        bss=prepared.unscaled(bss),
        n_iter=run.n_iter,
        converged=run.stopped_by in ("labels", "tol", "epsilon"),
        stopped_by=run.stopped_by,
        history=run.history,
    )


def _all_zero(samples: Samples | Sparse, k: int, on_duplicates: str, record: bool) -> KMeansRun:
    """No row has a direction: one cluster around the zero vector, at distance 0 from it."""
    if k > 1:
        report_duplicates(1, k, on_duplicates)
    n, d = samples.shape
    centers, labels = np.zeros((1, d), dtype=samples.dtype), np.zeros(n, dtype=np.int32)
    history = None
    if record:
        zero, all_of_them = np.zeros(1), np.array([n], dtype=np.int64)
        history = History(centers[None], labels[None], zero, zero, all_of_them, all_of_them[None])
    return KMeansRun(centers, labels, 0.0, 0.0, 0.0, 1, True, "labels", history)
