"""The elbow: the knee of the WSS curve, where it runs below that of data without clusters."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan

import numpy as np

from ..criteria._moments import Floats
from ._structureless import WIDEST_SIMPLEX, residual_spectra, shape_gain
from ._sweep import Sweep
from .kneedle import kneedle
from .verdict import Verdict

# What the elbow rule asks of a knee; chosen on simulated clouds (see `elbow`).
STANDARD_ERRORS = 2.5
SLOWING = 0.25
# Below this share of the total the WSS is rounding: the points coincide with their centres.
LEAST_SHARE = 1e-14


@dataclass(frozen=True)
class _Curve:
    """The curve from k = 1 on against its reference: all of shape (m,).

    gain = log(reference / WSS); error is the standard error s of log WSS, chance what no clusters can give.
    """

    k: Floats
    reference: Floats
    gain: Floats
    error: Floats
    chance: Floats


def elbow(sweep: Sweep) -> Verdict:
    """Find the knee of the WSS curve, where there is one.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The knee; None where the curve is that of a cloud without clusters, falls on without a bend, or is too short.

    Notes
    -----
    Every curve of WSS over k is convex and falling, so that Kneedle [1]_ finds a knee in all of them: near k = 3 or 4
    in a uniform square. The rule therefore reads the curve against R(k), the WSS that k clusters leave of a cloud with
    the same covariance and no structure (`residual_spectra`; about k^(-2/d)): the *gain*

        g(k) = log(R(k) / W(k)) - 2 log((n - 1) / (n - k)),

    whose second term takes back what k means gain from fitting a finite sample (twice their degrees of freedom, as
    measured on uniform and normal samples). A knee k of -g by Kneedle, the curve taken from k = 1 on, is accepted if

    1. *it is beyond chance*: g(k) > c(k) + 2.5 s(k). With the residual variances mu_j = min(lambda_j, theta) of the
       reference, c is the gain of the widest convex cloud (`shape_gain`), diluted by the axes that are not cut, and
       s = theta sqrt(2 m / n) / sum mu_j the standard error of log W along the m axes that are: those with
       lambda_j > theta, at most log2 k;
    2. *the curve slows down there*: over the doubling after k (as far as the curve goes), g rises per log k at most a
       quarter as fast as over the halving before. A thread or a ring gains at every k, and has no number of clusters.

    Of the accepted knees the first counts whose gain is within 2.5 s of the best, as in the rule of one standard error
    of the gap statistic [2]_. The criterion is ours; its constants
    were set on simulated clouds. On others (normal, uniform in boxes, discs and simplices, exponential, t with 3
    degrees of freedom; 1 to 64 dimensions, n = 100 and 400, k to 10 and to 20) it answered for fewer than one in
    twenty, and it counted blobs that stand 5 standard deviations apart. What it cannot tell apart: a bent band, whose
    pieces the WSS takes for clusters, and the few far points of a heavy tail in a small sample.

    References
    ----------
    .. [1] V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a haystack: detecting knee points in
       system behavior", ICDCS Workshops 2011, doi:10.1109/ICDCSW.2011.20.
    .. [2] R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a data set via the gap
       statistic", Journal of the Royal Statistical Society B 63(2), 2001, doi:10.1111/1467-9868.00293: the comparison
       of log W with its value under a reference; theorem 1: in one dimension the uniform is the hardest.
    """
    spread = sweep.spectrum
    if len(spread) == 0:
        return Verdict(None, "All points are equal: there is nothing to divide.", {})
    curve = _against_reference(sweep, spread)
    columns = {"reference": curve.reference, "gain": curve.gain, "chance": curve.chance}
    shown = {name: _shown(curve, values, sweep) for name, values in columns.items()}
    if len(sweep.k) < 3:
        return Verdict(None, f"A knee needs at least three values of k; got {len(sweep.k)}.", shown)
    found = kneedle(curve.k, -curve.gain).indices
    knees = [i for i in found if curve.gain[i] > curve.chance[i] and _slows(curve, i)]
    if not knees:
        return Verdict(None, _why_none(curve, found), shown)
    best = max(curve.gain[i] for i in knees)
    knee = next(i for i in knees if curve.gain[i] >= best - STANDARD_ERRORS * curve.error[i])
    k = int(curve.k[knee])
    reason = (
        f"The WSS curve bends at k = {k}: it is {_percent(curve.gain[knee])} below that of structureless data with the "
        f"same covariance, and beyond k = {k} it falls hardly faster than theirs."
    )
    return Verdict(k, reason, shown)


def _against_reference(sweep: Sweep, spread: Floats) -> _Curve:
    """Compute the gain over the structureless cloud; k = 1 leads, k = n (where the WSS is 0 of itself) is left out."""
    n = sweep.n_effective
    share = {1: 1.0} | {
        k: wss / sweep.tss for k, wss in zip(sweep.k, sweep.wss, strict=True) if k < len(sweep.X)
    }
    k = np.array(list(share), dtype=np.float64)
    left = residual_spectra(spread, k)
    optimism = 2.0 * np.log((n - 1.0) / np.maximum(n - k, 1.0)) if n > 2 else np.zeros_like(k)
    reference = left.sum(axis=1) * np.exp(-optimism)
    gain = np.log(reference) - np.log(np.maximum(np.array(list(share.values())), LEAST_SHARE))
    shape, error = _chance(left, spread, k, n)
    return _Curve(k, reference * sweep.tss, gain, error, shape + STANDARD_ERRORS * error)


def _chance(left: Floats, spread: Floats, k: Floats, n: float) -> tuple[Floats, Floats]:
    """Return what a cloud's shape can gain with k cells (m,), and the standard error of log WSS; see `elbow`."""
    cut = left < spread
    level, total = left.max(axis=1), left.sum(axis=1)
    axes = np.minimum(cut.sum(axis=1), np.log2(k))
    share = np.where(cut, left, 0.0).sum(axis=1) / total
    gains = np.array([shape_gain(min(int(each), WIDEST_SIMPLEX)) for each in k])
    return -np.log1p(share * np.expm1(-gains)), level * np.sqrt(2.0 * axes / n) / total


