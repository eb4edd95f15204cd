"""Where k-means starts: k-means++, k-means||, random rows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._arrays import Real, Samples, Sparse, raw_rows
from .distinct import Distinct, distinct_rows, take_rows
from .prepared import Prepared, prepare

LEAST_WORK = 2**20
"""Samples times seeds from which on sketches are worth their making."""
LEAST_SEEDS = 20
BETWEEN = range(17, 100)
"""Features for which they are not: too many to be told by 16 numbers, and few enough to be read."""

_SAMPLE = 500
_COORDINATES = 16


def dense_rows(prepared: Prepared, indices: npt.NDArray[np.int64]) -> Real:
    """The rows `indices` as a dense array of their own."""
    samples = prepared.samples
    if not isinstance(samples, Sparse):
        return samples[indices]
    out = np.zeros((len(indices), samples.shape[1]), dtype=samples.dtype)
    for r, i in enumerate(indices):
        span = slice(samples.indptr[i], samples.indptr[i + 1])
        out[r, samples.columns[span]] = samples.values[span]
    return out


def seed_indices(
    prepared: Prepared,
    k: int,
    rng: np.random.Generator,
    *,
    how: str = "k-means++",
    n_local_trials: int | None = None,
) -> npt.NDArray[np.int64]:
    """Indices (k,) of the rows that k-means starts from, by k-means++ or at random.

    From a small table they are drawn among its distinct rows in an order of their own, so that neither the order of the
    rows nor repetition in place of a weight changes the choice.
    """
    few = distinct_rows(prepared.samples, prepared.weights)
    prepared = _among(prepared, few)
    is_random = how == "random"
    chosen = (
        _random_rows(prepared, k, rng)
        if is_random
        else _greedy_plus_plus(prepared, k, rng, n_local_trials)
    )
    return chosen if few is None else few.rows[chosen]


def _among(prepared: Prepared, few: Distinct | None) -> Prepared:
    """The same table with each distinct row once; it keeps its mean, range and units."""
    if few is None:
        return prepared
    samples = take_rows(prepared.samples, few.rows)
    return replace(prepared, rows=raw_rows(samples), samples=samples, weights=few.weights)


def _greedy_plus_plus(
    prepared: Prepared, k: int, rng: np.random.Generator, n_local_trials: int | None
) -> npt.NDArray[np.int64]:
    """Indices (k,) of greedy k-means++ seeds (Arthur and Vassilvitskii 2007, section 2.2 and the remark on greedy).

    Each step draws candidates with probability proportional to weight x squared distance to the nearest seed, and takes
    the one that lowers the potential most. Once every point is a seed the rest is drawn at random.
    """
    trials = 2 + int(math.log(k)) if n_local_trials is None else n_local_trials
    seeder = prepared.kernel("Seeder")(prepared.rows, prepared.weights, _shift(prepared))
    is_work = prepared.n_samples * k >= LEAST_WORK and k >= LEAST_SEEDS
    if is_work and prepared.n_features not in BETWEEN:
        _sketch(seeder, prepared)
    chosen = np.empty(k, dtype=np.int64)
    chosen[0] = _weighted_index(prepared, rng)
    seeder.take(chosen[0])
    for step in range(1, k):
        draws = rng.random(trials)
        potential = seeder.potential()
        if potential <= 0:
            chosen[step] = _weighted_index(prepared, rng)
            continue
        candidates = np.array([seeder.locate(draw * potential) for draw in draws], dtype=np.int64)
        chosen[step] = seeder.take_best(candidates)
    return chosen


def _sketch(seeder: Any, prepared: Prepared) -> None:
    """Give the seeder a map of the rows to 16 coordinates, by which it leaves out pairs that are too far apart.

    The coordinates are the features where there are no more, and else the principal directions of some rows and the
    norm of what these leave. Any directions give the same seeds: native/sketch.hpp.
    """
    samples, weights = prepared.samples, prepared.weights
    if isinstance(samples, Sparse):
        return
    d = samples.shape[1]
    if weights is not None:  # rows without weight may be out of all range
        samples = samples[np.flatnonzero(weights)[:: -(-len(weights) // _SAMPLE)]]
    some = samples[:: -(-len(samples) // _SAMPLE)]
    middle = some.mean(axis=0, dtype=np.float64).astype(samples.dtype)
    some = some - middle
    has_residual = d > _COORDINATES
    images, skew, level = some, 0.0, 0.0
    if not has_residual:
        directions = np.eye(d, dtype=some.dtype)
    else:
        directions = _directions(some, _COORDINATES - 1)
        exact = directions.astype(np.float64)
        skew = float(np.abs(exact @ exact.T - np.eye(len(exact))).sum(axis=1).max()) + d * 1e-15
        images = (some @ directions.T).astype(np.float64)
        squares = np.einsum("nd,nd->n", some, some, dtype=np.float64)
        rest = np.sqrt(np.maximum(squares - (images**2).sum(axis=1), 0))
        level = float(rest.mean())
        images = np.column_stack([images, rest - level])
    sizes = np.abs(images)
    unit = max(float(np.quantile(sizes, 0.9995)), 1e-6 * float(sizes.max())) / 127
    if unit > 1e-30:
        seeder.sketch(directions, middle, has_residual, skew, level, unit)


def _directions(centred: Samples, m: int) -> Samples:
    """About the first m principal directions (m, d): three steps of subspace iteration."""
    rng = np.random.default_rng(0)
    basis = centred.T @ rng.standard_normal((len(centred), m)).astype(centred.dtype)
    for _ in range(3):
        basis, _ = np.linalg.qr(basis.astype(np.float64))
        basis = centred.T @ (centred @ basis.astype(centred.dtype))
    basis, _ = np.linalg.qr(basis.astype(np.float64))
    return np.ascontiguousarray(basis.T, dtype=centred.dtype)


def parallel_plus_plus(
    prepared: Prepared,
    k: int,
    rng: np.random.Generator,
    *,
    n_rounds: int = 5,
    oversampling: float = 2.0,
) -> Real:
    """Centres (k, d) of k-means|| (Bahmani et al. 2012, algorithm 2), reduced by weighted greedy k-means++."""
    prepared = _among(prepared, distinct_rows(prepared.samples, prepared.weights))
    n = prepared.n_samples
    seeder = prepared.kernel("Seeder")(prepared.rows, prepared.weights, _shift(prepared))
    first = np.array([_weighted_index(prepared, rng)], dtype=np.int64)
    candidates = dense_rows(prepared, first)
    seeder.absorb(candidates, 0)
    for _ in range(n_rounds):
        potential = seeder.potential()
        if potential <= 0:
            break
        mass = seeder.nearest if prepared.weights is None else seeder.nearest * prepared.weights
        picked = np.flatnonzero(rng.random(n) * potential < oversampling * k * mass)
        if len(picked) == 0:
            continue
        batch = dense_rows(prepared, picked)
        seeder.absorb(batch, len(candidates))
        candidates = np.concatenate([candidates, batch])
    weight = np.bincount(seeder.owner, weights=prepared.weights, minlength=len(candidates)).astype(
        np.float64
    )
    candidates, weight = candidates[weight > 0], weight[weight > 0]
    if len(candidates) < k:  # few distinct points: fill up as k-means++ would
        missing = _greedy_plus_plus(prepared, k, rng, None)[: k - len(candidates)]
        return np.concatenate([candidates, dense_rows(prepared, missing)])
    reduced = prepare(np.ascontiguousarray(candidates), weight)
    return candidates[_greedy_plus_plus(reduced, k, rng, None)]


def _shift(prepared: Prepared) -> Real:
    """The shift (d,) inside products: none where the origin is near, for rows are then used where they stand."""
    spread = float(np.sum(prepared.second_moment)) / prepared.total_weight
    is_near = float(np.sum(prepared.mean**2)) <= 4 * spread
    return np.zeros_like(prepared.shift) if is_near else prepared.shift


def _random_rows(prepared: Prepared, k: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Indices (k,) of different rows, as far as there are, drawn with probability proportional to their weight."""
    n, weights = prepared.n_samples, prepared.weights
    if weights is None and k <= n:
        return rng.choice(n, size=k, replace=False)
    positive = np.arange(n) if weights is None else np.flatnonzero(weights > 0)
    if len(positive) <= k:
        return np.concatenate([rng.permutation(positive), rng.integers(n, size=k - len(positive))])
    return rng.choice(
        n, size=k, replace=False, p=None if weights is None else weights / weights.sum()
    )


def _weighted_index(prepared: Prepared, rng: np.random.Generator) -> int:
    if prepared.weights is None:
        return int(rng.integers(prepared.n_samples))
    totals: npt.NDArray[np.float64] = np.cumsum(prepared.weights)
    target = rng.random() * float(totals[-1])
    at = int(np.searchsorted(totals, target, side="right"))
    return min(at, int(np.flatnonzero(prepared.weights > 0)[-1]))
