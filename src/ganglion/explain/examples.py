"""What is in a cluster of any items: the member in its middle, the most typical ones, and those farthest out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arrays import Labels
from .._errors import ParameterError
from ..distances.items import Items
from ._measured import distances_between

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# Up to here every member of a cluster is compared with every other; of larger ones with this many that stand for all.
ALL_MEMBERS = 3_000
REFERENCES = 1_000
TILE = 1_024


@dataclass(frozen=True, eq=False)
class ClusterExamples:
    """The members of one cluster that say most about it.

    Attributes
    ----------
    label : int
        The cluster.
    medoid : int
        The member with the smallest mean distance to all members.
    typical : ndarray of int64
        Further members, the nearest to the medoid first.
    distant : ndarray of int64
        Members farthest from the medoid, the farthest first; none of them among the typical ones.
    distances : ndarray of shape (len(typical) + len(distant),)
        How far those are from the medoid, the typical ones first.
    mean, largest : float
        Mean and largest distance of the members to the medoid, repetitions counted in the mean.
    neighbour : int or None
        The cluster whose medoid is nearest; None where there is no other.
    gap : float
        How far that medoid is; NaN where there is no other.
    is_exact : bool
        Whether the medoid was found among all pairs; else members were compared with 1,000 that stand for all.
    """

    label: int
    medoid: int
    typical: Integers
    distant: Integers
    distances: Floats
    mean: float
    largest: float
    neighbour: int | None
    gap: float
    is_exact: bool


def cluster_examples(
    items: Items,
    labels: ArrayLike,
    *,
    counts: ArrayLike | None = None,
    medoids: ArrayLike | None = None,
    among: ArrayLike | None = None,
    n_typical: int = 4,
    n_distant: int = 3,
    most: int | None = None,
) -> tuple[ClusterExamples, ...]:
    """Find the medoid, typical and distant members of each cluster.

    Parameters
    ----------
    items : Items
        What was clustered, as from `ganglion.distances.as_items`.
    labels : array-like of int, shape (n,)
        The cluster of each item, from 0.
    counts : array-like of shape (n,), optional
        How many times each item occurs; 1 by default.
    medoids : array-like of int, shape (k,), optional
        The medoid of each label, where it is known.
    among : array-like of bool, shape (n,), optional
        The items that medoids and typical members are taken from, in clusters that have enough of them. All by
        default.
    n_typical : int
        How many typical members to name beside the medoid.
    n_distant : int
        How many distant members to name.
    most : int, optional
        Describe the first `most` labels only.

    Returns
    -------
    tuple of ClusterExamples
        One for each label, ascending.

    Raises
    ------
    ParameterError
        Labels, counts or `among` are not one for each item.

    Notes
    -----
    The medoid of a cluster C is the i in C with the smallest sum over j in C of w_j d(i, j), w the counts; the lowest
    index on a tie. Of more than 3,000 members, j runs over 1,000 members evenly spread in the order of the items. Time
    O(sum of m^2) over clusters of m items, or O(1,000 m) for the large ones.

    Examples
    --------
    >>> from ganglion.distances import as_items
    >>> from ganglion.explain.examples import cluster_examples
    >>> first, second = cluster_examples(as_items([[0.0], [1.0], [2.5], [9.0]]), [0, 0, 0, 1])
    >>> first.medoid, first.typical.tolist(), first.largest, second.neighbour
    (1, [0], 1.5, 0)
    """
    given = np.asarray(labels)
    if given.shape != (items.n,) or given.dtype.kind not in "iu":
        raise ParameterError(
            f"labels must hold one integer for each of the {items.n} items; got shape {given.shape} and dtype "
            f"{given.dtype}. Pass the labels of these items."
        )
    weights = np.ones(items.n) if counts is None else np.asarray(counts, dtype=np.float64)
    if weights.shape != (items.n,):
        raise ParameterError(
            f"counts must hold one number for each of the {items.n} items; got shape {weights.shape}."
        )
    allowed = _allowed(among, items.n)
    members = _members(given.astype(np.int32), most)
    known = None if medoids is None else np.asarray(medoids, dtype=np.int64)
    wanted = (n_typical, n_distant)
    found = [
        _describe(
            items,
            who,
            weights[who],
            allowed[who],
            None if known is None else int(known[label]),
            wanted,
        )
        for label, who in enumerate(members)
    ]
    return _with_neighbours(items, found)


def _allowed(among: ArrayLike | None, n: int) -> NDArray[np.bool_]:
    """Return which items may be examples."""
    allowed = np.ones(n, dtype=np.bool_) if among is None else np.asarray(among)
    if allowed.shape != (n,) or allowed.dtype != np.bool_:
        raise ParameterError(
            f"among must hold True or False for each of the {n} items; got shape {allowed.shape} and dtype "
            f"{allowed.dtype}."
        )
    return allowed


def _members(labels: Labels, most: int | None) -> list[Integers]:
    """Return the items of each label, ascending."""
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    parts = np.split(order.astype(np.int64), np.cumsum(sizes)[:-1])
    return parts if most is None else parts[:most]


def _describe(
    items: Items,
    who: Integers,
    weights: Floats,
    allowed: NDArray[np.bool_],
    medoid: int | None,
    wanted: tuple[int, int],
) -> tuple[int, Integers, Integers, Floats, float, float, bool]:
    """Describe the cluster with the members `who` (m,)."""
    is_exact = medoid is not None or len(who) <= ALL_MEMBERS
    center = _medoid(items, who, weights, allowed) if medoid is None else medoid
    away = distances_between(items, np.array([center]), who)[0]
    order = np.lexsort((who, away))
    order = order[who[order] != center]
    n_typical = min(wanted[0], -(-len(order) // 2))
    first = order[allowed[order]] if allowed[order].sum() >= n_typical else order
    typical = first[:n_typical]
    distant = order[~np.isin(order, typical)][::-1][: wanted[1]]
    chosen = np.concatenate((typical, distant))
    mean = float(np.average(away, weights=weights)) if weights.sum() > 0 else 0.0
    return (center, who[typical], who[distant], away[chosen], mean, float(away.max()), is_exact)


def _medoid(items: Items, who: Integers, weights: Floats, allowed: NDArray[np.bool_]) -> int:
    """Return the member with the smallest weighted sum of distances to the members, or to those that stand for them."""
    candidates = who[allowed] if allowed.any() else who
    if len(who) <= 2:
        # Of two, the one that occurs more often: the other is then counted with its smaller weight.
        return int(candidates[np.argmax(weights[np.isin(who, candidates)])])
    if len(who) <= ALL_MEMBERS:
        others, w = who, weights
    else:
        spread = np.arange(REFERENCES) * len(who) // REFERENCES
        others, w = who[spread], weights[spread]
    sums = np.empty(len(candidates))
    for start in range(0, len(candidates), TILE):
        rows = candidates[start : start + TILE]
        sums[start : start + TILE] = (distances_between(items, rows, others) * w).sum(axis=1)
    return int(candidates[np.argmin(sums)])


def _with_neighbours(
    items: Items, found: list[tuple[int, Integers, Integers, Floats, float, float, bool]]
) -> tuple[ClusterExamples, ...]:
    """Add to each cluster the one whose medoid is nearest."""
    centers = np.array([part[0] for part in found], dtype=np.int64)
    examples: list[ClusterExamples] = []
    for label, (medoid, typical, distant, away, mean, largest, is_exact) in enumerate(found):
        neighbour, gap = None, float("nan")
        if len(centers) > 1:
            others = distances_between(items, centers[label : label + 1], centers)[0]
            others[label] = np.inf
            neighbour = int(np.argmin(others))
            gap = float(others[neighbour])
        examples.append(
            ClusterExamples(
                label, medoid, typical, distant, away, mean, largest, neighbour, gap, is_exact
            )
        )
    return tuple(examples)
