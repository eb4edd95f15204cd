"""Valleys: whether there are fewer points between neighbouring clusters than about their centres."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np

from ._reading import number_word
from ._sweep import Sweep
from .verdict import Verdict

# How many standard errors the valleys must be deep; see `valleys`.
DEEP = 2.5


def valleys(sweep: Sweep) -> Verdict:
    """Name the k whose clusters are divided by valleys of the density, or 1 where no k has any.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k whose valleys are surest, the smallest on a tie; 1 where none are beyond chance; None where no k of 2 or
        more was tried, or most points repeat others (counts, codes, rounded values). Columns "valley" (density between
        clusters over that about their centres) and "valley_error".

    Notes
    -----
    Let a point's own centre be c_i and the next one c_j. Along the line between them it stands at

        t = (|x - c_j|^2 - |x - c_i|^2) / |c_i - c_j|^2,

    0 on the boundary and 1 at its centre. Its own distance is measured without it: the squared distance to a mean of m
    points is multiplied by (m / (m - 1))^2, because else a boundary that was fitted in many dimensions would keep its
    distance from every point. For each pair of neighbours the points within 0.25 of the boundary, M, are compared with
    those within 0.25 of each centre, S = 2 S_i S_j / (S_i + S_j), both summed over the pairs with 10 points or more:

        valley(k) = M / S,    z(k) = (S - M) / sqrt(S + M).

    A normal cloud that is cut has M > S, a uniform one M = S, two normal clusters four standard deviations apart
    M = 0.27 S. The k of the largest z is named if it is above 2.5. On clouds without clusters (normal, uniform,
    exponential, log-normal, t with 3 degrees of freedom, long ones; 150 and 1000 points) the largest z over k stayed
    below that. Groups nearer to each other than about four standard deviations have no valley that this sees. All
    points, or 5,000, are judged. Time O(n k d) for each k, shared with the silhouette. The statistic is ours, in the
    spirit of [1]_ and [2]_.

    References
    ----------
    .. [1] J. A. Hartigan, P. M. Hartigan, "The dip test of unimodality", Annals of Statistics 13(1), 1985,
       doi:10.1214/aos/1176346577: the uniform is the hardest of the unimodal densities.
    .. [2] A. Kalogeratos, A. Likas, "Dip-means: an incremental clustering method for estimating the number of
       clusters", NIPS 2012: clusters are divided while they have more than one mode.
    """
    if sweep.is_coarse:
        blank = tuple(nan for _ in sweep.k)
        why = "Most points repeat others: the gaps between the values would look like valleys."
        return Verdict(None, why, {"valley": blank, "valley_error": blank})
    seen = sweep.seen
    pairs = zip(seen.between.tolist(), seen.about.tolist(), strict=True)
    ratio, error, z = np.array([_depth(middle, side) for middle, side in pairs]).T
    columns = {"valley": tuple(ratio.tolist()), "valley_error": tuple(error.tolist())}
    if np.isnan(z).all():
        few = all(number == 1 for number in sweep.k)
        why = "Valleys lie between two clusters; none of the k has them."
        return Verdict(None if few else 1, why if few else _NO_VALLEYS, columns)
    best = int(np.nanargmax(z))
    if z[best] <= DEEP:
        return Verdict(1, _NO_VALLEYS, columns)
    k = sweep.k[best]
    reason = (
        f"With {number_word(k)} there are {100.0 * ratio[best]:.0f} % as many points between neighbouring clusters as "
        f"about their centres ({z[best]:.1f} standard errors below equality)."
    )
    return Verdict(k, reason, columns)


_NO_VALLEYS = (
    "For no k are there fewer points between neighbouring clusters than about their centres, beyond chance: "
    "there is one cluster."
)


def _depth(middle: float, side: float) -> tuple[float, float, float]:
    """Return M / S, its standard error, and z, of one clustering with M points between and S about its centres."""
    if middle + side == 0:
        return nan, nan, nan
    z = (side - middle) / sqrt(side + middle)
    if side == 0:
        return nan, nan, z
    return middle / side, sqrt(max(middle, 1.0) * (1.0 + middle / side)) / side, z
