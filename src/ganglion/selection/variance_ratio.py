"""The variance ratio: the k of the largest index of Calinski and Harabasz."""

from __future__ import annotations

from ..criteria._from_moments import calinski_harabasz as index_of
from ._reading import extreme, number_word
from ._sweep import Sweep
from .verdict import Verdict


def calinski_harabasz(sweep: Sweep) -> Verdict:
    """Name the k of the largest ratio of the variance between clusters to that within.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k of the largest index, the smallest on a tie; None where it has no value. Column "calinski_harabasz".

    Notes
    -----
    CH(k) = BSS / (k - 1) / (WSS / (n - k)) [1]_. Time O(n d) for each k. The rule cannot answer 1. A uniform cloud of
    d <= 2 features has an index that hardly falls with k, and then the largest k tried often wins; groups of unequal
    size, and columns of noise, draw it to k = 2.

    References
    ----------
    .. [1] T. Calinski, J. Harabasz, "A dendrite method for cluster analysis", Communications in Statistics 3(1), 1974,
       doi:10.1080/03610927408827101: equation 3.
    """
    values = tuple(index_of(sweep.moments).tolist())
    columns = {"calinski_harabasz": values}
    best = extreme(sweep.k, values, largest=True)
    if best is None:
        return Verdict(None, "The index of Calinski and Harabasz has no value for any k.", columns)
    reason = (
        "The variance between clusters over that within (Calinski and Harabasz) is largest for "
        f"{number_word(best)}."
    )
    return Verdict(best, reason, columns)
