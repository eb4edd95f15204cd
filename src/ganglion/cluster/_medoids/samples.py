"""Medoids without a matrix: swaps estimated on samples and elimination by confidence bounds, then checked exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Real
from .pairs import Indices, MedoidPairs
from .search import Found, Limits, fasterpam, one_medoid, passes
from .starts import first_medoids, is_given

VERIFIED_WORK = 3e11
"""Nanoseconds of one thread that a pass over all pairs may cost; beyond, swaps are not verified."""

_FIRST_SAMPLE = 1024
_WIDTH = 3.0
"""Standard errors of a confidence bound. Whom it rules out wrongly the exact passes find."""
_EXACT_PAIRS = 2e7
"""Pairs up to which the candidates that are left are judged exactly rather than on a larger sample."""
_ROUNDS = 12


def sampled(
    pairs: MedoidPairs, init: Any, k: int, rng: np.random.Generator, limits: Limits
) -> Found:
    """Search from the medoids of a sample, by estimates first (Tiwari et al. 2023), then by exact passes."""
    if k == 1:
        return one_medoid(pairs, limits)
    if is_given(init):
        init = first_medoids(init, pairs, k, rng)
    order = rng.permutation(pairs.n)
    shuffled = pairs.part(order)
    start = _medoids_of_sample(shuffled, _in_new_order(init, order), k, rng)
    if len(start) == 1:
        return replace(one_medoid(pairs, limits), algorithm="sampled")
    search: Any = pairs.kernel("MedoidSearch")(shuffled.pairs, start, shuffled.weights)
    settled, stopped = _improve(shuffled, search, limits)
    is_cheap = float(pairs.n) ** 2 * pairs.pairs.pair_cost <= VERIFIED_WORK
    most = limits.max_iter if is_cheap and not stopped else 0
    found = passes(search, pairs.n, replace(limits, max_iter=most))
    if most == 0:
        found = replace(found, is_converged=settled, is_stopped=stopped)
    return replace(found, medoids=order[found.medoids], algorithm="sampled")


def _in_new_order(init: Any, order: Indices) -> Any:
    """Medoids that the caller chose, as places in the order."""
    if not is_given(init):
        return init
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[np.asarray(init)]


def _medoids_of_sample(
    shuffled: MedoidPairs, init: Any, k: int, rng: np.random.Generator
) -> Indices:
    """FasterPAM on the first items of a random order, as CLARA does (Kaufman and Rousseeuw 1990, chapter 3)."""
    if is_given(init):
        return init
    candidates = shuffled.candidates
    sample = candidates[: min(len(candidates), max(2 * _FIRST_SAMPLE, min(50 * k, 8192), 2 * k))]
    part = shuffled.part(sample).as_matrix()
    medoids = first_medoids(init, part, k, rng)
    if len(medoids) < k:  # few distinct items in the sample: there may be more among all
        return first_medoids("k-medoids++", shuffled, k, rng)
    return sample[fasterpam(part, medoids, Limits(100, None)).medoids]


@dataclass(frozen=True)
class _Sample:
    """The first items of the order, and what the search knows of them."""

    size: int
    first: Real
    second: Real
    nearest: NDArray[np.int32]


def _improve(shuffled: MedoidPairs, search: Any, limits: Limits) -> tuple[bool, bool]:
    """Make swaps that estimates point at and exact sums confirm: until none is left, or the caller stops."""
    for _ in range(_ROUNDS):
        hopeful = _hopeful(shuffled, search)
        before = search.n_swaps
        most = max(64, int(4 * _EXACT_PAIRS / shuffled.n))
        search.offer(np.ascontiguousarray(hopeful[:most]))
        if limits.is_stopped(0, search.loss, "estimated swaps"):
            return False, True
        if search.n_swaps == before:
            return True, False
    return False, False


def _hopeful(shuffled: MedoidPairs, search: Any) -> Indices:
    """Candidates that may improve, by ever larger samples; the most promising first."""
    left = shuffled.candidates
    size, means = _FIRST_SAMPLE, np.zeros(len(left))
    while size < shuffled.n and len(left) > 0:
        sample = _Sample(size, search.first[:size], search.second[:size], search.nearest[:size])
        means, bounds = _estimates(shuffled, left, sample, len(search.medoids))
        is_open = bounds < 0
        left, means = left[is_open], means[is_open]
        if float(len(left)) * shuffled.n <= _EXACT_PAIRS:
            break
        size *= 4
    return left[np.argsort(means[: len(left)], kind="stable")]


def _estimates(
    shuffled: MedoidPairs, candidates: Indices, sample: _Sample, k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The best swap of each candidate: mean change an item, and its lower confidence bound."""
    rows = shuffled.items.take(candidates)
    pairs = rows.pairs(shuffled.items.take(np.arange(sample.size)), dtype=shuffled.dtype)
    means, bounds = np.empty(len(candidates)), np.empty(len(candidates))
    weights = None if shuffled.weights is None else shuffled.weights[: sample.size]
    shuffled.kernel("medoid_estimates")(
        pairs,
        np.ascontiguousarray(sample.first),
        np.ascontiguousarray(sample.second),
        np.ascontiguousarray(sample.nearest),
        weights,
        k,
        _WIDTH,
        means,
        bounds,
    )
    return means, bounds
