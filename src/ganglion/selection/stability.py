"""Bootstrap stability: whether two bootstrap samples are clustered alike, beyond what clouds without clusters are."""

from __future__ import annotations

from math import sqrt

import numpy as np

from .._arrays import Labels
from ..cluster._kmeans.refits import refits
from ..criteria._moments import Floats
from ._resampling import (
    Rows,
    against_clouds,
    column,
    most_beyond_chance,
    one_or_none,
    pairs_within,
    rows_of,
    tables,
)
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 500
PAIRS, CLOUD_PAIRS = 20, 10


def stability(sweep: Sweep) -> Verdict:
    """Find the number of clusters that bootstrap samples agree on, beyond chance.

    Parameters
    ----------
    sweep : Sweep
        The data and the numbers of clusters; its runs are not used.

    Returns
    -------
    Verdict
        The number; 1 where none is more stable than in data without clusters (None where 1 was not tried).

    Notes
    -----
    Pairs of bootstrap samples are clustered into k and both results label all rows by the nearest centre, as in [1]_
    and, with halves, [2]_. Their disagreement is 1 - ARI, Hubert and Arabie's correction for chance, since the share of
    pairs that [1]_ uses falls with k of itself; a pair counts by the product of its weights. Its mean over 20 pairs of
    samples is the instability at k, the spread of the pairs gives the error.

    Two clusters across a long cloud are stable without any gap between them, and the more rows, the stabler. So the
    instability is compared with that of clouds of the same covariance (`against_clouds`); beyond 3 standard deviations
    a number of clusters counts, and of those that count one is chosen by the ratio of the clouds' instability to the
    data's (`most_beyond_chance`): groups of groups are stable at both numbers.

    Time: 40 k-means of at most 500 rows for each k, and 20 for each of 20 clouds: O(2 10^5 k d) operations an
    iteration, whatever n is.

    References
    ----------
    .. [1] Y. Fang, J. Wang, "Selection of the number of clusters via the bootstrap method", Computational Statistics &
       Data Analysis 56(3), 2012, doi:10.1016/j.csda.2011.09.003: section 2.2.
    .. [2] A. Ben-Hur, A. Elisseeff, I. Guyon, "A stability based method for discovering structure in clustered data",
       Pacific Symposium on Biocomputing 7, 2002, doi:10.1142/9789812799623_0002.
    .. [3] L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985, doi:10.1007/BF01908075.
    """
    rows = rows_of(sweep, MOST_ROWS)
    if len(rows.numbers) == 0:
        return Verdict(None, "Stability needs ten rows and two different ones at least.", {})
    found = against_clouds(
        _instability, rows, sweep.seed("stability"), repeats=PAIRS, cloud_repeats=CLOUD_PAIRS
    )
    columns = {
        "instability": column(found.value, rows, sweep),
        "instability_error": column(found.error, rows, sweep),
        "instability_chance": column(found.chance, rows, sweep),
    }
    return most_beyond_chance(
        found, "the disagreement of bootstrap samples is", one_or_none(sweep), columns
    )


def _instability(rows: Rows, seed: np.random.SeedSequence, pairs: int) -> tuple[Floats, Floats]:
    """Return the mean of 1 - ARI over pairs of bootstrap samples for each number of clusters, and its error."""
    drawing, fitting = seed.spawn(2)
    rng = np.random.default_rng(drawing)
    n, k = len(rows.X), int(rows.numbers[-1])
    counts = rng.multinomial(n, np.full(n, 1.0 / n), size=2 * pairs)
    labels = refits(rows.X, counts * rows.pair_weight, rows.numbers, fitting)
    apart = np.empty((pairs, len(rows.numbers)))
    for at in range(pairs):
        apart[at] = 1.0 - _adjusted_rand(labels[2 * at], labels[2 * at + 1], rows.weight, k)
    return apart.mean(axis=0), apart.std(axis=0, ddof=1) / sqrt(pairs)


def _adjusted_rand(first: Labels, second: Labels, weight: Floats | None, k: int) -> Floats:
    """Return the adjusted Rand index of m labellings with their partners: (m, n), (m, n) -> (m,)."""
    counts = tables(first, second, weight, k)
    squares = counts if weight is None else tables(first, second, weight**2, k)
    together = pairs_within(counts, squares).sum(axis=(1, 2))
    rows = pairs_within(counts.sum(axis=2), squares.sum(axis=2)).sum(axis=1)
    columns = pairs_within(counts.sum(axis=1), squares.sum(axis=1)).sum(axis=1)
    everything = pairs_within(counts.sum(axis=(1, 2)), squares.sum(axis=(1, 2)))
    expected = rows * columns / everything
    largest = (rows + columns) / 2.0
    index = np.ones(len(first))
    np.divide(together - expected, largest - expected, out=index, where=largest != expected)
    return index
