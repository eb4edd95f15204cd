"""The gap statistic: how far the curve runs below that of uniform points, with the rule of one standard error."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np

from .._arrays import Samples
from ..criteria._moments import Floats
from ._reading import number_word
from ._search import Search, search_runs
from ._sweep import Sweep
from .verdict import Verdict

# Uniform sets that are clustered, and the points of the data (and of each set) that stand for all.
REFERENCES = 20
MOST_POINTS = 1000


def gap(sweep: Sweep) -> Verdict:
    """Name the smallest k whose gap is within one standard error of the largest.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k, 1 included; None where the gap is largest at the last k tried and at no smaller one within its error, or
        where all points are equal. Columns "gap" and "gap_error" (s_k).

    Notes
    -----
    With W(k) the sum of squares within k clusters, and W_b(k) that of reference set b of B = 20, uniform in the box
    along the principal axes of the data,

        Gap(k) = mean_b log W_b(k) - log W(k),    s_k = sd_b(log W_b(k)) sqrt(1 + 1 / B),

    the answer is the smallest k with Gap(k) >= Gap(m) - s_m, m the k of the largest gap [2]_. The paper [1]_ takes the
    smallest k with Gap(k) >= Gap(k + 1) - s_(k+1), which ends at 1 where groups lie at the corners of a square, because
    the gap falls before it rises. Data and references are 1,000 points at most, the same for all k, and clustered by
    the same search. Time: 21 sweeps over 1,000 points; memory O(n d). Weights choose the points. The references are
    drawn in the order of b from the seed of the sweep.

    References
    ----------
    .. [1] R. Tibshirani, G. Walther, T. Hastie, "Estimating the number of clusters in a data set via the gap
       statistic", Journal of the Royal Statistical Society B 63(2), 2001, doi:10.1111/1467-9868.00293: section 3,
       choice (b) of the reference, and the computation in steps 1 to 3.
    .. [2] S. Dudoit, J. Fridlyand, "A prediction-based resampling method for estimating the number of clusters in a
       dataset", Genome Biology 3(7), 2002, doi:10.1186/gb-2002-3-7-research0036: one standard error below the maximum.
    """
    rng = np.random.default_rng(sweep.seed("gap"))
    points = _points(sweep, rng)
    k = tuple(number for number in sweep.k if number < len(points))
    blank = {"gap": tuple(nan for _ in sweep.k), "gap_error": tuple(nan for _ in sweep.k)}
    if len(k) < 2 or not np.ptp(points, axis=0).any():
        return Verdict(
            None, "The gap needs two values of k below the number of different points.", blank
        )
    ours = _log_wss(points, k, rng)
    box, axes = _box(points)
    theirs = np.array(
        [
            _log_wss(np.ascontiguousarray(rng.uniform(*box, size=points.shape) @ axes), k, rng)
            for _ in range(REFERENCES)
        ]
    )
    gaps = theirs.mean(axis=0) - ours
    errors = theirs.std(axis=0) * sqrt(1.0 + 1.0 / REFERENCES)
    rest = (nan,) * (len(sweep.k) - len(k))
    columns = {"gap": (*gaps.tolist(), *rest), "gap_error": (*errors.tolist(), *rest)}
    top = int(np.argmax(gaps))
    at = int(np.argmax(gaps >= gaps[top] - errors[top]))
    if at == len(k) - 1:
        return Verdict(
            None, "The gap to uniform points still rises at the largest k tried.", columns
        )
    reason = (
        f"{number_word(k[at]).capitalize()}: the fewest whose gap to uniform points is within one standard error of "
        "the largest gap."
    )
    return Verdict(k[at], reason, columns)


def _points(sweep: Sweep, rng: np.random.Generator) -> Floats:
    """Return at most 1,000 points (m, d) as float64, about the origin; drawn by weight where there are weights."""
    if sweep.sample_weight is None:
        rows = sweep.sample(MOST_POINTS)
    else:
        share = sweep.sample_weight / sweep.sample_weight.sum()
        m = min(MOST_POINTS, int(np.count_nonzero(share)))
        rows = np.sort(rng.choice(len(share), size=m, p=share))
    points: Floats = sweep.X[rows].astype(np.float64)
    points -= points[0]
    largest = float(np.abs(points).max())
    return np.ascontiguousarray(points / largest if largest > 0 else points)


def _box(points: Floats) -> tuple[tuple[Floats, Floats], Floats]:
    """Return the corners of the box along the principal axes, and the axes (r, d) as rows."""
    axes = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2]
    if len(axes) < points.shape[1]:  # fewer points than features: uniform within their own space
        axes = np.vstack([axes, np.zeros((points.shape[1] - len(axes), points.shape[1]))])
    along = points @ axes.T
    return (along.min(axis=0), along.max(axis=0)), axes


def _log_wss(points: Samples, k: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Return log W for each k (m,), never rising."""
    starts = search_runs(points, None, k, 1, rng)
    search = Search.over(points, None)
    wss = np.array([search.from_centers(starts[number]).inertia for number in k])
    return np.log(np.maximum(np.minimum.accumulate(wss), 1e-300))
