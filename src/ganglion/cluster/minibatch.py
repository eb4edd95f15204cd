"""Mini-batch k-means: centres learnt from small random batches, with a rate of its own for each centre."""

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
    Weights,
    check_samples_or_sparse,
    check_weights,
)
from .._errors import DataError, warn_caller
from .._random import RandomState, generator
from .._values import check_count
from ..progress import Progress
from ._kmeans.batches import (
    Course,
    MiniBatchState,
    MiniBatchStop,
    RowSource,
    Rule,
    check_number,
    run_batches,
    take_in,
)
from ._kmeans.prepared import Prepared, prepare
from ._kmeans.starts import Init, first_centers
from ._parameters import check_n_clusters
from .prediction import nearest_and_inertia

__all__ = [
    "MiniBatchRun",
    "MiniBatchState",
    "minibatch_kmeans",
    "minibatch_start",
    "minibatch_step",
]


@dataclass(frozen=True)
class MiniBatchRun:
    """What `minibatch_kmeans` found.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features)
        In the dtype of X.
    labels : ndarray of shape (n_samples,), int32, or None
        The nearest centre of each sample; None with ``compute_labels=False``.
    inertia : float
        WSS of all samples; with ``compute_labels=False`` an estimate from the batches.
    tss : float
        Weighted sum of squared distances to the mean.
    bss : float
        ``tss - inertia``.
    n_iter : int
        How many times as many samples as there are were drawn, rounded up.
    n_steps : int
        How many batches were taken in.
    converged : bool
        Whether a rule other than `max_iter` stopped the run.
    stopped_by : {"tol", "no_improvement", "max_iter", "progress"}
        Which rule stopped it.
    state : MiniBatchState
        To go on from with `minibatch_step`.
    """

    centers: Real
    labels: Labels | None
    inertia: float
    tss: float
    bss: float
    n_iter: int
    n_steps: int
    converged: bool
    stopped_by: MiniBatchStop
    state: MiniBatchState


def minibatch_kmeans(
    X: Any,
    n_clusters: int,
    *,
    init: Init = "k-means++",
    n_init: int = 1,
    max_iter: int = 100,
    batch_size: int = 1024,
    init_size: int | None = None,
    tol: float = 0.0,
    max_no_improvement: int | None = 10,
    reassignment_ratio: float = 0.01,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
    compute_labels: bool = True,
    progress: Progress | None = None,
) -> MiniBatchRun:
    """Partition samples into `n_clusters` groups, looking at a small random batch of them at a time.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        float32 stays float32; everything else becomes float64. Never written to.
    n_clusters : int
        From 1 to n_samples.
    init : {"k-means++", "k-means||", "random"}, array-like of shape (n_clusters, n_features) or callable
        The first centres, chosen from `init_size` samples. A callable gets ``(X, n_clusters, generator)``.
    n_init : int, default=1
        How many starts; the batches go on from the best, judged on `init_size` samples.
    max_iter : int, default=100
        At most as many samples are drawn as this many times n_samples.
    batch_size : int, default=1024
        Samples in a batch; at most n_samples.
    init_size : int, optional
        Samples to choose the start from; ``3 * batch_size`` by default.
    tol : float, default=0.0
        Stop when the summed squared shift of the centres in a step is at most `tol` times the mean variance of the
        columns. 0 leaves this rule out.
    max_no_improvement : int or None, default=10
        Stop when the smoothed inertia of the batches has not been lower for this many steps.
    reassignment_ratio : float, default=0.01
        A centre that has taken in less than this share of the weight of the largest is given to a random sample.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative. Batches are drawn in proportion to it. An integer weight equals that many repetitions.
    random_state : int, Generator, RandomState or None
        One seed gives one answer, to the bit, whatever the number of threads.
    compute_labels : bool, default=True
        Find labels and inertia of all samples at the end.
    progress : callable, optional
        Called with a `CenterStep` after each step; returns True to stop.

    Returns
    -------
    MiniBatchRun
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
        When there are fewer distinct samples than clusters, as far as the run can tell.

    Notes
    -----
    A batch B moves centre c to ``c + sum_{i in B} w_i (x_i - c) / (N + W)``, where the sum is over its samples, W is
    their weight and N the weight that it took in before: c stays the mean of all that it took in. The sums are float64,
    in the order of the rows.

    A step costs ``O(batch_size n_clusters n_features)``, and a run two passes over X more. Beyond X it keeps the
    centres and a batch (and the running totals of the weights, where there are any).

    References
    ----------
    .. [1] D. Sculley, "Web-scale k-means clustering", WWW 2010. DOI 10.1145/1772690.1772862. Algorithm 1.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.cluster.minibatch import minibatch_kmeans
    >>> run = minibatch_kmeans([[1.0], [2.0], [9.0], [10.0]], 2, init=[[0.0], [9.0]], random_state=0)
    >>> run.labels.tolist()
    [0, 0, 1, 1]
    """
    samples = check_samples_or_sparse(X)
    k = check_n_clusters(n_clusters, samples.shape[0])
    rule = _rule(max_iter, tol, max_no_improvement)
    check_number("reassignment_ratio", reassignment_ratio)
    weights = check_weights(sample_weight, samples.shape[0])
    prepared = prepare(samples, weights)
    state = minibatch_start(
        X,
        k,
        init=init,
        n_init=n_init,
        init_size=init_size,
        batch_size=batch_size,
        sample_weight=weights,
        random_state=random_state,
    )
    source = RowSource.of(samples, weights)
    scaled = _scaled(rule, prepared)
    course = run_batches(
        source, state, min(batch_size, source.size), reassignment_ratio, scaled, progress
    )
    return _finished(prepared, samples, weights, course, source.size, compute_labels)


