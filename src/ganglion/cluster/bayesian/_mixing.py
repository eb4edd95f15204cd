"""R-hat and effective sample sizes of numbers drawn by several chains (Vehtari et al. 2021)."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Chains = NDArray[np.float64]
"""(n_chains, n_draws)"""

_NO_SPREAD = 1e-24  # a variance of normal scores that is rounding alone


def rank_normalised_r_hat(values: Chains) -> float:
    """The larger of the split R-hats of ranks and of folded ranks (section 4); NaN for fewer than four draws a chain.

    Chains that never move are no evidence of mixing unless all are at one value: then R-hat is 1, and infinite where
    they are stuck at different values.
    """
    if values.shape[1] < 4 or not np.all(np.isfinite(values)):
        return float("nan")
    if _is_constant(values):
        return 1.0
    if bool(np.all(np.ptp(values, axis=1) == 0)):
        return float("inf")
    halves = _split(values)
    folded = np.abs(halves - np.median(halves))
    return max(_r_hat(_normal_scores(halves)), _r_hat(_normal_scores(folded)))


def bulk_ess(values: Chains) -> float:
    """The effective sample size of split, rank-normalised chains (section 3.2); NaN below four draws."""
    if values.shape[1] < 4 or not np.all(np.isfinite(values)):
        return float("nan")
    if _is_constant(values):
        return float(values.size)
    return _ess(_normal_scores(_split(values)))


def _is_constant(values: Chains) -> bool:
    return bool(np.ptp(values) < np.finfo(np.float64).resolution)


def _split(values: Chains) -> Chains:
    """Each chain in two halves; a middle draw is left out."""
    half = values.shape[1] // 2
    return np.concatenate([values[:, :half], values[:, -half:]])


def _normal_scores(values: Chains) -> Chains:
    """Normal quantiles of the ranks among all values, ties at their mean rank (equation 14)."""
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2.0
    quantile = NormalDist().inv_cdf
    share = (rank - 0.375) / (values.size + 0.25)
    scores = np.array([quantile(float(p)) for p in share])
    return scores[place.reshape(values.shape)] if len(distinct) > 1 else np.zeros(values.shape)


def _r_hat(values: Chains) -> float:
    """Equations 1 to 4."""
    n = values.shape[1]
    within = float(values.var(axis=1, ddof=1).mean())
    between = n * float(values.mean(axis=1).var(ddof=1))
    if within < _NO_SPREAD:
        return float("inf") if between > _NO_SPREAD else 1.0
    return float(np.sqrt((between / within + n - 1) / n))


def _autocovariances(values: Chains) -> Chains:
    """Of each chain, at all lags, by FFT."""
    n = values.shape[1]
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(values - values.mean(axis=1, keepdims=True), n=size, axis=1)
    return np.fft.irfft(np.abs(spectrum) ** 2, n=size, axis=1)[:, :n] / n


def _ess(values: Chains) -> float:
    """Geyer's initial monotone sequence over the combined chains (equations 10 to 13).

    Autocorrelations are added up in pairs (2p, 2p + 1) as long as the pair is positive, and none counts for more than
    the one before it. Of the pair at which this ends only the even lag counts, once, as in Stan and ArviZ.
    """
    m, n = values.shape
    covariance = _autocovariances(values)
    within = float(covariance[:, 0].mean()) * n / (n - 1)
    pooled = within * (n - 1) / n
    if m > 1:
        pooled += float(values.mean(axis=1).var(ddof=1))
    rho = 1.0 - (within - covariance.mean(axis=0)) / pooled
    rho[0] = 1.0
    last = len(range(1, n - 3, 2))
    pairs = rho[: 2 * last + 2].reshape(-1, 2).sum(axis=1)
    if bool(np.any(pairs <= 0)):
        last = int(np.argmax(pairs <= 0))
    tail = float(rho[2 * last])
    if tail < 0 and pairs[last] < 0:
        tail = 0.0
    tau = -1.0 + 2.0 * float(np.minimum.accumulate(pairs[:last]).sum()) + tail
    total = float(m * n)
    return total / max(tau, 1.0 / float(np.log10(total)))
