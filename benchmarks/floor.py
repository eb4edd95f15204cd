"""How fast this machine could be: the arithmetic and the bandwidth that a plain Lloyd iteration cannot do without."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike


@dataclass(frozen=True)
class Machine:
    """Measured peaks: `flops` (operations a second) and `bandwidth` (bytes read a second)."""

    flops: float
    bandwidth: float

    def floor(self, n: int, d: int, k: int, *, passes: int, itemsize: int) -> float:
        """Return the seconds below which `passes` plain assignments of n points to k centres cannot go.

        max(2 n k (d + 2) / flops, n d itemsize / bandwidth) for each pass: for every pair d multiply-adds, a
        comparison and a selection (each takes the slot of a multiply-add), or reading X alone. An algorithm that skips
        distances can be faster than this floor; its ratio then is below 1.
        """
        arithmetic = 2.0 * n * k * (d + 2) / self.flops
        reading = float(n * d * itemsize) / self.bandwidth
        return passes * max(arithmetic, reading)


def best_of(run: Callable[[], object], times: int) -> float:
    """Return the least seconds of `times` runs."""
    least = np.inf
    for _ in range(times):
        start = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - start)
    return float(least)


def measure(dtype: DTypeLike) -> Machine:
    """Measure the BLAS's best matrix product, and the reading of two long vectors by its dot product."""
    size = 3072
    rng = np.random.default_rng(0)
    A = rng.standard_normal((size, size)).astype(dtype)
    B = A.T.copy()
    product = best_of(lambda: A @ B, 6)
    long = np.ones(48_000_000, dtype=dtype)
    other = np.ones(48_000_000, dtype=dtype)
    reading = best_of(lambda: long @ other, 6)
    return Machine(flops=2.0 * size**3 / product, bandwidth=2.0 * long.nbytes / reading)
