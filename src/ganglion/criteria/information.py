"""Agreement by information: how much one partition tells about the other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .._errors import ParameterError
from .._values import check_base, check_choice
from ._chance_information import expected_information
from ._entropies import are_equal, conditional_entropies, entropy, information
from .contingency import contingency

_AVERAGES = ("arithmetic", "geometric", "min", "max")


def mutual_info_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the mutual information of two partitions, in nats.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        From 0 (unrelated) to the smaller of the two entropies.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items.
    DataError
        Where a label is missing.

    Notes
    -----
    With n_ij items in cluster i of the first and j of the second partition, of sizes a_i and b_j,

        MI = sum_ij (n_ij / n) log(n n_ij / (a_i b_j)) .

    Higher is better. It misleads because it has no fixed top, and because it rises with the number of clusters: single
    items tell everything. `adjusted_mutual_info_score` takes that away. Time O(n), memory O(n).

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas, "Elements of Information Theory", 2nd edition, 2006,
       doi:10.1002/047174882X: equation 2.28.

    Examples
    --------
    >>> from ganglion.criteria import mutual_info_score
    >>> round(mutual_info_score([0, 0, 1, 1], ["x", "x", "y", "y"]), 4)  # log 2
    0.6931
    """
    return information(contingency(labels_true, labels_pred, sample_weight=sample_weight))


def normalized_mutual_info_score(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    average_method: str = "arithmetic",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the mutual information over an average of the two entropies.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    average_method : {"arithmetic", "geometric", "min", "max"}
        Which average of the entropies is the unit.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        From 0 to 1; 1 where the partitions are equal.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, or the average is unknown.
    DataError
        Where a label is missing.

    Notes
    -----
    NMI = MI / mean(H(first), H(second)). Higher is better. It misleads where there are many small clusters: unrelated
    partitions then score far above 0. ``"max"`` is 1 for equal partitions alone and 1 - NMI is a metric [1]_; with
    ``"min"`` any refinement scores 1. Two partitions of one cluster each are equal: 1. Time O(n), memory O(n).

    References
    ----------
    .. [1] N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings comparison", Journal of
       Machine Learning Research 11, 2010: table 2.

    Examples
    --------
    >>> from ganglion.criteria import normalized_mutual_info_score
    >>> round(normalized_mutual_info_score([0, 0, 1, 1], [0, 1, 2, 3]), 4)  # log 2 / ((log 2 + log 4) / 2)
    0.6667
    """
    check_choice("average_method", average_method, _AVERAGES)
    found = contingency(labels_true, labels_pred, sample_weight=sample_weight)
    first, second = entropy(found.row_totals), entropy(found.column_totals)
    if are_equal(found):
        return 1.0
    shared = information(found)
    unit = _average(first, second, average_method)
    return min(1.0, shared / unit) if shared > 0 and unit > 0 else 0.0


def adjusted_mutual_info_score(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    average_method: str = "arithmetic",
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the normalised mutual information, adjusted for chance.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    average_method : {"arithmetic", "geometric", "min", "max"}
        Which average of the entropies is the top of the scale.
    sample_weight : array-like of shape (n,), optional
        How often each item counts: whole numbers.

    Returns
    -------
    float
        1 for equal partitions, 0 on average for unrelated ones; it may be a little below 0.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, the average is unknown, or a weight is no whole number.
    DataError
        Where a label is missing.

    Notes
    -----
    AMI = (MI - E) / (mean(H(first), H(second)) - E), with E the mean of MI over all pairs of partitions with the same
    sizes [1]_. Each n_ij is hypergeometric under that model; its probabilities are taken from their ratios, from the
    mode outwards, until they are below 2^-60, and divided by their sum: no factorials, which would cost digits where n
    is large. Higher is better. It misleads less than the others where k is large or sizes are unequal, but it is an
    average: of two clusterings with one score one may split a cluster and the other join two.

    Equal partitions score 1, also where nothing can be told from chance (one cluster, single items). Time O(n), and for
    each pair of different sizes a, b about 20 sqrt(a b / n) steps; memory O(n).

    References
    ----------
    .. [1] N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings comparison", Journal of
       Machine Learning Research 11, 2010: theorem 8 and table 2.

    Examples
    --------
    >>> from ganglion.criteria import adjusted_mutual_info_score
    >>> adjusted_mutual_info_score([0, 0, 1, 1], ["b", "b", "a", "a"])
    1.0
    >>> round(adjusted_mutual_info_score([0, 0, 1, 1], [0, 1, 0, 1]), 4)
    -0.5
    """
    check_choice("average_method", average_method, _AVERAGES)
    found = contingency(labels_true, labels_pred, sample_weight=sample_weight)
    if not found.is_exact:
        raise ParameterError(
            "adjusted_mutual_info_score needs whole numbers as sample_weight, below 2^53 in all: chance draws items "
            "one by one. Use normalized_mutual_info_score for other weights."
        )
    if are_equal(found):
        return 1.0
    first, second = entropy(found.row_totals), entropy(found.column_totals)
    expected = expected_information(found.row_totals, found.column_totals, int(found.total))
    above, top = (
        information(found) - expected,
        _average(first, second, average_method) - expected,
    )
    if abs(top) <= 4 * np.finfo(float).eps * max(first, second, expected):
        return 0.0  # every pair of partitions with these sizes has this information
    return above / top


def variation_of_information(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    base: float = 2.0,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return how much information each partition lacks about the other: a distance between partitions.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        One partition: a name for each item.
    labels_pred : array-like of shape (n,)
        The other one, of the same items.
    base : float, default=2
        Of the logarithm, above 1: 2 gives bits, math.e nats.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        From 0, for equal partitions and no others, to log n.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, or the base is not above 1.
    DataError
        Where a label is missing.

    Notes
    -----
    VI = H(first | second) + H(second | first), a metric between partitions [1]_. It is computed as

        sum_ij (n_ij / n) (log(a_i / n_ij) + log(b_j / n_ij)),

    of which no term is negative: it is 0 for equal partitions to the bit. Lower is better. It misleads across data
    sets, because its top grows with the number of clusters; divide by log n to compare. Time O(n), memory O(n).

    References
    ----------
    .. [1] M. Meila, "Comparing clusterings: an information based distance", Journal of Multivariate Analysis 98(5),
       2007, doi:10.1016/j.jmva.2006.11.013: definition 2 and property 1.

    Examples
    --------
    >>> from ganglion.criteria import variation_of_information
    >>> variation_of_information([0, 0, 1, 1], [0, 1, 0, 1])  # two bits: each tells nothing about the other
    2.0
    """
    checked = check_base(base)
    found = contingency(labels_true, labels_pred, sample_weight=sample_weight)
    of_rows, of_columns = conditional_entropies(found)
    return (of_rows + of_columns) / math.log(checked)


def _average(first: float, second: float, method: str) -> float:
    if method == "arithmetic":
        return 0.5 * (first + second)
    if method == "geometric":
        return math.sqrt(first * second)
    return min(first, second) if method == "min" else max(first, second)