def minibatch_start(
    X: Any,
    n_clusters: int,
    *,
    init: Init = "k-means++",
    n_init: int = 1,
    init_size: int | None = None,
    batch_size: int = 1024,
    sample_weight: npt.ArrayLike | None = None,
    random_state: RandomState = None,
) -> MiniBatchState:
    """Choose the first centres of mini-batch k-means.

    Parameters
    ----------
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The samples, or a first batch of them.
    n_clusters : int
        From 1 to n_samples.
    init : {"k-means++", "k-means||", "random"}, array-like of shape (n_clusters, n_features) or callable
        As in `kmeans`; chosen from `init_size` samples.
    n_init : int, default=1
        How many starts; the one of the lowest inertia on `init_size` samples is taken, the first of equals.
    init_size : int, optional
        How many samples to choose from; ``3 * batch_size`` by default. What is less than `n_clusters` becomes
        ``3 * n_clusters``.
    batch_size : int, default=1024
        Size of the batches to come.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative.
    random_state : int, Generator, RandomState or None
        One seed gives one answer, to the bit.

    Returns
    -------
    MiniBatchState
        Before the first step.

    Raises
    ------
    ParameterError
        When a parameter is out of its range.
    DataError
        When X or `sample_weight` is not numeric, finite and of matching shape.
    """
    samples = check_samples_or_sparse(X)
    k = check_n_clusters(n_clusters, samples.shape[0])
    for name, value in (("n_init", n_init), ("batch_size", batch_size), ("init_size", init_size)):
        if value is not None:
            check_count(name, value)
    weights = check_weights(sample_weight, samples.shape[0])
    source = RowSource.of(samples, weights)
    seed = int(generator(random_state).integers(2**63))
    rng = np.random.default_rng([seed, 0])
    wanted = 3 * min(batch_size, source.size) if init_size is None else init_size
    size = min(wanted if wanted >= k else 3 * k, max(source.size, k))
    check, check_weight = source.draw_or_all(size, rng)
    best: Real | None = None
    lowest = np.inf
    for _ in range(n_init if isinstance(init, str) or callable(init) else 1):
        centers = _first_centers(source, X, k, init, size, rng)
        inertia = nearest_and_inertia(check, centers, check_weight)[1] if n_init > 1 else 0.0
        if best is None or inertia < lowest:
            best, lowest = centers, inertia
    assert best is not None
    return MiniBatchState(best.astype(np.float64), np.zeros(k), str(samples.dtype), seed)


