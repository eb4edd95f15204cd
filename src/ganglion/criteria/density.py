"""DBCV: clusters of any shape, judged by how sparse they are inside and how thin the space between them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from .._native import core
from .._values import check_count
from ..distances.items import Items, as_items
from ._grouped import GroupedItems, distance_rows, extremes
from ._labels import label_codes
from ._moments import Floats

_KEPT = 4  # neighbours that the search for the spanning tree keeps of each item
_FEW_ITEMS = 256  # below this many items are joined one by one


class DensityValidity(float):
    """A DBCV: a number, and what it is the mean of.

    Parameters
    ----------
    value : float
        The mean over clusters, by their share of all items.
    clusters : ndarray of shape (k,)
        The validity of each cluster.
    noise : int
        How many items count as noise.

    Attributes
    ----------
    clusters : ndarray of shape (k,)
        The validity of each cluster, in ascending order of the labels; 0 for single items.
    noise : int
        How many items are in no cluster.
    """

    clusters: NDArray[np.float64]
    noise: int

    def __new__(cls, value: float, clusters: NDArray[np.float64], noise: int) -> DensityValidity:
        """Make the number that carries its parts."""
        score = super().__new__(cls, value)
        score.clusters = clusters
        score.noise = noise
        return score

    def __reduce__(self) -> tuple[type[DensityValidity], tuple[float, NDArray[np.float64], int]]:
        return DensityValidity, (float(self), self.clusters, self.noise)


@dataclass(frozen=True, eq=False)
class _Inside:
    """A cluster seen from inside: where its inner items stand, all core distances, its sparseness."""

    inner: NDArray[np.intp]
    core: Floats
    sparseness: float


def dbcv_score(
    X: Any,
    labels: ArrayLike,
    *,
    metric: Any = "euclidean",
    metric_params: Mapping[str, Any] | None = None,
    dimension: int | None = None,
    noise_label: int | None = -1,
) -> DensityValidity:
    """Return the density-based validity of clusters of any shape (DBCV).

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        n items: whatever the metric is between; a matrix of distances for ``metric="precomputed"``.
    labels : array-like of shape (n,)
        The cluster of each item: at least 2 different integers beside the noise.
    metric : str, callable or C function pointer, default="euclidean"
        A name in `ganglion.distances.METRICS`, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.
    dimension : int, optional
        d of the density, at least 1: the number of features by default; needed where items are not rows of numbers.
    noise_label : int or None, default=-1
        Items with this label are in no cluster: they count in n alone. None: every label is a cluster.

    Returns
    -------
    DensityValidity
        A float from -1 to 1, with the validity of each cluster.

    Raises
    ------
    ParameterError
        Where labels are not n integers or of fewer than 2 clusters, or the dimension is none.
    DataError
        Where X is not what the metric is between.
    MemoryPlanError
        Where the distances between clusters do not fit into memory.

    Notes
    -----
    With d(i, o) the distances of item o to the n_j - 1 others of its cluster, the core distance is

        core(o) = ( sum_i d(i, o)^(-d) / (n_j - 1) )^(-1/d),

    and the mutual reachability m(o, p) = max(core(o), core(p), d(o, p)). In the smallest spanning tree of m within a
    cluster, the inner items are those with more than one edge. S_j, the sparseness, is the longest edge between inner
    items (of all edges where there is none); P_ij, the separation, the least m between inner items of two clusters (all
    items, where there are no inner ones). Then [1]_

        V_j = (min_i P_ij - S_j) / max(min_i P_ij, S_j),    DBCV = sum_j (n_j / n) V_j.

    Higher is better. An item with a twin has core distance 0, the limit of the formula. It misleads in many dimensions,
    where core(o) becomes the distance to the nearest item alone, and for clusters of a few items; a single item has V =
    0. Often several m are equal and so are several smallest trees; the one that prefers items of lower index is taken,
    so the order of the rows may show in the third digit. Powers are taken of ratios to the nearest distance, so that no
    dimension overflows. Time O(n^2) distances, each a few times, memory O(n + k^2).

    References
    ----------
    .. [1] D. Moulavi, P. A. Jaskowiak, R. J. G. B. Campello, A. Zimek, J. Sander, "Density-based clustering
       validation", SIAM International Conference on Data Mining 2014, doi:10.1137/1.9781611973440.96: definitions 1 to
       8.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.criteria import dbcv_score
    >>> angle = np.linspace(0.0, 2.0 * np.pi, 60, endpoint=False)
    >>> ring = np.c_[np.cos(angle), np.sin(angle)]
    >>> score = dbcv_score(np.r_[ring, 3.0 * ring], np.repeat([0, 1], 60))  # two rings, one around the other
    >>> score > 0.5
    True
    """
    items = as_items(X, metric, metric_params=metric_params)
    kept, codes, k = _clusters(labels, items.n, noise_label)
    d = _dimension(dimension, items)
    order = kept[np.argsort(codes, kind="stable")]
    starts = np.r_[0, np.cumsum(np.bincount(codes, minlength=k))].astype(np.int64)
    groups = GroupedItems(items.take(order), order, starts, None)
    inside = [_inside(groups.members(j), d) for j in range(k)]
    apart = _separations(groups, inside)
    sparse = np.array([each.sparseness for each in inside])
    nearest = apart.min(axis=1)
    larger = np.maximum(nearest, sparse)
    judged = (groups.sizes > 1) & (larger > 0)
    values = np.divide(nearest - sparse, larger, out=np.zeros(k), where=judged)
    total = float((groups.sizes * values).sum()) / items.n
    return DensityValidity(total, values, items.n - len(kept))


def _clusters(
    labels: ArrayLike, n: int, noise_label: int | None
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """The items that are in a cluster, the number of each one's cluster, and how many there are."""
    label_codes(labels, n)
    given = np.asarray(labels)
    kept = np.arange(n) if noise_label is None else np.flatnonzero(given != noise_label)
    codes, k = label_codes(given[kept], len(kept))
    if k < 2:
        noise = "" if noise_label is None else f" beside the noise ({noise_label})"
        raise ParameterError(
            f"DBCV compares clusters and needs at least 2{noise}; labels hold {k}. Choose more clusters."
        )
    return kept, codes, k


