"""Agreement by pairs of items: are two of them together in both partitions, in one, or in none?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike

from .._errors import ParameterError
from .contingency import Contingency, Counts, contingency

_INT64_SQUARES = 2**31


@dataclass(frozen=True)
class PairCounts:
    """Pairs of items, as integers.

    Attributes
    ----------
    both : int
        Pairs together in both partitions.
    first : int
        Pairs together in the first, whatever the second does.
    second : int
        Pairs together in the second.
    pairs : int
        All pairs.
    """

    both: int
    first: int
    second: int
    pairs: int


def rand_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the share of the pairs of items on which two partitions agree.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    sample_weight : array-like of shape (n,), optional
        How often each item counts: whole numbers.

    Returns
    -------
    float
        From 0 to 1; 1 where the partitions are equal.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, or a weight is no whole number.
    DataError
        Where a label is missing.

    Notes
    -----
    A pair is agreed on if it is together in both partitions or apart in both:

        RI = (pairs together in both + pairs apart in both) / (n (n - 1) / 2).

    Higher is better; 1 for a single item. It misleads where there are many clusters: most pairs are then apart in any
    two partitions, and unrelated ones score near 1. `adjusted_rand_score` takes chance away. Integers throughout,
    divided once. Time O(n), memory O(n).

    References
    ----------
    .. [1] W. M. Rand, "Objective criteria for the evaluation of clustering methods", Journal of the American
       Statistical Association 66(336), 1971, doi:10.1080/01621459.1971.10482356: section 3.

    Examples
    --------
    >>> from ganglion.criteria import rand_score
    >>> round(rand_score(["a", "a", "b", "b"], [0, 0, 1, 2]), 4)  # of 6 pairs one: the last two
    0.8333
    """
    found = pair_counts(contingency(labels_true, labels_pred, sample_weight=sample_weight))
    agreed = found.pairs - found.first - found.second + 2 * found.both
    return agreed / found.pairs if found.pairs else 1.0


def adjusted_rand_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the Rand index, adjusted for chance.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    sample_weight : array-like of shape (n,), optional
        How often each item counts: whole numbers.

    Returns
    -------
    float
        At most 1, for equal partitions; 0 on average for unrelated ones; never below -0.5.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, or a weight is no whole number.
    DataError
        Where a label is missing.

    Notes
    -----
    With A and B the numbers of pairs that are together in the first and in the second partition, N that of all pairs
    and M that of those together in both,

        ARI = (M - A B / N) / ((A + B) / 2 - A B / N):

    the excess over what is expected of random partitions with the same sizes [1]_. Higher is better; 1 where both
    partitions are one cluster, or both single items. It misleads where sizes are very unequal: the large clusters have
    nearly all pairs. Integers of any length, divided once: exact for any n. Time O(n), memory O(n).

    References
    ----------
    .. [1] L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985, doi:10.1007/BF01908075:
       equation 5.
    .. [2] J. E. Chacon, A. I. Rastrojo, "Minimum adjusted Rand index for two clusterings of a given size", Advances in
       Data Analysis and Classification 17, 2023, doi:10.1007/s11634-022-00491-w: the least value, -1/2.

    Examples
    --------
    >>> from ganglion.criteria import adjusted_rand_score
    >>> adjusted_rand_score([0, 0, 1, 1], ["x", "x", "y", "y"])
    1.0
    >>> adjusted_rand_score([0, 0, 1, 1], [0, 1, 0, 1])
    -0.5
    """
    return adjusted_rand(
        pair_counts(contingency(labels_true, labels_pred, sample_weight=sample_weight))
    )


def fowlkes_mallows_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the geometric mean of the precision and the recall of pairs.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    sample_weight : array-like of shape (n,), optional
        How often each item counts: whole numbers.

    Returns
    -------
    float
        From 0 to 1; 1 where the partitions are equal.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, or a weight is no whole number.
    DataError
        Where a label is missing.

    Notes
    -----
    With M pairs together in both partitions, A in the first and B in the second, FM = M / sqrt(A B) [1]_. Higher is
    better. It looks only at pairs that are together, so it does not drown in those apart as the Rand index does; it is
    not adjusted for chance, and misleads where there are few clusters: unrelated partitions into k equal clusters score
    about 1 / k. Where neither partition has any pair, they are equal, and the score is 1 (scikit-learn: 0). Time O(n),
    memory O(n).

    References
    ----------
    .. [1] E. B. Fowlkes, C. L. Mallows, "A method for comparing two hierarchical clusterings", Journal of the American
       Statistical Association 78(383), 1983, doi:10.1080/01621459.1983.10478008: section 2.

    Examples
    --------
    >>> from ganglion.criteria import fowlkes_mallows_score
    >>> round(fowlkes_mallows_score([0, 0, 1, 1], [0, 0, 1, 2]), 4)  # one pair of two: sqrt(1 / 2)
    0.7071
    """
    found = pair_counts(contingency(labels_true, labels_pred, sample_weight=sample_weight))
    if found.first == found.second == 0:
        return 1.0
    return found.both / math.sqrt(found.first * found.second) if found.both else 0.0


def pair_counts(found: Contingency) -> PairCounts:
    """Count the pairs of a table of whole numbers, exactly.

    Parameters
    ----------
    found : Contingency
        The table.

    Returns
    -------
    PairCounts
        Python integers: no size is too large.

    Raises
    ------
    ParameterError
        Where the table holds weights with a fraction: a pair with a share of an item is no pair.
    """
    if not found.is_exact:
        raise ParameterError(
            "Pairs of items need whole numbers as sample_weight, below 2^53 in all: how often each item counts. "
            "Use one of the information measures, such as normalized_mutual_info_score, for other weights."
        )
    n = int(found.total)
    return PairCounts(
        _pairs_within(found.counts),
        _pairs_within(found.row_totals),
        _pairs_within(found.column_totals),
        n * (n - 1) // 2,
    )


def adjusted_rand(found: PairCounts) -> float:
    """Return the adjusted Rand index of counted pairs.

    Parameters
    ----------
    found : PairCounts
        The pairs.

    Returns
    -------
    float
        One division of integers: rounded once.
    """
    product = found.first * found.second
    numerator = 2 * (found.both * found.pairs - product)
    denominator = (found.first + found.second) * found.pairs - 2 * product
    return numerator / denominator if denominator else 1.0


def _pairs_within(counts: Counts) -> int:
    """Sum of m (m - 1) / 2."""
    if len(counts) and int(counts.max()) < _INT64_SQUARES and int(counts.sum()) < _INT64_SQUARES:
        return int((counts * (counts - 1) // 2).sum())
    return sum(int(m) * (int(m) - 1) // 2 for m in counts)
