"""The k of the smallest index of Davies and Bouldin: spread of clusters over the distance between them."""

from __future__ import annotations

from ..criteria._from_moments import davies_bouldin as index_of
from ._reading import extreme, number_word
from ._sweep import Sweep
from .verdict import Verdict


def davies_bouldin(sweep: Sweep) -> Verdict:
    """Name the k whose clusters are smallest beside the distance to their worst neighbour.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k of the smallest index, the smallest on a tie; None where it has no value. Column "davies_bouldin".

    Notes
    -----
    DB(k) is the mean over clusters i of max_j (S_i + S_j) / |c_i - c_j|, S_i the mean distance of the points of cluster
    i to its centre c_i [1]_. Time O(n d + k^2 d) for each k. The rule cannot answer 1; far outliers that become
    clusters of their own lower the index.

    References
    ----------
    .. [1] D. L. Davies, D. W. Bouldin, "A cluster separation measure", IEEE Transactions on Pattern Analysis and
       Machine Intelligence 1(2), 1979, doi:10.1109/TPAMI.1979.4766909: definition 5 with p = 2, q = 1.
    """
    values = tuple(index_of(sweep.moments).tolist())
    columns = {"davies_bouldin": values}
    best = extreme(sweep.k, values, largest=False)
    if best is None:
        return Verdict(None, "The index of Davies and Bouldin has no value for any k.", columns)
    reason = (
        "The spread of clusters beside the distance to their worst neighbour (Davies and Bouldin) is smallest for "
        f"{number_word(best)}."
    )
    return Verdict(best, reason, columns)
