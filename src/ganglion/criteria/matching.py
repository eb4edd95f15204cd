"""Agreement by matching clusters: which cluster of one partition is which of the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._native import core
from .contingency import Contingency, contingency


@dataclass(frozen=True, eq=False)
class Matching:
    """The pairing of the clusters of two partitions that agrees on the most items.

    Attributes
    ----------
    pairs : tuple of tuple
        (name in the first partition, name in the second), in the order of the first; each cluster at most once.
    agreed : int or float
        How many items (or how much weight) lie in paired clusters.
    score : float
        Their share of all items: from 0 to 1, 1 where the partitions are equal.
    """

    pairs: tuple[tuple[Any, Any], ...]
    agreed: int | float
    score: float

    def renamed(self, labels_pred: ArrayLike) -> NDArray[Any]:
        """Give the clusters of the second partition the names of those that they are paired with.

        Parameters
        ----------
        labels_pred : array-like of shape (n,)
            Names of the second partition.

        Returns
        -------
        ndarray of shape (n,), object
            The names in the first partition; None for items of clusters that are not paired.
        """
        names = {pred: true for true, pred in self.pairs}
        given = list(np.asarray(labels_pred).tolist())
        renamed = np.empty(len(given), dtype=object)
        renamed[:] = [names.get(each) for each in given]
        return renamed


def purity_score(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> float:
    """Return the share of items that are of their cluster's most frequent class.

    Parameters
    ----------
    labels_true : array-like of shape (n,)
        The classes: a name for each item.
    labels_pred : array-like of shape (n,)
        The clusters, of the same items.
    sample_weight : array-like of shape (n,), optional
        Weights, not negative.

    Returns
    -------
    float
        Above 0, at most 1, where no cluster mixes classes.

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items.
    DataError
        Where a label is missing.

    Notes
    -----
    purity = (1 / n) sum_j max_i n_ij [1]_. Higher is better. It misleads in two ways: single items are pure, and where
    one class has 95 % of the items any clustering has a purity of 0.95 or more. `best_matching` pairs each class with
    one cluster only. Time O(n), memory O(n).

    References
    ----------
    .. [1] C. D. Manning, P. Raghavan, H. Schuetze, "Introduction to Information Retrieval", Cambridge University Press,
       2008, section 16.3: equation 16.1.

    Examples
    --------
    >>> from ganglion.criteria import purity_score
    >>> purity_score(["a", "a", "b", "b", "b"], [0, 0, 0, 1, 1])  # 2 of 3, and 2 of 2
    0.8
    """
    found = contingency(labels_true, labels_pred, sample_weight=sample_weight)
    largest = np.zeros(len(found.column_totals), dtype=found.counts.dtype)
    np.maximum.at(largest, found.columns, found.counts)
    return float(largest.sum() / found.total)


def best_matching(
    labels_true: ArrayLike, labels_pred: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> Matching:
    """Pair the clusters of two partitions so that as many items as possible lie in paired clusters.

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
    Matching
        The pairs, and the share of items that they agree on (often called the clustering accuracy).

    Raises
    ------
    ParameterError
        Where the partitions are not of the same items.
    DataError
        Where a label is missing.
    MemoryPlanError
        Where the table of all pairs of clusters does not fit into memory.

    Notes
    -----
    The assignment that maximises sum n_ij over the pairs, by the Hungarian algorithm with potentials [1]_: shortest
    augmenting paths, one for each row. Counts are integers, and so are the potentials: the optimum is exact. Clusters
    beyond the smaller of the two numbers stay alone, as do pairs that share no item. Where several pairings are equally
    good, one of them is given, the same each time. Higher is better; it misleads where one partition refines the other:
    a cluster that was halved loses the smaller half. Time O(n + r^2 c) for r <= c clusters, memory O(n + r c).

    References
    ----------
    .. [1] H. W. Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955,
       doi:10.1002/nav.3800020109.
    .. [2] R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment
       problems", Computing 38, 1987, doi:10.1007/BF02278710: section 2, the augmentation.

    Examples
    --------
    >>> from ganglion.criteria import best_matching
    >>> found = best_matching(["a", "a", "a", "b", "b"], [1, 1, 0, 0, 0])
    >>> found.pairs, found.score
    ((('a', 1), ('b', 0)), 0.8)
    """
    found = contingency(labels_true, labels_pred, sample_weight=sample_weight)
    columns, agreed = _assigned(found)
    pairs = tuple(
        (_plain(found.labels_true[i]), _plain(found.labels_pred[j]))
        for i, j in enumerate(columns)
        if j >= 0
    )
    return Matching(pairs, agreed, float(agreed / found.total))


def _plain(name: Any) -> Any:
    """A name as Python has it, where NumPy has a type of its own for it."""
    return cast("Any", name).item() if isinstance(name, np.generic) else name


def _assigned(found: Contingency) -> tuple[NDArray[np.int64], int | float]:
    """The column of each row, -1 for none, and what the cells of these pairs hold."""
    table = found.table
    turned = table.shape[0] > table.shape[1]
    cost: Any = np.ascontiguousarray(-(table.T if turned else table))
    chosen = np.empty(len(cost), dtype=np.int64)
    core.least_assignment(cost, chosen)
    columns = chosen
    if turned:
        columns = np.full(table.shape[0], -1, dtype=np.int64)
        columns[chosen] = np.arange(len(chosen))
    rows = np.flatnonzero(columns >= 0)
    empty = table[rows, columns[rows]] == 0
    columns[rows[empty]] = -1
    rows = rows[~empty]
    return columns, table[rows, columns[rows]].sum().item()
