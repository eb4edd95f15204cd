"""Errors of means of draws that depend on each other, and uniform ranks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_BATCHES = 24


def batch_errors(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard error (m,) of the mean of each of m statistics over draws (n_chains, n_draws, m), by batch means.

    Batches are whole stretches of one chain, so what dependence there is inside them is in their spread.
    """
    n_chains, n_draws = values.shape[:2]
    per_chain = max(2, min(-(-_BATCHES // n_chains), n_draws // 2)) if n_draws > 3 else 1
    length = n_draws // per_chain
    kept = values[:, : length * per_chain]
    means = kept.reshape(n_chains * per_chain, length, -1).mean(axis=1)
    return means.std(axis=0, ddof=1) / math.sqrt(len(means))


def normal_tail(z: float) -> float:
    """P(|Z| > z) of a standard normal Z."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_tail(x: float, freedom: int) -> float:
    """P(X > x) of a chi-square distribution, by the continued fraction or series of the incomplete gamma function."""
    a, x = freedom / 2, x / 2
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        k = a
        while term > total * 1e-16:
            k += 1
            term *= x / k
            total += term
        return 1 - front * total
    b, c = x + 1 - a, 1e300
    d = 1 / b
    fraction = d
    for i in range(1, 1000):
        step = -i * (i - a)
        b += 2
        d = 1 / (step * d + b)
        c = b + step / c
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return front * fraction
