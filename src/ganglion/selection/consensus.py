"""Consensus clustering: whether pairs of rows are always or never together, beyond what structureless clouds show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._native import core
from ..cluster._kmeans.refits import refits
from ..criteria._moments import Floats
from ._resampling import Rows, against_clouds, column, most_beyond_chance, one_or_none, rows_of
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 500
# As many for the clouds: the doubt depends on how finely the consensus is known.
SAMPLES = 50
LEFT_OUT = 255  # in the kernel; 500 rows are never asked about as many clusters
SHARE = 0.8  # of the rows, in each sample
GROUPS = 10  # of samples, each of which is left out once for the error


def consensus(sweep: Sweep) -> Verdict:
    """Find the number of clusters at which subsamples leave the least doubt which rows are together, beyond chance.

    Parameters
    ----------
    sweep : Sweep
        The data and the numbers of clusters; its runs are not used.

    Returns
    -------
    Verdict
        The number; 1 where none leaves less doubt than data without clusters (None where 1 was not tried).

    Notes
    -----
    50 samples of 80 % of the rows are clustered into k. The consensus M(i, j) is the share of the samples with both i
    and j that have them in one cluster [1]_. Where all pairs are always or never together, the distribution function
    of M over pairs is flat; the rule goes by the doubt that is left, the mean of 4 M (1 - M), which is 1 less the
    dispersion coefficient of [2]_. (The area under that function, which [1]_ looks at, is just 1 - mean M; the share of
    pairs between 0.1 and 0.9 has no value between none and a few where samples share most of their rows.) A pair counts
    by the product of its weights; the error is a jackknife's over ten groups of samples.

    Like [3]_, the rule compares the doubt with that in clouds of the same covariance (`against_clouds`): doubt falls
    with k of itself, and without a reference every cloud has a consensus. Of the numbers beyond chance one is chosen by
    the ratio of the clouds' doubt to the data's (`most_beyond_chance`).

    Samples that share most of their rows agree on a gap that some hundred rows of a cloud have by luck: of fewer rows
    than 200 two clusters are rarely beyond chance here.

    Time: 50 k-means of at most 400 rows for each k, for the data and each of 20 clouds, and O(500^2) comparisons for
    each of them, whatever n is.

    References
    ----------
    .. [1] S. Monti, P. Tamayo, J. Mesirov, T. Golub, "Consensus clustering: a resampling-based method for class
       discovery and visualization of gene expression microarray data", Machine Learning 52, 2003,
       doi:10.1023/A:1023949509487: section 3.
    .. [2] H. Kim, H. Park, "Sparse non-negative matrix factorizations via alternating non-negativity-constrained least
       squares for microarray data analysis", Bioinformatics 23(12), 2007, doi:10.1093/bioinformatics/btm134: the
       dispersion coefficient.
    .. [3] C. R. John et al., "M3C: Monte Carlo reference-based consensus clustering", Scientific Reports 10, 2020,
       doi:10.1038/s41598-020-58766-1.
    """
    rows = rows_of(sweep, MOST_ROWS)
    if len(rows.numbers) == 0:
        return Verdict(None, "A consensus needs ten rows and two different ones at least.", {})
    seed = sweep.seed("consensus")
    found = against_clouds(_doubt, rows, seed, repeats=SAMPLES, cloud_repeats=SAMPLES)
    columns = {
        "consensus_doubt": column(found.value, rows, sweep),
        "consensus_doubt_error": column(found.error, rows, sweep),
        "consensus_doubt_chance": column(found.chance, rows, sweep),
    }
    return most_beyond_chance(
        found, "the doubt which rows are together is", one_or_none(sweep), columns
    )


def _doubt(rows: Rows, seed: np.random.SeedSequence, samples: int) -> tuple[Floats, Floats]:
    """Return the mean of 4 M (1 - M) over pairs for each number of clusters, and its jackknife error."""
    drawing, fitting = seed.spawn(2)
    rng = np.random.default_rng(drawing)
    n = len(rows.X)
    held = np.zeros((samples, n), dtype=bool)
    for row in held:
        row[rng.permutation(n)[: max(1, int(SHARE * n))]] = True
    labels = refits(rows.X, held * rows.pair_weight, rows.numbers, fitting)
    n_groups = 1 if rows.is_cloud else GROUPS
    groups = [samples * g // n_groups for g in range(n_groups + 1)]
    shares = np.array(
        [
            _mean_doubts(np.where(held, labels[:, at], LEFT_OUT), groups, rows.pair_weight)
            for at in range(len(rows.numbers))
        ]
    )
    return shares[:, 0], np.sqrt((GROUPS - 1) * shares[:, 1:].var(axis=1))


def _mean_doubts(labels: NDArray[np.integer], groups: list[int], weight: Floats) -> Floats:
    """Return the doubt that all samples leave, and all without each group of them: (b, n) -> (1 + groups,)."""
    sums = np.empty(2 * len(groups))
    core.consensus(
        np.ascontiguousarray(labels.T, dtype=np.uint8),
        np.array(groups, dtype=np.int64),
        np.ascontiguousarray(weight),
        sums,
    )
    return sums[::2] / np.where(sums[1::2] > 0, sums[1::2], 1.0)
