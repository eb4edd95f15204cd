"""The dendrogram: every merge of a tree at its height, from single points to one cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError
from ..explain.outline import Outline, outline
from ._axes import INK, QUIET, axes_or_new, quieten
from ._branches import MOST_NUMBERED, Frame, draw_branches, draw_cut, draw_numbers
from ._leaves import check_names, cut_labels, height_words, short
from ._scales import written

if TYPE_CHECKING:
    from ..cluster.tree import Tree

MOST_WHOLE = 500  # a tree of more leaves is drawn with its upper branches only
ENDS = 50  # and this many of them
LEAST_LETTER = 5.0  # points: smaller words are left out


@dataclass(frozen=True)
class _Look:
    """How a tree is drawn: where its root stands, and how its heights are scaled."""

    root: str
    scale: str

    @property
    def sideways(self) -> bool:
        return self.root in ("left", "right")


def dendrogram(
    tree: Tree,
    *,
    n_clusters: int | None = None,
    height: float | None = None,
    clusters: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    max_leaves: int | Literal["auto"] | None = "auto",
    levels: int | None = None,
    root: Literal["top", "left", "bottom", "right"] = "top",
    scale: Literal["linear", "sqrt", "log"] = "linear",
    show_sizes: bool = True,
    optimal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw a tree with its merges at their heights, coloured at a cut.

    Parameters
    ----------
    tree : Tree
        What `ganglion.linkage` or `ganglion.divide` returned.
    n_clusters : int, optional
        Cut into so many clusters.
    height : float, optional
        Cut at this height.
    clusters : array-like of int, shape (n,), optional
        The cluster of each leaf, instead of a cut, for numbers of your own. A branch has a colour where all its leaves
        are of one cluster.
    names : sequence of str, optional
        A name for each leaf; drawn where there is room for them. None writes the numbers of the leaves.
    max_leaves : int, None or "auto"
        The most ends that are drawn; branches below them become triangles with their number of leaves in parentheses.
        None draws everything; "auto" everything up to 500 leaves and 50 ends of larger trees.
    levels : int, optional
        The most merges between the root and an end.
    root : {"top", "left", "bottom", "right"}
        The side at which the root stands.
    scale : {"linear", "sqrt", "log"}
        Scale of the heights: the others spread out what lies near 0. On a logarithmic axis a height of 0 lies at its
        foot.
    show_sizes : bool
        Write the number of leaves below a triangle.
    optimal : bool
        Draw the leaves in the order in which neighbours are closest (`Tree.leaf_order`), which needs the items.
    ax : matplotlib.axes.Axes, optional
        Where to draw; None makes a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The axes: a collection "branches" (first a bar for each merge that is drawn, then the stems), one
        "collapsed branches", one "clusters" with a disc for each of up to 24 clusters, and the line of the cut.

    Raises
    ------
    ParameterError
        More than one way to cut, a name too many or too few, or a value that is not one of those above.

    Notes
    -----
    Merges below those that they merge (inversions, which centroid and median linkage have) are drawn where they are: a
    stem then leads downwards. The cut is a line where one level separates the clusters. Time O(n) in a few array
    operations beside the ends that are drawn: a million leaves take less than a second.

    Examples
    --------
    >>> import ganglion as gl
    >>> from ganglion.cluster import Tree
    >>> tree = Tree(merges=[[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 8.5, 4]], method="average", metric="euclidean")
    >>> ax = gl.plots.dendrogram(tree, n_clusters=2, names=["a", "b", "c", "d"])
    >>> ax.get_title(loc="left"), [label.get_text() for label in ax.get_xticklabels()]
    ('2 clusters', ['a', 'b', 'c', 'd'])
    """
    look = _checked_look(root, scale)
    labels = cut_labels(tree, n_clusters, height, clusters)
    check_names(names, tree.n_leaves)
    found = outline(
        tree.merges,
        tree.leaf_order(optimal=optimal),
        n_ends=_most_ends(max_leaves, tree.n_leaves),
        levels=levels,
        clusters=labels,
    )
    canvas = axes_or_new(ax, size=_figure_size(found, look))
    level = _scale_heights(canvas, found, look)
    frame = Frame(found.places(), look.sideways, level)
    gap = found.cut()
    split = height if height is not None else None if gap is None else _between(gap, look, level)
    draw_branches(canvas, found, frame, split=split)
    if split is not None:
        draw_cut(canvas, frame, split, "cut")
    _limit(canvas, found, look, frame)
    if labels is not None and 1 < len(found.roots()) <= MOST_NUMBERED:
        draw_numbers(canvas, found, frame, split)
    _name_ends(canvas, found, look, _words(found, names, show_sizes))
    _say(canvas, found, tree, look, labels)
    return canvas


def _checked_look(root: str, scale: str) -> _Look:
    """Refuse a side or a scale that there is not."""
    sides, scales = ("top", "left", "bottom", "right"), ("linear", "sqrt", "log")
    for name, value, known in (("root", root, sides), ("scale", scale, scales)):
        if value not in known:
            raise ParameterError(
                f"{name} must be one of {', '.join(known)}; got {value!r}. Pass one of them."
            )
    return _Look(root, scale)


