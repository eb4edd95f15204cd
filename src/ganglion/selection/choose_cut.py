"""How many clusters a tree has: where its heights leave the widest gap, or no number where none is wide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .._errors import ParameterError

if TYPE_CHECKING:
    from ..cluster.tree import Tree

# How many times as high the next merge must be. Measured on 1,200 clouds without clusters (normal and uniform, 40 to
# 500 points in 2 to 8 dimensions): the widest gap of the first ten is below these in nine of ten of them. Heights of
# ward grow with the sizes that are joined, so theirs are wider without any reason.
WIDE = {"ward": 2.0}
WIDE_ELSE = 1.5


@dataclass(frozen=True)
class CutChoice:
    """The answer, and the gaps that it was read from.

    Attributes
    ----------
    k : int or None
        The number of clusters with the widest gap above them; None where no gap is wide.
    reason : str
        Why, in one sentence.
    table : dict of str to list of float
        A row for each k: "k", "from" and "to" (the heights between which a cut gives k clusters) and "ratio", the one
        divided by the other (infinite from height 0).
    """

    k: int | None
    reason: str
    table: dict[str, list[float]]


def choose_cut(tree: Tree, *, max_k: int = 10) -> CutChoice:
    """Look for the number of clusters in the heights of a tree.

    Parameters
    ----------
    tree : Tree
        What `ganglion.linkage` or `ganglion.divide` returned.
    max_k : int
        The most clusters that are considered.

    Returns
    -------
    CutChoice
        The number and its reason, or None and why.

    Raises
    ------
    ParameterError
        `max_k` is below 2, or the merges of the tree do not rise.

    Notes
    -----
    With h_1 >= h_2 >= ... the heights from the root down, a cut between h_k and h_(k-1) gives k clusters. The k of the
    widest gap h_(k-1) / h_k among 2 ... `max_k` is chosen (the smallest on a tie) if the gap is at least 2 for ward
    and 1.5 for other methods; structureless data stay below that in about nine of ten cases. Gaps are compared as
    ratios: differences are largest near the root of any tree. A tree says nothing about k = 1: where no gap is wide,
    there may be one cluster, or many that touch. Time O(n log n).

    Examples
    --------
    >>> from ganglion.cluster import Tree
    >>> from ganglion.selection import choose_cut
    >>> tree = Tree(merges=[[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 8.0, 4]], method="average")
    >>> choice = choose_cut(tree)
    >>> choice.k, choice.table["ratio"]
    (2, [4.0, 2.0, inf])
    """
    if max_k < 2:
        raise ParameterError(f"max_k must be at least 2; got {max_k}. Raise it.")
    if not tree.is_monotone:
        raise ParameterError(
            f"The heights of a tree must rise to be read for gaps; this one of method={tree.method!r} has inversions. "
            "Say how many clusters you want, or use a method without them, such as average."
        )
    heights = np.sort(tree.heights)[::-1]
    most = min(max_k, tree.n_leaves)
    k = np.arange(2, most + 1)
    upper = heights[: most - 1]
    lower = np.append(heights, 0.0)[1:most]
    ratio = _ratios(upper, lower)
    table = {
        "k": [float(value) for value in k],
        "from": lower.tolist(),
        "to": upper.tolist(),
        "ratio": ratio.tolist(),
    }
    return _read(tree, table, ratio)


def _ratios(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many times as high each upper height is; 1 of two zeros."""
    ratio = np.full(len(upper), np.inf)
    np.divide(upper, lower, out=ratio, where=lower > 0)
    ratio[upper == 0] = 1.0
    return ratio


def _read(tree: Tree, table: dict[str, list[float]], ratio: NDArray[np.float64]) -> CutChoice:
    """Take the widest gap, if it is wide; that every item is its own cluster is no answer."""
    needed = WIDE.get(tree.method, WIDE_ELSE)
    counted = ratio[: max(tree.n_leaves - 2, 0)]
    if len(counted) == 0 or ratio.max(initial=1.0) == 1.0:
        what = "fewer than three items" if tree.n_leaves < 3 else "equal heights only"
        return CutChoice(None, f"The tree has {what}: no number of clusters stands out.", table)
    best = int(np.argmax(counted))
    low, high = table["from"][best], table["to"][best]
    if not counted[best] >= needed:
        return CutChoice(
            None,
            f"No gap in the heights of the tree is wide: from {best + 2} clusters to {best + 1} the next merge is "
            f"{counted[best]:.2f} times as high as the one before, and below {needed:g} that means nothing.",
            table,
        )
    times = "" if low == 0 else f", {counted[best]:.3g} times as high"
    return CutChoice(
        best + 2,
        f"The widest gap in the heights of the tree is at {best + 2} clusters: they are complete at height {low:.4g}, "
        f"and the next merge comes at {high:.4g}{times}.",
        table,
    )
