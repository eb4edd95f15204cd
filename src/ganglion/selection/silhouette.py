"""The silhouette: the k whose clusters are nearest to themselves and farthest from the next."""

from __future__ import annotations

from math import nan

import numpy as np

from ..criteria._from_moments import means_and_errors
from ._reading import extreme, number_word
from ._sweep import Sweep
from .verdict import Verdict


def silhouette(sweep: Sweep) -> Verdict:
    """Name the k of the largest mean simplified silhouette.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k with the largest mean, the smallest on a tie; None where no k of 2 or more was tried. Columns
        "silhouette" and "silhouette_error".

    Notes
    -----
    With a(i) the distance of a point to its own centre and b(i) that to the nearest other one,

        s(i) = (b(i) - a(i)) / max(a(i), b(i)),

    0 for a point alone in its cluster [1]_. The mean is over all points, or over 5,000 of them; its standard error is
    that of a mean of so many. Time O(n k d) for each k, less what the triangle inequality saves. The rule cannot answer
    1: also one cloud has a best way to be cut. It prefers few wide clusters where groups stand in groups.

    References
    ----------
    .. [1] E. R. Hruschka, L. N. de Castro, R. J. G. B. Campello, "Evolutionary algorithms for clustering
       gene-expression data", ICDM 2004, doi:10.1109/ICDM.2004.10073: the simplified silhouette, with centres in the
       place of means of distances.
    """
    weight = None if sweep.sample_weight is None else sweep.sample_weight[sweep.judged]
    found, spread = means_and_errors(sweep.seen.silhouettes, weight)
    has_next = sweep.moments.n_held > 1
    means: list[float] = np.where(has_next, found, nan).tolist()
    errors: list[float] = np.where(has_next, spread, nan).tolist()
    columns = {"silhouette": tuple(means), "silhouette_error": tuple(errors)}
    best = extreme(sweep.k, means, largest=True)
    if best is None:
        return Verdict(None, "A silhouette needs two clusters; none of the k has them.", columns)
    at = sweep.k.index(best)
    reason = (
        f"The mean silhouette is largest for {number_word(best)}: {means[at]:.2f}, with a standard error of "
        f"{errors[at]:.2g}."
    )
    return Verdict(best, reason, columns)