def _most_ends(max_leaves: int | str | None, n: int) -> int | None:
    """Return how many ends may be drawn; None for all."""
    if max_leaves == "auto":
        return ENDS if n > MOST_WHOLE else None
    if max_leaves is None:
        return None
    if not isinstance(max_leaves, int) or max_leaves < 1:
        raise ParameterError(
            f'max_leaves must be a whole number from 1 on, None or "auto"; got {max_leaves!r}. Pass one of them.'
        )
    return max_leaves


def _figure_size(found: Outline, look: _Look) -> tuple[float, float]:
    """Return inches: longer, within reason, where there are more ends."""
    long = float(np.clip(0.17 * found.n_ends + 1.2, 6.4, 12.0))
    return (7.0, max(2.6, min(long, 0.22 * found.n_ends + 1.4))) if look.sideways else (long, 4.4)


def _scale_heights(canvas: Any, found: Outline, look: _Look) -> float:
    """Set the scale of the heights; return what stands for height 0."""
    if look.scale == "linear":
        return 0.0
    set_scale = canvas.set_xscale if look.sideways else canvas.set_yscale
    if look.scale == "sqrt":

        def root(value: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.sqrt(np.maximum(value, 0.0))

        set_scale("function", functions=(root, np.square))
        return 0.0
    positive = found.height[found.height > 0]
    set_scale("log")
    if len(positive) == 0:
        return 0.1
    low, high = float(positive.min()), float(positive.max())
    return low / (high / low) ** 0.12 if high > low else low / 2


def _between(gap: tuple[float, float], look: _Look, ground: float) -> float:
    """Return a level between two heights that looks like their middle."""
    low, high = gap
    if look.scale == "log":
        return float(np.sqrt(max(low, ground) * high))
    if look.scale == "sqrt":
        return float(((np.sqrt(low) + np.sqrt(high)) / 2) ** 2)
    return low / 2 + high / 2


def _limit(canvas: Any, found: Outline, look: _Look, frame: Frame) -> None:
    """Set the room of the drawing, and turn it to its side."""
    top = float(found.height.max()) or 1.0
    low = frame.ground
    high = top * (top / low) ** 0.06 if look.scale == "log" else 1.05 * top
    around = (-0.7, found.n_ends - 0.3)
    if look.root in ("left", "bottom"):
        low, high = high, low
    if look.sideways:
        canvas.set_xlim(low, high)
        canvas.set_ylim(around[::-1])  # the first leaf on top, as one reads
    else:
        canvas.set_ylim(low, high)
        canvas.set_xlim(around)


def _words(found: Outline, names: Sequence[str] | None, show_sizes: bool) -> list[str]:
    """Return what is written at each end: the name of a leaf, the size of a branch."""
    words: list[str] = []
    for node, size in zip(found.node.tolist(), found.size.tolist(), strict=False):
        if size > 1:
            words.append(f"({size:,})" if show_sizes else "")
        else:
            words.append(str(node) if names is None else short(str(names[node])))
    return words


def _name_ends(canvas: Any, found: Outline, look: _Look, words: list[str]) -> None:
    """Write the words at the ends, as large as there is room for; nothing where they could not be read."""
    box = canvas.get_window_extent()
    length = box.height if look.sideways else box.width
    step = 72.0 / canvas.figure.dpi * length / (found.n_ends + 0.4)
    letters = max(map(len, words), default=0)
    flat = look.sideways or 0.62 * 9.0 * letters < step
    size = min(9.5, step if flat and not look.sideways else 0.92 * step)
    axis = canvas.yaxis if look.sideways else canvas.xaxis
    if size < LEAST_LETTER:
        axis.set_ticks([])
        return
    axis.set_ticks(np.arange(found.n_ends), words)
    size = 9.0 if flat and not look.sideways else size
    axis.set_tick_params(length=0, labelsize=size, labelrotation=0 if flat else 90)


def _say(canvas: Any, found: Outline, tree: Tree, look: _Look, labels: NDArray[Any] | None) -> None:
    """Name the heights, say what is shown, and take away what carries no information."""
    quieten(canvas)
    heights, ends = (canvas.xaxis, canvas.yaxis) if look.sideways else (canvas.yaxis, canvas.xaxis)
    heights.set_label_text(height_words(tree), color=INK)
    heights.set_major_formatter(written())
    if look.root == "bottom":  # names stand where the leaves are
        canvas.xaxis.tick_top()
        canvas.tick_params(axis="x", length=0)
    elif look.root == "left":
        canvas.yaxis.tick_right()
        canvas.tick_params(axis="y", length=0)
    canvas.spines["left" if look.sideways else "bottom"].set_visible(False)
    if labels is not None:
        k = len(np.unique(labels))
        said = f"{k:,} cluster" if k == 1 else f"{k:,} clusters"
        canvas.set_title(said, loc="left", color=INK, fontsize=11)
    if found.n_ends < found.n_leaves:
        text = f"{found.n_leaves:,} leaves, {found.n_ends:,} branches drawn"
        canvas.set_title(text, loc="right", color=QUIET, fontsize=9)
    elif len(ends.get_ticklocs()) == 0:
        ends.set_label_text(f"{found.n_leaves:,} leaves", color=INK)
