"""The upper part of a tree: what is left of it where it is too large to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..._arrays import Labels
from ..._errors import ParameterError
from ..._native import core
from .cutting import Joined, joined_at_level, joined_to_count, labels_of
from .merges import Merges

if TYPE_CHECKING:
    from ..tree import Tree


@dataclass(frozen=True, eq=False)
class Collapsed:
    """The upper part of a tree; each of its leaves stands for a cluster of the whole tree.

    Attributes
    ----------
    tree : Tree
        The merges that are left. Its leaf j is cluster j; its sizes count such leaves.
    nodes : ndarray of shape (n_clusters,), int64
        The node of the whole tree that each leaf is.
    sizes : ndarray of shape (n_clusters,), int64
        How many leaves of the whole tree are below each.
    heights : ndarray of shape (n_clusters,), float64
        The height of that node; 0 for a single leaf.
    labels : ndarray of shape (n_leaves,), int32
        In which cluster each leaf of the whole tree is, numbered by first appearance.
    rows : ndarray of shape (n_clusters - 1,), int64
        Which merges of the whole tree are left.
    """

    tree: Tree
    nodes: NDArray[np.int64]
    sizes: NDArray[np.int64]
    heights: NDArray[np.float64]
    labels: Labels
    rows: NDArray[np.int64]


def joined_for(merges: Merges, n_clusters: Any, level: Any) -> Joined:
    """Which merges disappear: all but the highest, or those below a level."""
    if (n_clusters is None) == (level is None):
        raise ParameterError(
            f"collapse needs exactly one of n_clusters and level; got n_clusters={n_clusters!r} and level={level!r}."
        )
    return joined_to_count(merges, n_clusters) if level is None else joined_at_level(merges, level)


def collapse(tree: Tree, joined: Joined) -> Collapsed:
    """The tree without the merges that are made already."""
    merges, n = tree.merges, tree.n_leaves
    labels, nodes = labels_of(merges, joined)
    rows = np.flatnonzero(joined == 0)
    number = np.empty(2 * n - 1, dtype=np.int64)
    number[nodes] = np.arange(len(nodes))
    number[n + rows] = len(nodes) + np.arange(len(rows))
    left: Merges = merges[rows]
    left[:, :2] = number[tree.children[rows]]
    heights = np.concatenate([np.zeros(n), merges[:, 2]])[nodes]
    core.tree_count_leaves(left)
    prototypes = None
    if tree.prototypes is not None:
        prototypes = labels[tree.prototypes[rows]].astype(np.int64)
    upper = type(tree)(merges=left, method=tree.method, metric=tree.metric, prototypes=prototypes)
    sizes = np.bincount(labels, minlength=len(nodes)).astype(np.int64)
    return Collapsed(upper, nodes, sizes, heights, labels, rows)
