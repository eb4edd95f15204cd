"""Steps for the hyperparameters of a prior, given the sizes of the clusters: each leaves their posterior invariant."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..hyperpriors import Beta, Gamma, Hyperprior

# Of the slice, on the scale of the logarithm or the logit: how wide at first, how often wider.
_WIDTH, _STEPS = 1.0, 16


def escobar_west(
    concentration: float, t: int, n: int, hyperprior: Gamma, rng: np.random.Generator
) -> float:
    """Draw a concentration given t clusters of n points (Escobar and West 1995, equations 13 and 14)."""
    rate = hyperprior.rate - math.log(max(rng.beta(concentration + 1, n), math.ulp(0.0)))
    odds = (hyperprior.shape + t - 1) / (n * rate)
    more = rng.random() * (1 + odds) < odds
    shape = hyperprior.shape + t - (0 if more else 1)
    return Gamma(shape=shape, rate=rate).draw(rng)


def slice_update(
    log_posterior: Callable[[float], float],
    value: float,
    hyperprior: Hyperprior,
    rng: np.random.Generator,
) -> float:
    """Move a positive number on its logarithm, one of (0, 1) on its logit (Neal 2003, figures 3 and 5)."""
    to, back, log_slope = _BOUNDED if isinstance(hyperprior, Beta) else _POSITIVE

    def height(u: float) -> float:
        x = back(u)
        slope = log_slope(x)
        return log_posterior(x) + slope if slope > -math.inf else -math.inf

    u = to(value)
    level = height(u) + math.log1p(-rng.random())
    low = u - _WIDTH * rng.random()
    high = low + _WIDTH
    left = int(_STEPS * rng.random())
    right = _STEPS - 1 - left
    while left > 0 and height(low) > level:
        low, left = low - _WIDTH, left - 1
    while right > 0 and height(high) > level:
        high, right = high + _WIDTH, right - 1
    while True:
        proposed = low + (high - low) * rng.random()
        if height(proposed) >= level:
            return back(proposed)
        low, high = (proposed, high) if proposed < u else (low, proposed)


def slice_grid(
    hyperprior: Hyperprior, least: float, step: float
) -> tuple[list[float], list[float]]:
    """Equally spaced points on the logarithm or logit that reach as far as the density does, and their log slopes."""
    _, back, log_slope = _BOUNDED if isinstance(hyperprior, Beta) else _POSITIVE
    low = -45 / min(hyperprior.a if isinstance(hyperprior, Beta) else hyperprior.shape, 1.0)
    high = 36.0  # where the logistic function is 1 in double precision
    if isinstance(hyperprior, Gamma):
        low, high = (
            low - math.log(hyperprior.rate),
            math.log((hyperprior.shape + 90) * 4 / hyperprior.rate),
        )
    points = [back(u) for u in np.arange(max(low, -700.0), high, step)]
    slopes = [log_slope(x) for x in points]
    return [least + (1 - least) * x if least else x for x in points], slopes


def _exp(u: float) -> float:
    return math.exp(min(u, 700.0))


def _expit(u: float) -> float:
    return 1 / (1 + _exp(-u))


def _logit(x: float) -> float:
    return math.log(x) - math.log1p(-x)


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def _log_both(x: float) -> float:
    return math.log(x) + math.log1p(-x) if 0 < x < 1 else -math.inf


# From a hyperparameter to the line, back, and the log of the slope of the way back.
_POSITIVE = (math.log, _exp, _log)
_BOUNDED = (_logit, _expit, _log_both)
