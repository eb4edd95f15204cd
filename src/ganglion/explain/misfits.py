"""Rows that belong to no cluster well: far from all of them, halfway between two, or nearer to another."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from .._errors import ParameterError
from ._features import Data
from ._judging import BETWEEN, Misfit, Misfits, judge_members
from .clusters import compare

__all__ = ["Misfit", "Misfits", "misfits"]


def misfits(
    data: Data,
    labels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    rows: ArrayLike | None = None,
    max_categories: int = 50,
    between: float = BETWEEN,
    n_first: int = 20,
) -> Misfits:
    """Find the rows that belong to no cluster well.

    Parameters
    ----------
    data : DesignMatrix, Table, data frame, or array-like of shape (n, d)
        The rows.
    labels : array-like of int, str or bool, shape (n,)
        A label per row; the integer -1 is noise.
    names, rows, max_categories
        As in `describe_clusters`.
    between : float, default 0.05
        A row lies between two clusters when its margin is below this; 0 to 1.
    n_first : int, default 20
        How many rows to tell in detail.

    Returns
    -------
    Misfits
        The rows, and how well every row belongs.

    Raises
    ------
    DataError
        Labels and data do not fit each other, no column can be compared, or all rows are noise.
    ParameterError
        `between` outside 0 to 1, a negative `n_first`, or `names` that do not fit.

    Notes
    -----
    With a(i) the distance of row i to the mean of its cluster c, s_c the root of the mean of a(i)^2 over c, and b(i)
    the distance to the nearest other mean: row i is *far* where a(i) / s_c > Q3 + 3 (Q3 - Q1), with the quartiles of
    that ratio over c, Tukey's outer fence; *elsewhere* where b(i) < a(i); *between* where b(i) is larger by less than
    the share `between`. The first of these that holds is the reason. Distances are those of `describe_clusters`.
    Clusters that are no balls (chains, rings) have rows that are rightly nearer to another mean. Time O(n d k), memory
    O(n).

    References
    ----------
    .. [1] J. W. Tukey, "Exploratory Data Analysis", 1977, section 2D.

    Examples
    --------
    >>> from ganglion.explain import misfits
    >>> X = [[0.0], [1.0], [2.0], [1.0], [0.5], [1.5], [12.0], [40.0], [41.0], [42.0]]
    >>> found = misfits(X, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1], names=["x"])
    >>> found.rows.tolist(), found.reasons
    ([6], ('far',))
    """
    if not 0 <= between <= 1:
        raise ParameterError(
            f"between must be from 0 to 1; got {between}. The default is {BETWEEN}."
        )
    if n_first < 0:
        raise ParameterError(f"n_first must be at least 0; got {n_first}.")
    compared = compare(data, labels, names=names, rows=rows, max_categories=max_categories)
    return judge_members(compared, None, between, n_first)
