"""The banner of a tree: a bar for each pair of neighbouring leaves, from the height at which they join."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from numpy.typing import ArrayLike, NDArray

from ..explain.outline import SEVERAL
from ._axes import INK, PALE, QUIET, axes_or_new, quieten
from ._branches import colours
from ._joins import coefficient, joins_of_neighbours
from ._leaves import check_names, cut_labels, height_words, short
from ._scales import written

if TYPE_CHECKING:
    from ..cluster.tree import Tree

Floats = NDArray[np.float64]

MOST_BARS = 1500  # more would be thinner than a line of a screen
MOST_NAMED = 60
DIVISIVE = ("diana", "bisecting", "pddp", "mst")


def banner(
    tree: Tree,
    *,
    n_clusters: int | None = None,
    height: float | None = None,
    clusters: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    optimal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tree as a banner (Kaufman and Rousseeuw 1990).

    Parameters
    ----------
    tree : Tree
        What `ganglion.linkage` or `ganglion.divide` returned.
    n_clusters : int, optional
        Cut into so many clusters.
    height : float, optional
        Cut at this height.
    clusters : array-like of int, shape (n,), optional
        The cluster of each leaf, instead of a cut.
    names : sequence of str, optional
        A name for each leaf; written for up to 60 of them.
    optimal : bool
        Order the leaves so that neighbours are closest (`Tree.leaf_order`).
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, with one collection "banner": a bar for each pair of neighbours, from the height of their join to
        that of the whole tree.

    Raises
    ------
    ParameterError
        More than one way to cut, or names that are not one for each leaf.

    Notes
    -----
    Heights run to the right for an agglomerative tree and to the left for a divisive one, as in the book. With h_i the
    height at which leaf i is first joined, the title gives the coefficient (1/n) sum_i (1 - h_i / h_max): 0 where
    nothing is closer than the whole, 1 for perfect clusters; it grows with n, so only banners of about as many leaves
    are compared. Bars inside a cluster have its colour. Of more than 1,500 leaves, each bar is the highest join of a
    run of neighbours. Time and memory O(n).

    References
    ----------
    L. Kaufman and P. J. Rousseeuw, "Finding Groups in Data", Wiley (1990), doi:10.1002/9780470316801: section 5.1.2
    (the banner and the agglomerative coefficient) and section 6.1.2 (those of a divisive tree).

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.cluster import Tree
    >>> tree = Tree(merges=[[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 8.5, 4]], method="average", metric="euclidean")
    >>> gl.plots.banner(tree).get_title(loc="left")
    'agglomerative coefficient 0.82'
    """
    labels = cut_labels(tree, n_clusters, height, clusters)
    check_names(names, tree.n_leaves)
    order = tree.leaf_order(optimal=optimal)
    joins = joins_of_neighbours(tree.merges, order)
    canvas = axes_or_new(ax, size=(6.4, float(np.clip(0.16 * len(order) + 1.4, 2.6, 7.0))))
    top = float(joins.max(initial=0.0))
    owner = _owners(labels, order)
    _draw_bars(canvas, joins, owner, top)
    is_divisive = tree.method in DIVISIVE
    canvas.set_xlim((top or 1.0, 0.0) if is_divisive else (0.0, top or 1.0))
    canvas.set_ylim(len(order) - 0.5, -0.5)
    _name_leaves(canvas, order, names)
    word = "divisive" if is_divisive else "agglomerative"
    canvas.set_title(
        f"{word} coefficient {coefficient(joins):.2f}", loc="left", color=INK, fontsize=11
    )
    canvas.set_xlabel(height_words(tree), color=INK)
    canvas.xaxis.set_major_formatter(written())
    quieten(canvas)
    canvas.spines["left"].set_visible(False)
    return canvas


def _owners(labels: NDArray[Any] | None, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cluster of each pair of neighbours (n - 1,), SEVERAL between two."""
    if labels is None:
        return np.full(max(len(order) - 1, 0), SEVERAL, dtype=np.int64)
    along = labels[order].astype(np.int64)
    return np.where(along[1:] == along[:-1], along[1:], SEVERAL)


def _draw_bars(canvas: Any, joins: Floats, owner: NDArray[np.int64], top: float) -> None:
    """Draw the bars; of very many each stands for a run of neighbours, and has the colour of its highest join."""
    m = len(joins)
    if m == 0:
        return
    edges = np.arange(min(m, MOST_BARS) + 1) * m // min(m, MOST_BARS)
    highest = np.array(
        [start + int(np.argmax(joins[start:end])) for start, end in pairwise(edges.tolist())]
    )
    left, owners = joins[highest], owner[highest]
    up, down = edges[:-1].astype(np.float64), edges[1:].astype(np.float64)
    right = np.full(len(left), top)
    corners = np.stack(
        [
            np.stack(pair, axis=-1)
            for pair in ((left, up), (right, up), (right, down), (left, down))
        ],
        axis=1,
    )
    faces = colours(owners, 0.85)
    faces[owners == SEVERAL] = to_rgba(QUIET if (owners == SEVERAL).all() else PALE)
    canvas.add_collection(
        PolyCollection(list(corners), facecolors=faces, linewidths=0, label="banner")
    )


def _name_leaves(canvas: Any, order: NDArray[np.int64], names: Sequence[str] | None) -> None:
    """Write the leaves at their places, or how many there are."""
    if len(order) > MOST_NAMED:
        canvas.set_yticks([])
        canvas.set_ylabel(f"{len(order):,} leaves", color=QUIET)
        return
    words = [str(leaf) if names is None else short(str(names[leaf])) for leaf in order.tolist()]
    canvas.set_yticks(np.arange(len(words)), words, fontsize=8.5 if len(words) < 40 else 6.5)
    canvas.tick_params(axis="y", length=0)