def _slows(curve: _Curve, knee: int) -> bool:
    """Whether the gain rises clearly slower over the doubling after the knee than over the halving before."""
    k, gain, here = curve.k, curve.gain, float(curve.k[knee])
    before = max(0, int(np.count_nonzero(k <= here / 2.0)) - 1)
    after = min(len(k) - 1, int(np.count_nonzero(k < 2.0 * here)))
    rise = (gain[knee] - gain[before]) / log(k[knee] / k[before])
    return bool(rise > 0 and gain[after] - gain[knee] <= SLOWING * rise * log(k[after] / k[knee]))


def _shown(curve: _Curve, values: Floats, sweep: Sweep) -> tuple[float, ...]:
    """Return the values at the k of the sweep; NaN at k = n."""
    at = {int(k): float(value) for k, value in zip(curve.k, values, strict=True)}
    return tuple(at.get(k, nan) for k in sweep.k)


def _percent(gain: float) -> str:
    """Return the share by which the WSS is below its reference, in words."""
    return f"{100.0 * (1.0 - exp(-gain)):.0f} %"


def _why_none(curve: _Curve, found: tuple[int, ...]) -> str:
    """Say which of the conditions the curve misses."""
    clear = [i for i in found if curve.gain[i] > curve.chance[i]]
    if clear:
        k = int(curve.k[max(clear, key=lambda i: curve.gain[i])])
        return (
            f"The WSS curve bends a little at k = {k}, but beyond it goes on falling faster than that of structureless "
            "data: no number of clusters stands out."
        )
    last = len(curve.k) - 1
    top = int(np.argmax(curve.gain - curve.chance))
    if curve.gain[top] > curve.chance[top]:
        reach = f" up to k = {int(curve.k[top])}" if top else ""
        return (
            f"The WSS curve falls faster than that of structureless data with the same covariance{reach}, without a "
            "bend: "
            + ("larger k may show one." if top == last else "no number of clusters stands out.")
        )
    return (
        "The WSS curve has no knee: for every k it is, within chance, that of structureless data with the same "
        "covariance, or above it."
    )