def minibatch_step(
    state: MiniBatchState,
    X: Any,
    *,
    sample_weight: npt.ArrayLike | None = None,
    reassignment_ratio: float = 0.01,
) -> MiniBatchState:
    """Take in one batch.

    Parameters
    ----------
    state : MiniBatchState
        From `minibatch_start`, or from the step before. It is not changed.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        The batch.
    sample_weight : array-like of shape (n_samples,), optional
        Not negative.
    reassignment_ratio : float, default=0.01
        A centre that has taken in less than this share of the weight of the largest may be given to a sample of the
        batch.

    Returns
    -------
    MiniBatchState
        After the batch.

    Raises
    ------
    ParameterError
        When `reassignment_ratio` is negative or not finite.
    DataError
        When X or `sample_weight` is not numeric, finite and of matching shape.
    """
    check_number("reassignment_ratio", reassignment_ratio)
    batch = check_samples_or_sparse(X)
    d = state.centers.shape[1]
    if batch.shape[1] != d:
        raise DataError(
            f"X must have the {d} features of the batches before; got {batch.shape[1]}."
        )
    weights = check_weights(sample_weight, batch.shape[0])
    return take_in(state, batch, weights, reassignment_ratio)[0]


def _rule(max_iter: int, tol: float, max_no_improvement: int | None) -> Rule:
    check_count("max_iter", max_iter)
    check_number("tol", tol)
    if max_no_improvement is not None and max_no_improvement != 0:
        check_count("max_no_improvement", max_no_improvement)
    return Rule(int(max_iter), float(tol), max_no_improvement)


def _scaled(rule: Rule, prepared: Prepared) -> Rule:
    """The rule with `tol` in squared units of X."""
    variance = float(np.mean(prepared.second_moment / prepared.total_weight))
    return replace(rule, tol=math.ldexp(rule.tol * variance, -2 * prepared.exponent))


def _first_centers(
    source: RowSource, X: Any, k: int, init: Init, size: int, rng: np.random.Generator
) -> Real:
    """Centres (k, d) of one start, chosen among `size` samples."""
    subset, weights = source.draw_or_all(size, rng)
    prepared = prepare(subset, weights)
    given: Any = _as_given(subset, X) if callable(init) else None
    centers = first_centers(init, given, prepared, k, rng, False)
    return np.ldexp(centers, -prepared.exponent) if prepared.exponent else centers


def _as_given(subset: Samples | Sparse, X: Any) -> Any:
    """The samples for a callable `init`: an array, or a sparse matrix of the caller's kind."""
    if not isinstance(subset, Sparse):
        return subset
    return type(X.tocsr())((subset.values, subset.columns, subset.indptr), shape=subset.shape)


def _finished(
    prepared: Prepared,
    samples: Samples | Sparse,
    weights: Weights | None,
    course: Course,
    size: int,
    compute_labels: bool,
) -> MiniBatchRun:
    """The run as its record."""
    total = prepared.total_weight * 2.0**prepared.weight_exponent
    tss = prepared.unscaled(float(np.sum(prepared.second_moment)))
    state, labels = course.state, None
    inertia = math.nan if course.smoothed is None else course.smoothed * total
    if compute_labels:
        labels, inertia = nearest_and_inertia(samples, state.shown, weights)
        if inertia == 0:
            state, labels = _without_empty(state, labels)
    return MiniBatchRun(
        centers=state.shown,
        labels=labels,
        inertia=inertia,
        tss=tss,
        bss=tss - inertia,
        n_iter=math.ceil(state.n_steps * course.batch_size / size),
        n_steps=state.n_steps,
        converged=course.stopped_by in ("tol", "no_improvement"),
        stopped_by=course.stopped_by,
        state=state,
    )


def _without_empty(state: MiniBatchState, labels: Labels) -> tuple[MiniBatchState, Labels]:
    """Drop centres without samples where every sample stands on its centre: there are not enough distinct ones."""
    used = np.bincount(labels, minlength=len(state.counts)) > 0
    if np.all(used):
        return state, labels
    found = int(np.count_nonzero(used))
    warn_caller(
        f"X has {found} distinct samples but n_clusters={len(used)}: {found} clusters are returned. Lower n_clusters."
    )
    number = (np.cumsum(used) - 1).astype(np.int32)
    return replace(state, centers=state.centers[used], counts=state.counts[used]), number[labels]
