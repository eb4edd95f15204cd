"""Mini-batch k-means: centres learnt from small random batches, with a rate of its own for each centre."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._arrays import Labels, Real, Samples, Sparse, Weights, check_samples_or_sparse, check_weights
from .._errors import GanglionWarning
from .._random import RandomState
from ..progress import Progress
from .kmeans import (
    Init,
    _check_count,  # pyright: ignore[reportPrivateUsage]
    check_n_clusters,
)
from .minibatch_step import MiniBatchState, RowSource, check_number, minibatch_start, take_in
from .prediction import nearest_and_inertia
from .prepared import Prepared, prepare
from .steps import CenterStep

MiniBatchStop = Literal["tol", "no_improvement", "max_iter", "progress"]


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
    course = _run_batches(source, state, min(batch_size, source.size), reassignment_ratio, scaled, progress)
    return _finished(prepared, samples, weights, course, source.size, compute_labels)


@dataclass(frozen=True)
class _Rule:
    """When to stop."""

    max_iter: int
    tol: float
    max_no_improvement: int | None


@dataclass
class _Course:
    """How the batches went."""

    state: MiniBatchState
    batch_size: int
    stopped_by: MiniBatchStop = "max_iter"
    smoothed: float | None = None
    lowest: float = math.inf
    n_worse: int = 0


def _rule(max_iter: int, tol: float, max_no_improvement: int | None) -> _Rule:
    _check_count("max_iter", max_iter)
    check_number("tol", tol)
    if max_no_improvement is not None and max_no_improvement != 0:
        _check_count("max_no_improvement", max_no_improvement)
    return _Rule(int(max_iter), float(tol), max_no_improvement)


def _scaled(rule: _Rule, prepared: Prepared) -> _Rule:
    """The rule with `tol` in squared units of X."""
    variance = float(np.mean(prepared.second_moment / prepared.total_weight))
    return replace(rule, tol=math.ldexp(rule.tol * variance, -2 * prepared.exponent))


def _run_batches(
    source: RowSource,
    state: MiniBatchState,
    batch_size: int,
    ratio: float,
    rule: _Rule,
    progress: Progress | None,
) -> _Course:
    """Draw batches and take them in until a rule holds."""
    course = _Course(state, batch_size)
    n_steps = rule.max_iter * source.size // batch_size
    for step in range(1, n_steps + 1):
        batch = source.draw(batch_size, np.random.default_rng([state.seed, step]))
        before = course.state.shown
        course.state, inertia = take_in(course.state, batch, None, ratio)
        inertia /= batch_size
        shift = float(np.sum((course.state.shown.astype(np.float64) - before) ** 2)) if rule.tol > 0 else math.inf
        stopped_by = _rule_that_holds(course, rule, inertia, shift, source.size)
        if progress is not None:
            estimate = inertia * source.size
            told = CenterStep("mini-batch k-means", step, n_steps, estimate, centers=course.state.shown)
            if progress(told) is True and stopped_by is None:
                stopped_by = "progress"
        if stopped_by is not None:
            course.stopped_by = stopped_by
            break
    return course


def _rule_that_holds(course: _Course, rule: _Rule, inertia: float, shift: float, size: int) -> MiniBatchStop | None:
    """Whether to stop after a step in which the batch had `inertia` per sample."""
    if course.state.n_steps == 1:
        return None  # that inertia is the start's
    if course.smoothed is None:
        course.smoothed = inertia
    else:
        rate = min(1.0, 2.0 * course.batch_size / (size + 1))
        course.smoothed += rate * (inertia - course.smoothed)
    if shift <= rule.tol:
        return "tol"
    if course.smoothed < course.lowest:
        course.lowest, course.n_worse = course.smoothed, 0
    else:
        course.n_worse += 1
    if rule.max_no_improvement is not None and course.n_worse >= rule.max_no_improvement:
        return "no_improvement"
    return None


def _finished(
    prepared: Prepared,
    samples: Samples | Sparse,
    weights: Weights | None,
    course: _Course,
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
    warnings.warn(
        f"X has {found} distinct samples but n_clusters={len(used)}: {found} clusters are returned. Lower n_clusters.",
        GanglionWarning,
        stacklevel=4,
    )
    number = (np.cumsum(used) - 1).astype(np.int32)
    return replace(state, centers=state.centers[used], counts=state.counts[used]), number[labels]
