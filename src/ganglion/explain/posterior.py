"""A posterior in few words and numbers: which counts are likely, and who is with whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._errors import DataError


def likely_range(shares: ArrayLike, level: float = 0.95) -> tuple[int, int]:
    """Return the shortest range of numbers that holds at least `level` of the probability.

    Parameters
    ----------
    shares : array-like of shape (m,)
        The probabilities of 0, 1, ..., m - 1; they add up to 1.
    level : float
        How much the range must hold.

    Returns
    -------
    pair of int
        Its ends; of equally short ranges the one that holds most, and of equals the lower one.

    Raises
    ------
    DataError
        What holds no probabilities.

    Examples
    --------
    >>> from ganglion.explain.posterior import likely_range
    >>> likely_range([0.0, 0.01, 0.60, 0.37, 0.02])
    (2, 3)
    """
    given = np.asarray(shares, dtype=np.float64)
    if given.ndim != 1 or given.size == 0 or not (given >= 0).all() or abs(given.sum() - 1) > 1e-6:
        raise DataError(
            f"shares must be probabilities that add up to 1; got shape {given.shape} and a sum of {given.sum():g}."
        )
    total = np.concatenate(([0.0], np.cumsum(given)))
    for width in range(1, len(given) + 1):
        inside = total[width:] - total[:-width]
        low = int(np.argmax(inside))
        if inside[low] >= level - 1e-12:
            return low, low + width - 1
    return 0, len(given) - 1
