"""One step of mini-batch k-means, the state between steps, and where it starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import Labels, Real, Samples, Sparse, Weights, check_samples_or_sparse, check_weights
from .._errors import DataError, ParameterError
from .._random import RandomState, generator
from .distinct import distinct_rows, take_rows
from .kmeans import (
    Init,
    _check_count,  # pyright: ignore[reportPrivateUsage]
    _start,  # pyright: ignore[reportPrivateUsage]
    check_n_clusters,
)
from .prediction import nearest_and_inertia
from .prepared import prepare

_CHUNK = 2**18
"""Values of a batch that are added up at a time; fixed, since the order of a sum is part of its bits."""


@dataclass(frozen=True)
class MiniBatchState:
    """Where mini-batch k-means stands; enough to go on with the same bits.

    Attributes
    ----------
    centers : ndarray of shape (n_clusters, n_features), float64
        Each the weighted mean of the samples that it has taken in.
    counts : ndarray of shape (n_clusters,), float64
        The weight that each centre has taken in; its rate of learning is one over this.
    dtype : {"float32", "float64"}
        Of the samples, and of the centres as the caller sees them.
    seed : int
        The random choices of step t depend on `seed` and t, and on nothing else.
    n_steps : int
        How many batches were taken in.
    n_since_reassigned : int
        How many samples came in since centres of low weight were looked for.
    """

    centers: npt.NDArray[np.float64]
    counts: npt.NDArray[np.float64]
    dtype: str
    seed: int
    n_steps: int = 0
    n_since_reassigned: int = 0

    @property
    def shown(self) -> Real:
        """The centres in the dtype of the samples."""
        return self.centers.astype(self.dtype)


@dataclass(frozen=True)
class RowSource:
    """Samples from which rows are drawn with probability proportional to their weight, with replacement.

    Attributes
    ----------
    samples : ndarray or Sparse of shape (n_samples, n_features)
        All rows.
    rows : ndarray of shape (m,), int64, or None
        The rows to draw from, in the order of the draws; None for all, as they stand.
    weights : ndarray of shape (m,) or None
        Their weights.
    size : int
        How many samples there are, where an integer weight counts as that many.
    """

    samples: Samples | Sparse
    rows: npt.NDArray[np.int64] | None
    weights: Weights | None
    size: int
    totals: npt.NDArray[np.float64] | None = None

    @classmethod
    def of(cls, samples: Samples | Sparse, weights: Weights | None) -> RowSource:
        """Build the source; a small table is drawn from in an order that its rows do not decide."""
        n = samples.shape[0]
        whole = weights is not None and bool(np.all(weights == np.floor(weights)) and weights.sum() < 2**53)
        size = int(weights.sum()) if weights is not None and whole else n
        found = distinct_rows(samples, weights)
        rows, own = (None, weights) if found is None else (found.rows, found.weights)
        return cls(samples, rows, own, size, None if own is None else np.cumsum(own))

    def draw(self, m: int, rng: np.random.Generator) -> Samples | Sparse:
        """Draw m rows."""
        if self.totals is None:
            return take_rows(self.samples, rng.integers(self.size, size=m))
        total: np.float64 = self.totals[-1]
        at = np.searchsorted(self.totals, rng.random(m) * total, side="right")
        at = np.minimum(at, np.searchsorted(self.totals, total, side="left"))  # the last that has weight
        return take_rows(self.samples, at if self.rows is None else self.rows[at])

    def draw_or_all(self, m: int, rng: np.random.Generator) -> tuple[Samples | Sparse, Weights | None]:
        """Draw m rows, or return all of them with their weights where m is not less."""
        if m < self.size:
            return self.draw(m, rng), None
        return (self.samples if self.rows is None else take_rows(self.samples, self.rows)), self.weights


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
            _check_count(name, value)
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
        raise DataError(f"X must have the {d} features of the batches before; got {batch.shape[1]}.")
    weights = check_weights(sample_weight, batch.shape[0])
    return take_in(state, batch, weights, reassignment_ratio)[0]


def take_in(
    state: MiniBatchState, batch: Samples | Sparse, weights: Weights | None, reassignment_ratio: float
) -> tuple[MiniBatchState, float]:
    """Take in a checked batch (Sculley 2010, algorithm 1, all its samples at once).

    Parameters
    ----------
    state : MiniBatchState
        Where it stands.
    batch : ndarray or Sparse of shape (m, n_features)
        Checked samples.
    weights : ndarray of shape (m,) or None
        Checked weights.
    reassignment_ratio : float
        As in `minibatch_step`.

    Returns
    -------
    state : MiniBatchState
        After the batch.
    inertia : float
        Of the batch, before the centres moved.
    """
    labels, inertia = nearest_and_inertia(batch, state.shown, weights)
    pull, mass = _pulls(batch, weights, labels, state.centers)
    counts = state.counts + mass
    centers = state.centers + pull / np.where(counts > 0, counts, 1)[:, None]
    since = state.n_since_reassigned + batch.shape[0]
    if np.any(state.counts == 0) or since >= 10 * len(counts):
        since = 0
        rng = np.random.default_rng([state.seed, state.n_steps + 1, 1])
        _reassign(centers, counts, batch, weights, rng, reassignment_ratio)
    moved = replace(
        state, centers=centers, counts=counts, n_steps=state.n_steps + 1, n_since_reassigned=since
    )
    return moved, inertia


def check_number(name: str, value: Any) -> None:
    """Refuse what is no finite number of at least 0.

    Parameters
    ----------
    name : str
        Of the parameter.
    value : object
        What the caller gave.

    Raises
    ------
    ParameterError
        When it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating) or not 0 <= value < np.inf:
        raise ParameterError(f"{name} must be a finite number of at least 0; got {value!r}.")