def _dimension(dimension: int | None, items: Items) -> int:
    if dimension is None:
        if items.vectors is None:
            raise ParameterError(
                f"DBCV needs dimension=, the d of the density, for items under metric={items.metric!r}. "
                "Pass the number of features that the items were made from, or 1."
            )
        return int(items.vectors.shape[1])
    return check_count("dimension", dimension)


def _inside(members: Items, d: int) -> _Inside:
    """The inner items and the sparseness of one cluster (definitions 2 to 5)."""
    n = members.n
    core_distances = _core_distances(members, d)
    if n < 2:
        return _Inside(np.arange(n), core_distances, 0.0)
    edges, weights = np.empty((n - 1, 2), dtype=np.int64), np.empty(n - 1)
    distances: Any = members.pairs(dtype=np.float64)
    pairs = core.mutual_reachability(distances, core_distances)
    core.spanning_tree_pairs64(pairs, 0 if n < _FEW_ITEMS else _KEPT, edges, weights)
    is_inner = np.bincount(edges.ravel(), minlength=n) > 1
    between = is_inner[edges].all(axis=1)
    sparseness = float(weights[between].max() if between.any() else weights.max())
    inner = np.flatnonzero(is_inner)
    return _Inside(inner if len(inner) else np.arange(n), core_distances, sparseness)


def _core_distances(members: Items, d: int) -> Floats:
    """The core distance of each item of a cluster (definition 1); 0 for one alone, or with a twin."""
    n = members.n
    found = np.zeros(n)
    if n < 2:
        return found
    for rows, distances in distance_rows(members):
        distances[np.arange(len(rows)), rows] = np.inf
        nearest = distances.min(axis=1)
        apart = nearest > 0
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = nearest[:, None] / distances
        sums = _power(ratio, d).sum(axis=1) / (n - 1)
        found[rows[apart]] = nearest[apart] * sums[apart] ** (-1.0 / d)
    return found


def _power(base: Floats, exponent: int) -> Floats:
    """An integer power by squaring, of numbers up to 1."""
    result: Floats | None = None
    with np.errstate(under="ignore", invalid="ignore"):
        while exponent:
            if exponent & 1:
                result = base if result is None else result * base
            exponent >>= 1
            if exponent:
                base = base * base
    assert result is not None
    return result


def _separations(groups: GroupedItems, inside: list[_Inside]) -> Floats:
    """The least mutual reachability between inner items of each two clusters (definition 6): (k, k), inf within."""
    at = np.concatenate(
        [start + each.inner for start, each in zip(groups.starts, inside, strict=False)]
    )
    starts = np.r_[0, np.cumsum([len(each.inner) for each in inside])].astype(np.int64)
    reach = np.concatenate([each.core[each.inner] for each in inside])
    distances: Any = groups.items.take(at).pairs(dtype=np.float64)
    pairs = core.mutual_reachability(distances, reach)
    apart = extremes(pairs, starts, "The separations")[0]
    np.fill_diagonal(apart, np.inf)
    return apart
