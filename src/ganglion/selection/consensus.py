"""Consensus clustering: whether pairs of rows are always or never together, beyond what structureless clouds show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._native import core
from ..cluster._refits import refits
from ..criteria._moments import Floats
from ._resampling import Rows, against_clouds, column, most_beyond_chance, one_or_none, rows_of
from ._sweep import Sweep
from .verdict import Verdict

MOST_ROWS = 300
# As many for the clouds: the share of pairs in doubt depends on how finely the consensus is known.
SAMPLES = 50
LEFT_OUT = 255  # in the kernel; 300 rows are never asked about as many clusters
SHARE = 0.8  # of the rows, in each sample
GROUPS = 10  # of samples, each of which is left out once for the error


def consensus(sweep: Sweep) -> Verdict:
    """Find the number of clusters at which subsamples leave the fewest pairs of rows in doubt, beyond chance.

    Parameters
    ----------
    sweep : Sweep
        The data and the numbers of clusters; its runs are not used.

    Returns
    -------
    Verdict
        The number; 1 where none leaves fewer pairs in doubt than data without clusters (None where 1 was not tried).

    Notes
    -----
    50 samples of 80 % of the rows are clustered into k. The consensus M(i, j) is the share of the samples with both i
    and j that have them in one cluster [1]_. From the distribution function F of M over pairs come the proportion of
    ambiguous pairs PAC = P(0.1 < M < 0.9) [2]_, by which this rule goes, and the area under F, which [1]_ looks at and
    which is 1 - mean M. A pair counts by the product of its weights; the error of PAC is a jackknife's over ten groups
    of samples.

    Like [3]_, the rule compares PAC with that of clouds of the same covariance (`against_clouds`): PAC falls with k of
    itself, and without a reference every cloud has a consensus. Of the numbers beyond chance the
    largest is chosen whose ratio of the clouds' PAC to the data's is at least 0.6 of the best one's.

    Time: 50 k-means of at most 240 rows for each k, for the data and each of 20 clouds, and O(300^2) comparisons for
    each of them, whatever n is.

    References
    ----------
    .. [1] S. Monti, P. Tamayo, J. Mesirov, T. Golub, "Consensus clustering: a resampling-based method for class
       discovery and visualization of gene expression microarray data", Machine Learning 52, 2003,
       doi:10.1023/A:1023949509487: section 3.
    .. [2] Y. Senbabaoglu, G. Michailidis, J. Z. Li, "Critical limitations of consensus clustering in class discovery",
       Scientific Reports 4, 2014, doi:10.1038/srep06207: PAC.
    .. [3] C. R. John et al., "M3C: Monte Carlo reference-based consensus clustering", Scientific Reports 10, 2020,
       doi:10.1038/s41598-020-58766-1.
    """
    rows = rows_of(sweep, MOST_ROWS)
    if len(rows.numbers) == 0:
        return Verdict(None, "A consensus needs ten rows and two different ones at least.", {})
    seed = sweep.seed("consensus")
    found = against_clouds(ambiguity, rows, seed, repeats=SAMPLES, cloud_repeats=SAMPLES)
    columns = {
        "consensus_ambiguity": column(found.value, rows, sweep),
        "consensus_ambiguity_error": column(found.error, rows, sweep),
        "consensus_ambiguity_chance": column(found.chance, rows, sweep),
    }
    return most_beyond_chance(found, "the share of pairs in doubt is", one_or_none(sweep), columns)


def ambiguity(rows: Rows, seed: np.random.SeedSequence, samples: int) -> tuple[Floats, Floats]:
    """Return PAC for each number of clusters, and its jackknife error."""
    drawing, fitting = seed.spawn(2)
    rng = np.random.default_rng(drawing)
    n = len(rows.X)
    held = np.zeros((samples, n), dtype=bool)
    for row in held:
        row[rng.permutation(n)[: max(1, int(SHARE * n))]] = True
    labels = refits(rows.X, held * rows.pair_weight, rows.numbers, fitting)
    groups = [samples * g // GROUPS for g in range(GROUPS + 1)]
    shares = np.array(
        [
            shares_in_doubt(np.where(held, labels[:, at], LEFT_OUT), groups, rows.pair_weight)
            for at in range(len(rows.numbers))
        ]
    )
    return shares[:, 0], np.sqrt((GROUPS - 1) * shares[:, 1:].var(axis=1))


def shares_in_doubt(labels: NDArray[np.integer], groups: list[int], weight: Floats) -> Floats:
    """Return the share of pairs in doubt, of all samples and without each group of them: (b, n) -> (1 + groups,)."""
    sums = np.empty(2 * len(groups))
    core.consensus(
        np.ascontiguousarray(labels.T, dtype=np.uint8),
        np.array(groups, dtype=np.int64),
        np.ascontiguousarray(weight),
        sums,
    )
    return sums[::2] / np.where(sums[1::2] > 0, sums[1::2], 1.0)
