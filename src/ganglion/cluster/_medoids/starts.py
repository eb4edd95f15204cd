"""Where the search for medoids starts: BUILD, its linear approximation, k-medoids++, random items."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Real
from ..._errors import ParameterError
from ..._values import check_choice
from .pairs import Indices, MedoidPairs

STARTS = ("auto", "build", "lab", "k-medoids++", "random")
_BUILD_PAIRS = 2e8
"""Pairs times medoids up to which BUILD is exact and cheap enough to be what "auto" means."""


def is_given(init: Any) -> bool:
    """Whether the start is the caller's own medoids."""
    return not isinstance(init, str)


def first_medoids(init: Any, pairs: MedoidPairs, k: int, rng: np.random.Generator) -> Indices:
    """Indices (k,) of the first medoids; fewer where k-medoids++ finds no further distinct item."""
    if is_given(init):
        return _given(init, pairs, k)
    check_choice("init", init, STARTS)
    if init == "auto":
        init = "build" if float(pairs.n) ** 2 * k <= _BUILD_PAIRS else "k-medoids++"
    if init == "build":
        return _build(pairs, k)
    if init == "lab":
        return _lab(pairs, k, rng)
    if init == "k-medoids++":
        return _plus_plus(pairs, k, rng)
    return np.sort(rng.choice(pairs.candidates, size=k, replace=False)).astype(np.int64)


def _given(init: Any, pairs: MedoidPairs, k: int) -> Indices:
    medoids = np.asarray(init)
    if medoids.shape != (k,) or medoids.dtype.kind not in "iu":
        raise ParameterError(
            f"init must be one of {', '.join(map(repr, STARTS))}, or the indices of {k} items; "
            f"got an array of shape {medoids.shape} of {medoids.dtype}."
        )
    if medoids.min() < 0 or medoids.max() >= pairs.n:
        raise ParameterError(
            f"init must hold indices from 0 to {pairs.n - 1}; got {medoids.min()} to {medoids.max()}."
        )
    if len(np.unique(medoids)) < k:
        raise ParameterError(f"init must hold {k} different items; got {medoids.tolist()}.")
    if pairs.weights is not None and np.any(pairs.weights[medoids] == 0):
        at = int(medoids[pairs.weights[medoids] == 0][0])
        raise ParameterError(
            f"init holds item {at}, whose sample_weight is 0; it cannot be a medoid."
        )
    return medoids.astype(np.int64)


def _best(gains: NDArray[np.float64], pairs: MedoidPairs, taken: list[int]) -> int:
    """The item of the lowest gain among those that count and are not taken; the lowest index of equals."""
    if pairs.weights is not None:
        gains[pairs.weights == 0] = math.inf
    gains[taken] = math.inf
    return int(np.argmin(gains))


def center(pairs: MedoidPairs) -> int:
    """The item of the lowest sum of distances to all."""
    return _best(pairs.gains(None, 0, pairs.n), pairs, [])


def _build(pairs: MedoidPairs, k: int) -> Indices:
    """BUILD (Kaufman and Rousseeuw 1990, chapter 2): the item that lowers the loss most, k times."""
    medoids = [center(pairs)]
    nearest = pairs.row(medoids[0])
    while len(medoids) < k:
        medoids.append(_best(pairs.gains(nearest, 0, pairs.n), pairs, medoids))
        nearest = np.minimum(nearest, pairs.row(medoids[-1]))
    return np.array(medoids, dtype=np.int64)


def _lab(pairs: MedoidPairs, k: int, rng: np.random.Generator) -> Indices:
    """BUILD on a new sample of 10 + ceil(sqrt(n)) items in each step (Schubert and Rousseeuw 2021, section 5)."""
    medoids: list[int] = []
    nearest: Real | None = None
    for _ in range(k):
        free = np.setdiff1d(pairs.candidates, medoids)
        size = min(len(free), 10 + math.isqrt(pairs.n - 1) + 1)
        sample = np.sort(rng.choice(free, size=size, replace=False))
        among = pairs.part(sample)
        gains = among.gains(None if nearest is None else nearest[sample], 0, size)
        medoids.append(int(sample[int(np.argmin(gains))]))
        row = pairs.row(medoids[-1])
        nearest = row if nearest is None else np.minimum(nearest, row)
    return np.array(medoids, dtype=np.int64)


def _plus_plus(pairs: MedoidPairs, k: int, rng: np.random.Generator) -> Indices:
    """k-means++ (Arthur and Vassilvitskii 2007) for a loss of plain distances: drawn in proportion to them.

    The best of 2 + ln k draws is taken, as in k-means.
    """
    trials = 2 + int(math.log(k))
    first = _drawn(pairs, np.ones(pairs.n), 1, rng)
    medoids = [int(first[0])]
    nearest = pairs.row(medoids[0])
    while len(medoids) < k:
        drawn = _drawn(pairs, nearest, trials, rng)
        if len(drawn) == 0:
            break
        rows = np.minimum(pairs.rows(drawn), nearest)
        best = int(np.argmin([pairs.weighted_sum(row) for row in rows]))
        medoids.append(int(drawn[best]))
        nearest = rows[best]
    return np.array(medoids, dtype=np.int64)


def _drawn(
    pairs: MedoidPairs, distances: NDArray[Any], count: int, rng: np.random.Generator
) -> Indices:
    """Indices of draws with probability proportional to weight times distance; none where all of it is 0."""
    mass = distances.astype(np.float64)
    if pairs.weights is not None:
        mass *= pairs.weights
    totals: NDArray[np.float64] = np.cumsum(mass)
    if not totals[-1] > 0:
        return np.empty(0, dtype=np.int64)
    targets = rng.random(count) * float(totals[-1])
    at: Indices = totals.searchsorted(targets, side="right")
    return np.minimum(at, np.flatnonzero(mass > 0)[-1]).astype(np.int64)
