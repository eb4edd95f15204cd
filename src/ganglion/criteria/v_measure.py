"""Agreement with a truth by entropies: are clusters of one class, and classes in one cluster?"""

from __future__ import annotations

from numpy.typing import ArrayLike

from .._values import check_not_negative
from ._entropies import conditional_entropies, entropy
from .contingency import contingency


def homogeneity_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return how far each cluster of the second partition holds items of one cluster of the first only.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        The partition that is taken as the truth: a name for each item.
    labels_pred : array-like of shape (n,)
        The one that is judged, of the same items.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        From 0 to 1; 1 where no cluster mixes classes, or there is one class.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items.
    DataError
        Where a label is missing.

    Notes
    -----
    h = 1 - H(true | pred) / H(true) [1]_. Higher is better. It misleads alone: single items are homogeneous. Time O(n),
    memory O(n).

    References
    ----------
    .. [1] A. Rosenberg, J. Hirschberg, "V-measure: a conditional entropy-based external cluster evaluation measure",
       EMNLP-CoNLL 2007: equation 1.

    Examples
    --------
    >>> from ganglion.criteria import homogeneity_score
    >>> homogeneity_score(["a", "a", "b", "b"], [0, 1, 2, 2])
    1.0
    """
    return _homogeneity_completeness(labels_true, labels_pred, sample_weight)[0]


def completeness_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return how far each cluster of the first partition lies in one cluster of the second only.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        The partition that is taken as the truth: a name for each item.
    labels_pred : array-like of shape (n,)
        The one that is judged, of the same items.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        From 0 to 1; 1 where no class is divided, or there is one cluster.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items.
    DataError
        Where a label is missing.

    Notes
    -----
    c = 1 - H(pred | true) / H(pred) [1]_. Higher is better. It misleads alone: one cluster of everything is complete.
    Time O(n), memory O(n).

    References
    ----------
    .. [1] A. Rosenberg, J. Hirschberg, "V-measure: a conditional entropy-based external cluster evaluation measure",
       EMNLP-CoNLL 2007: equation 2.

    Examples
    --------
    >>> from ganglion.criteria import completeness_score
    >>> round(completeness_score(["a", "a", "b", "b"], [0, 1, 2, 2]), 4)
    0.6667
    """
    return _homogeneity_completeness(labels_true, labels_pred, sample_weight)[1]


def v_measure_score(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    beta: float = 1.0,
    sample_weight: ArrayLike | None = None,
) -> float:
    """Return the weighted harmonic mean of homogeneity and completeness.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        The partition that is taken as the truth: a name for each item.
    labels_pred : array-like of shape (n,)
        The one that is judged, of the same items.
    beta : float, default=1
        Above 1 completeness counts more, below 1 homogeneity; not negative.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        From 0 to 1; 1 where the partitions are equal.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items, or beta is negative.
    DataError
        Where a label is missing.

    Notes
    -----
    V = (1 + beta) h c / (beta h + c) [1]_; with beta = 1 it is `normalized_mutual_info_score`. Higher is better. It
    misleads where there are many small clusters, as that does. Time O(n), memory O(n).

    References
    ----------
    .. [1] A. Rosenberg, J. Hirschberg, "V-measure: a conditional entropy-based external cluster evaluation measure",
       EMNLP-CoNLL 2007: section 2.

    Examples
    --------
    >>> from ganglion.criteria import v_measure_score
    >>> round(v_measure_score(["a", "a", "b", "b"], [0, 1, 2, 2]), 4)  # 2 * 1 * 2/3 / (1 + 2/3)
    0.8
    """
    weight = check_not_negative("beta", beta)
    h, c = _homogeneity_completeness(labels_true, labels_pred, sample_weight)
    return (1.0 + weight) * h * c / (weight * h + c) if h > 0 and c > 0 else 0.0


def _homogeneity_completeness(
    labels_true: ArrayLike, labels_pred: ArrayLike, sample_weight: ArrayLike | None
) -> tuple[float, float]:
    """Both, from one table."""
    found = contingency(labels_true, labels_pred, sample_weight=sample_weight)
    first, second = entropy(found.row_totals), entropy(found.column_totals)
    of_rows, of_columns = conditional_entropies(found)
    homogeneity = max(0.0, 1.0 - of_rows / first) if first > 0 else 1.0
    completeness = max(0.0, 1.0 - of_columns / second) if second > 0 else 1.0
    return homogeneity, completeness