def _first_centers(
    source: RowSource, X: Any, k: int, init: Init, size: int, rng: np.random.Generator
) -> Real:
    """Centres (k, d) of one start, chosen among `size` samples."""
    subset, weights = source.draw_or_all(size, rng)
    prepared = prepare(subset, weights)
    given: Any = _as_given(subset, X) if callable(init) else None
    centers = _start(init, given, prepared, k, rng, False)
    return np.ldexp(centers, -prepared.exponent) if prepared.exponent else centers


def _as_given(subset: Samples | Sparse, X: Any) -> Any:
    """The samples for a callable `init`: an array, or a sparse matrix of the caller's kind."""
    if not isinstance(subset, Sparse):
        return subset
    return type(X.tocsr())((subset.values, subset.columns, subset.indptr), shape=subset.shape)


def _pulls(
    batch: Samples | Sparse, weights: Weights | None, labels: Labels, centers: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each centre, sum_i w_i (x_i - c) over its samples (k, d), and sum_i w_i (k,).

    From differences, so that a centre that stands on its samples does not move; in the order of the rows.
    """
    k, d = centers.shape
    mass = np.bincount(labels, weights=weights, minlength=k).astype(np.float64)
    if isinstance(batch, Sparse):
        return _sparse_pulls(batch, weights, labels, centers, mass), mass
    pull = np.zeros(k * d)
    step = max(1, _CHUNK // d)
    for start in range(0, len(batch), step):
        span = slice(start, start + step)
        away = batch[span].astype(np.float64) - centers[labels[span]]
        if weights is not None:
            away *= weights[span, None]
        pull += _totals_by_cell(labels[span, None], np.arange(d), away, (k, d))
    return pull.reshape(k, d), mass


def _sparse_pulls(
    batch: Sparse,
    weights: Weights | None,
    labels: Labels,
    centers: npt.NDArray[np.float64],
    mass: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """The same from the stored entries; the others are zeros, all alike: each pulls by -c."""
    k, d = centers.shape
    row_of = np.repeat(np.arange(batch.shape[0]), np.diff(batch.indptr))
    owner = labels[row_of]
    weight_of = np.ones(len(row_of)) if weights is None else weights[row_of]
    away = weight_of * (batch.values.astype(np.float64) - centers[owner, batch.columns])
    pull = _totals_by_cell(owner, batch.columns, away, (k, d)).reshape(k, d)
    stored = _totals_by_cell(owner, batch.columns, weight_of, (k, d)).reshape(k, d)
    return pull - centers * (mass[:, None] - stored)


def _totals_by_cell(
    rows: npt.NDArray[Any], columns: npt.NDArray[Any], values: npt.NDArray[np.float64], shape: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """The values added up by cell of a table of `shape`, flat, each cell in the order of the values."""
    cells = rows.astype(np.int64) * shape[1] + columns
    return np.bincount(cells.ravel(), weights=values.ravel(), minlength=shape[0] * shape[1]).astype(np.float64, copy=False)


def _reassign(
    centers: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    batch: Samples | Sparse,
    weights: Weights | None,
    rng: np.random.Generator,
    ratio: float,
) -> None:
    """Give centres of low weight to samples of the batch, at most half as many as it has, in place.

    They get the weight of the lightest of the others, so that they are not reassigned at once.
    """
    low = np.flatnonzero(counts < ratio * counts.max())
    present = np.arange(batch.shape[0]) if weights is None else np.flatnonzero(weights > 0)
    low = low[np.argsort(counts[low], kind="stable")][: len(present) // 2]
    if len(low) == 0:
        return
    low = np.sort(low)
    chosen = take_rows(batch, rng.choice(present, size=len(low), replace=False))
    if isinstance(chosen, Sparse):
        centers[low] = 0
        row_of = np.repeat(low, np.diff(chosen.indptr))
        centers[row_of, chosen.columns] = chosen.values
    else:
        centers[low] = chosen
    counts[low] = np.min(np.delete(counts, low))
