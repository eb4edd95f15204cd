"""The tree of merges that hierarchical clustering finds, and what is read off it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._arrays import Labels
from .._errors import ParameterError
from .._memory import check_memory
from .._native import core
from .._values import check_choice, check_count
from ._trees.collapsing import Collapsed, collapse, joined_for
from ._trees.cutting import joined_below, joined_to_count, labels_of
from ._trees.ordering import correlation, distances_of, optimal_order, plain_order
from ._trees.record import TreeRecord


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Tree(TreeRecord):
    """A binary tree over n leaves, as the merges that build it from below.

    Attributes
    ----------
    merges : ndarray of shape (n_leaves - 1, 4), float64
        Row i joins two nodes to node ``n_leaves + i``: their numbers, the height at which they join, and how many
        leaves are below. Nodes below n_leaves are leaves. This is SciPy's linkage matrix. What is passed is copied; in
        the copy, which is read-only, the lower number comes first.
    method : str
        How the merges were chosen, such as ``"ward"``.
    metric : str
        The distance between leaves.
    prototypes : ndarray of shape (n_leaves - 1,), int64, or None
        For each merge the leaf that stands for it.
    items : Any
        What the leaves are, as distances can be computed from, or None; for `leaf_order` and `cophenetic_correlation`.
        Not stored in model files and not compared.

    Raises
    ------
    DataError
        The table is no tree; the error names the first row that is wrong.

    See Also
    --------
    Tree.from_scipy : a linkage matrix from elsewhere.

    Examples
    --------
    Leaves 0 and 1 join at height 1, leaves 2 and 3 at height 2, both pairs at height 5:

    >>> from ganglion.cluster import Tree
    >>> tree = Tree(merges=[[0, 1, 1, 2], [2, 3, 2, 2], [4, 5, 5, 4]], method="single", metric="euclidean")
    >>> tree
    Tree(4 leaves, method='single', metric='euclidean', heights 1 to 5)
    >>> tree.cut(n_clusters=3).tolist(), tree.cut(height=2).tolist()
    ([0, 0, 1, 2], [0, 0, 1, 1])
    """

    def cut(
        self,
        n_clusters: int | None = None,
        height: float | None = None,
        *,
        by: str | None = None,
        threshold: float = 1.0,
        depth: int = 2,
    ) -> Labels:
        """Cut the tree into clusters, by their number, by height or by inconsistency.

        Parameters
        ----------
        n_clusters : int, optional
            Exactly so many clusters, from 1 to n_leaves.
        height : float, optional
            Clusters are the largest nodes in which no merge is higher than this.
        by : {"inconsistency"}, optional
            Clusters are the largest nodes in which no merge has a coefficient of inconsistency above `threshold`.
        threshold : float, default=1.0
            With ``by="inconsistency"``. Higher values leave larger clusters.
        depth : int, default=2
            With ``by="inconsistency"``: over how many levels a height is compared, see `inconsistency`.

        Returns
        -------
        ndarray of shape (n_leaves,), int32
            The cluster of each leaf, numbered 0, 1, ... by first appearance.

        Raises
        ------
        ParameterError
            Not exactly one of `n_clusters`, `height` and `by` is given, or it is out of its range; or `threshold` or
            `depth` is given without `by`.

        Notes
        -----
        `n_clusters` leaves out the highest merges: those with the highest merge in or below them, of equally high ones
        the later. So the answer has as many clusters as asked for also where heights are equal, and where a merge is
        lower than one below it (centroid, median). `height` and `by` are SciPy's criteria "distance" and
        "inconsistent". Time and memory are ``O(n_leaves)``, plus sorting where heights are not monotone.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> tree = Tree.from_scipy([[0, 1, 1, 2], [2, 3, 2, 2], [4, 5, 5, 4]])
        >>> tree.cut(2).tolist(), tree.cut(height=1.5).tolist(), tree.cut(by="inconsistency").tolist()
        ([0, 0, 1, 1], [0, 0, 1, 2], [0, 0, 1, 1])
        """
        given = [
            f"{name}={value!r}"
            for name, value in (("n_clusters", n_clusters), ("height", height), ("by", by))
            if value is not None
        ]
        if len(given) != 1:
            raise ParameterError(
                "A cut needs exactly one of n_clusters, height and by='inconsistency'; got "
                f"{' and '.join(given) or 'none of them'}."
            )
        if by is None and (threshold, depth) != (1.0, 2):
            raise ParameterError(
                f"threshold and depth belong to by='inconsistency'; got threshold={threshold!r}, depth={depth!r} with "
                f"{given[0]}. Say height= for a height."
            )
        if n_clusters is not None:
            joined = joined_to_count(self.merges, n_clusters)
        elif height is not None:
            joined = joined_below(self.merges, self.heights, "height", height)
        else:
            check_choice("by", by, ("inconsistency",))
            joined = joined_below(
                self.merges, self.inconsistency(depth)[:, 3], "threshold", threshold
            )
        return labels_of(self.merges, joined)[0]

    def inconsistency(self, depth: int = 2) -> NDArray[np.float64]:
        """Compare the height of each merge with those shortly below it.

        Parameters
        ----------
        depth : int, default=2
            How many levels of merges are compared, the merge itself included.

        Returns
        -------
        ndarray of shape (n_leaves - 1, 4)
            For each merge the mean and the standard deviation of the heights compared, their number, and the
            coefficient ``(height - mean) / deviation``, 0 where the deviation is 0.

        Raises
        ------
        ParameterError
            `depth` is no integer of at least 1.

        Notes
        -----
        The table of SciPy's `inconsistent`, with the deviation of a sample (divisor: number less 1). Equal heights have
        deviation 0, whatever their size. ``O(n_leaves depth)``.

        References
        ----------
        .. [1] A. K. Jain, R. C. Dubes, "Algorithms for Clustering Data", 1988, the inconsistency of an edge.
        .. [2] T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for computing the sample variance", The American
           Statistician 37(3), 1983. DOI 10.1080/00031305.1983.10483115. Equation 2.1.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> Tree.from_scipy([[0, 1, 1, 2], [2, 3, 3, 3]]).inconsistency()[1].round(4).tolist()
        [2.0, 1.4142, 2.0, 0.7071]
        """
        check_count("depth", depth)
        out = np.empty((len(self.merges), 4))
        core.tree_inconsistency(self.merges, int(min(depth, self.n_leaves)), out)
        return out

    def leaf_order(self, optimal: bool = False, *, distances: Any = None) -> NDArray[np.int64]:
        """List the leaves from left to right, as a dendrogram shows them.

        Parameters
        ----------
        optimal : bool, default=False
            Whether to turn the merges so that the sum of the distances between neighbours is as small as it can be.
        distances : array-like, optional
            Distances between the leaves, condensed or square, for the optimal order; the items by default.

        Returns
        -------
        ndarray of shape (n_leaves,), int64
            The leaves; of each merge the node of the lower number stands on the left, where not turned.

        Raises
        ------
        ParameterError
            `optimal`, and the tree has no items and no distances are given.
        DataError
            The distances are none, or not between as many items as there are leaves.
        MemoryPlanError
            Two matrices of n_leaves^2 numbers do not fit into memory.

        Notes
        -----
        ``O(n_leaves)``; the optimal order takes ``O(n_leaves^3)`` time at worst, in parallel, and 16 n_leaves^2 bytes.
        Of equally good orders the first in the order of places is taken.

        References
        ----------
        .. [1] Z. Bar-Joseph, D. K. Gifford, T. S. Jaakkola, "Fast optimal leaf ordering for hierarchical clustering",
           Bioinformatics 17, 2001. DOI 10.1093/bioinformatics/17.suppl_1.S22.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> tree = Tree.from_scipy([[0, 1, 1, 2], [2, 3, 4, 3]])
        >>> tree.leaf_order().tolist(), tree.leaf_order(True, distances=[1, 5, 4]).tolist()
        ([2, 0, 1], [2, 1, 0])
        """
        if not optimal or self.n_leaves < 2:
            return plain_order(self.merges)
        items = distances_of(distances, self.items, self.n_leaves, "An optimal order")
        return optimal_order(self.merges, items)

    def cophenetic(self) -> NDArray[np.float64]:
        """Return the height of the lowest merge above each pair of leaves.

        Returns
        -------
        ndarray of shape (n_leaves (n_leaves - 1) / 2,)
            Condensed: pairs (0, 1), (0, 2), ..., (1, 2), ...

        Notes
        -----
        ``O(n_leaves^2)`` time, in parallel, and memory only of the answer.

        References
        ----------
        .. [1] R. R. Sokal, F. J. Rohlf, "The comparison of dendrograms by objective methods", Taxon 11(2), 1962.
           DOI 10.2307/1217208.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> Tree.from_scipy([[0, 1, 1, 2], [2, 3, 3, 3]]).cophenetic().tolist()
        [1.0, 3.0, 3.0]
        """
        n = self.n_leaves
        check_memory(
            4.0 * n * (n - 1),
            f"The cophenetic distances of {n} leaves",
            "Collapse the tree first, or use cophenetic_correlation, which keeps none of them.",
        )
        out = np.empty(n * (n - 1) // 2)
        core.tree_cophenetic(self.merges, out)
        return out

    def cophenetic_correlation(self, distances: Any = None) -> float:
        """Say how well heights agree with distances.

        Parameters
        ----------
        distances : array-like, optional
            Distances between the leaves, condensed or square; those of the items by default.

        Returns
        -------
        float
            Pearson's correlation of cophenetic and given distances over all pairs; NaN where one of them does not vary.

        Raises
        ------
        ParameterError
            The tree has no items, and no distances are given.
        DataError
            The distances are none, or not between as many items as there are leaves.

        Notes
        -----
        ``O(n_leaves^2)`` time, in parallel; memory is that of blocks of rows.

        References
        ----------
        .. [1] R. R. Sokal, F. J. Rohlf, "The comparison of dendrograms by objective methods", Taxon 11(2), 1962.
           DOI 10.2307/1217208.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> tree = Tree.from_scipy([[0, 1, 1, 2], [2, 3, 4, 3]])
        >>> round(tree.cophenetic_correlation([1, 4, 5]), 4)
        0.9707
        """
        items = distances_of(distances, self.items, self.n_leaves, "The cophenetic correlation")
        return correlation(self.merges, items)

    def collapse(self, n_clusters: int | None = None, *, level: int | None = None) -> Collapsed:
        """Keep the upper part of the tree, for a drawing that can be read.

        Parameters
        ----------
        n_clusters : int, optional
            How many leaves the part has: the clusters of ``cut(n_clusters)``.
        level : int, optional
            Merges with at most so many merges above them are kept.

        Returns
        -------
        Collapsed
            The upper part as a tree, and what its leaves stand for.

        Raises
        ------
        ParameterError
            Not exactly one of both is given, or it is out of its range.

        Notes
        -----
        SciPy's dendrogram calls these truncations "lastp" and "level". ``O(n_leaves)``.

        Examples
        --------
        >>> from ganglion.cluster import Tree
        >>> upper = Tree.from_scipy([[0, 1, 1, 2], [2, 3, 2, 2], [4, 5, 5, 4]]).collapse(2)
        >>> upper.tree.n_leaves, upper.sizes.tolist(), upper.heights.tolist(), upper.labels.tolist()
        (2, [2, 2], [1.0, 2.0], [0, 0, 1, 1])
        """
        return collapse(self, joined_for(self.merges, n_clusters, level))

    def plot(self, **options: Any) -> Any:
        """Draw the dendrogram (needs matplotlib).

        Parameters
        ----------
        **options : Any
            As `ganglion.plots.dendrogram` takes them.

        Returns
        -------
        matplotlib.axes.Axes
            The axes with the drawing.
        """
        # Plots stand above this module: the name is looked up when a user asks for a drawing.
        return importlib.import_module("ganglion.plots").dendrogram(self, **options)
