"""Prediction strength: whether the clusters of one half of the rows are those that the other half predicts."""

from __future__ import annotations

from math import sqrt

import numpy as np

from .._arrays import Labels
from ..cluster._kmeans.refits import refits
from ..criteria._moments import Floats
from ._resampling import (
    Compared,
    Rows,
    against_clouds,
    column,
    one_or_none,
    pairs_within,
    rows_of,
    tables,
)
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 1000
SPLITS, CLOUD_SPLITS = 20, 8
STRONG = 0.8


def prediction_strength(sweep: Sweep) -> Verdict:
    """Find the largest number of clusters that one half of the rows predicts for the other.

    Parameters
    ----------
    sweep : Sweep
        The data and the numbers of clusters; its runs are not used.

    Returns
    -------
    Verdict
        The number; 1 where no larger one predicts better than in data without clusters (None where 1 was not tried).

    Notes
    -----
    Rows are split into random halves A and B, each is clustered into k. With n_j the size of cluster j of B, the
    strength of k is [1]_

        ps(k) = min_j  #{pairs in j that A's centres put together} / (n_j (n_j - 1) / 2),

    averaged over both roles and 20 splits; a pair counts by the product of its weights, a cluster of one row counts
    0. The answer is the largest k with ps(k) + s(k) >= 0.8, s the standard error over the splits, as in the paper, if
    ps(k) is also beyond what clouds of the same covariance without clusters reach: k-means cuts a long cloud always
    across, and such halves predict each other well. See `against_clouds`; the condition is ours.

    Time: 20 splits and 8 for each of 20 clouds, two k-means of 500 rows each: O(10^6 k d) operations an iteration for
    each k, whatever n is: at most 1,000 rows are looked at.

    References
    ----------
    .. [1] R. Tibshirani, G. Walther, "Cluster validation by prediction strength", Journal of Computational and
       Graphical Statistics 14(3), 2005, doi:10.1198/106186005X59243: section 2, equation 2.1.
    """
    rows = rows_of(sweep, MOST_ROWS)
    if len(rows.numbers) == 0:
        return Verdict(
            None, "Prediction strength needs ten rows and two different ones at least.", {}
        )
    seed = sweep.seed("prediction strength")
    found = against_clouds(_weakness, rows, seed, repeats=SPLITS, cloud_repeats=CLOUD_SPLITS)
    columns = {
        "prediction_strength": column(1.0 - found.value, rows, sweep),
        "prediction_strength_error": column(found.error, rows, sweep),
        "prediction_strength_chance": column(1.0 - found.chance, rows, sweep),
    }
    return _verdict(found, one_or_none(sweep), columns)


def _weakness(rows: Rows, seed: np.random.SeedSequence, splits: int) -> tuple[Floats, Floats]:
    """Return 1 - ps(k) for each number of clusters, and its standard error over the splits."""
    drawing, fitting = seed.spawn(2)
    rng = np.random.default_rng(drawing)
    n, k = len(rows.X), int(rows.numbers[-1])
    halves = np.array([rng.permutation(n) < n // 2 for _ in range(splits)])
    held = np.concatenate([halves, ~halves]) * rows.pair_weight
    labels = refits(rows.X, held, rows.numbers, fitting)
    weak = np.empty((splits, len(rows.numbers)))
    for at in range(splits):
        first, second = labels[at], labels[splits + at]
        strengths = [
            _strength(
                test[:, half], train[:, half], None if rows.weight is None else rows.weight[half], k
            )
            for test, train, half in ((first, second, halves[at]), (second, first, ~halves[at]))
        ]
        weak[at] = 1.0 - (strengths[0] + strengths[1]) / 2.0
    return weak.mean(axis=0), weak.std(axis=0, ddof=1) / sqrt(splits)


def _strength(test: Labels, train: Labels, weight: Floats | None, k: int) -> Floats:
    """Return, for m labellings of some rows by themselves and by others (m, n), the least share of pairs kept."""
    counts = tables(test, train, weight, k)
    squares = counts if weight is None else tables(test, train, weight**2, k)
    kept = pairs_within(counts, squares).sum(axis=2)
    all_pairs = pairs_within(counts.sum(axis=2), squares.sum(axis=2))
    share = np.zeros_like(kept)
    np.divide(kept, all_pairs, out=share, where=all_pairs > 0)
    share[counts.sum(axis=2) == 0] = np.inf  # no such cluster
    return share.min(axis=1)


def _verdict(
    found: Compared, otherwise: int | None, columns: dict[str, tuple[float, ...]]
) -> Verdict:
    """Take the largest number of clusters that is strong and beyond chance."""
    strength = 1.0 - found.value
    strong = strength + found.error >= STRONG
    good = np.flatnonzero(strong & found.is_beyond)
    if len(good):
        at = int(good[-1])
        k = int(found.numbers[at])
        return Verdict(
            k,
            f"Prediction strength is {strength[at]:.2f} at k = {k}, the largest number of clusters that one half of "
            f"the rows predicts for the other; without clusters it would be {1.0 - found.chance[at]:.2f}.",
            columns,
        )
    if not strong.any():
        at = int(np.argmax(strength)) if len(strength) else 0
        why = (
            f"the best strength is {strength[at]:.2f}, at k = {int(found.numbers[at])}, and below {STRONG} clusters of "
            "one half are not those of the other"
        )
    else:
        at = int(np.flatnonzero(strong)[-1])
        why = (
            f"{strength[at]:.2f} at k = {int(found.numbers[at])} is what a cloud without clusters has too "
            f"({1.0 - found.chance[at]:.2f})"
        )
    return Verdict(otherwise, f"Prediction strength sees no more than one cluster: {why}.", columns)
