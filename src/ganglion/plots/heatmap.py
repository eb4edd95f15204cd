"""The matrix of distances in the order of a tree, the tree beside it: clusters are dark squares on the diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..distances.items import Items
from ..explain.blocks import block_edges, block_means
from ..explain.outline import outline
from ._axes import INK, QUIET, axes_or_new
from ._leaves import check_names, cut_labels
from ._matrix import NEAR_IS_DARK, draw_scale, draw_tree, frame_clusters, name_rows

if TYPE_CHECKING:
    from ..cluster.tree import Tree

MOST_CELLS = 400  # along a side: more would be smaller than what a screen shows
ENDS = 120


def heatmap(
    tree: Tree,
    distances: ArrayLike | Items | None = None,
    *,
    n_clusters: int | None = None,
    height: float | None = None,
    clusters: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    optimal: bool = False,
    max_cells: int = MOST_CELLS,
    ax: Axes | None = None,
) -> Axes:
    """Draw the distances in the order of a tree's leaves, with the tree beside them.

    Parameters
    ----------
    tree : Tree
        What `ganglion.linkage` or `ganglion.divide` returned.
    distances : array-like of shape (n, n) or (n (n - 1) / 2,), or Items, optional
        The distances of the items, as a matrix or condensed, or the items, which are then measured some rows at a time.
        None takes the items that the tree has kept.
    n_clusters : int, optional
        Cut into so many clusters.
    height : float, optional
        Cut at this height.
    clusters : array-like of int, shape (n,), optional
        The cluster of each item, instead of a cut.
    names : sequence of str, optional
        A name for each item; written for up to 48 of them.
    optimal : bool
        Order the leaves so that neighbours are closest (`Tree.leaf_order`).
    max_cells : int
        The most cells along a side; of more items, each cell is the mean over a block of neighbours.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes of the matrix, an image of shape (b, b); its `child_axes` are the tree and the colour bar. A
        collection "clusters" holds the frame of each cluster that lies in one piece.

    Raises
    ------
    ParameterError
        More than one way to cut, wrong names, or no distances where the tree has kept no items.
    DataError
        The distances are not those of n items.

    Notes
    -----
    Time O(n^2), memory O(n) for each of 512 rows at a time.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.cluster import Tree
    >>> tree = Tree(merges=[[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 8.5, 4]], method="average", metric="euclidean")
    >>> ax = gl.plots.heatmap(tree, [1.0, 8.0, 10.0, 7.0, 9.0, 2.0], n_clusters=2)
    >>> ax.images[0].get_array().shape, len(ax.child_axes)
    ((4, 4), 2)
    """
    labels = cut_labels(tree, n_clusters, height, clusters)
    check_names(names, tree.n_leaves)
    if max_cells < 1:
        raise ParameterError(
            f"max_cells must be at least 1; got {max_cells}. A screen shows some hundred."
        )
    source = tree.items if distances is None else distances
    if source is None:
        raise ParameterError(
            "heatmap needs the distances: this tree has kept no items. Pass distances=gl.distances.condensed(X)."
        )
    order = tree.leaf_order(optimal=optimal)
    edges = block_edges(tree.n_leaves, max_cells)
    means = block_means(source, order, edges)
    found = outline(tree.merges, order, n_ends=ENDS, clusters=labels)
    canvas = axes_or_new(ax, size=(7.6, 5.6))
    n = tree.n_leaves
    image = canvas.imshow(
        means,
        cmap=NEAR_IS_DARK,
        interpolation="nearest",
        extent=(-0.5, n - 0.5, n - 0.5, -0.5),
        vmin=0.0,
        aspect="equal",
    )
    frame_clusters(canvas, labels, order)
    draw_tree(canvas, found, labels is not None)
    known = tree.metric != "unknown"
    draw_scale(canvas, image, f"distance ({tree.metric})" if known else "distance")
    name_rows(canvas, order, names)
    _say(canvas, n, edges, labels)
    return canvas


def _say(canvas: Any, n: int, edges: NDArray[np.int64], labels: NDArray[Any] | None) -> None:
    """Say what is shown, and over how many distances a cell is a mean."""
    if labels is not None:
        k = len(np.unique(labels))
        said = f"{k:,} cluster" if k == 1 else f"{k:,} clusters"
        canvas.set_title(said, loc="left", color=INK, fontsize=11)
    most = int(np.diff(edges).max())
    if most > 1:
        text = f"{n:,} items; a cell is the mean of up to {most} x {most} distances"
        canvas.set_xlabel(text, color=QUIET, fontsize=9)
    elif len(canvas.get_xticks()) == 0:
        canvas.set_xlabel(f"{n:,} items", color=QUIET, fontsize=9)
