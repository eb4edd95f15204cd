"""What a computation of distances will take, before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._memory import available_memory, shown_bytes
from .._native import core
from .items import Items, as_items

# What a kernel keeps beside the result: a tile for each thread, with room.
_WORKSPACE = 64 * 2**20
INSTEAD = (
    'Write it to a file with out="distances.npy", ask for less with gl.distances.nearest or within, halve it with '
    "float32 input, or cluster without it: gl.kmedoids works without the matrix."
)


@dataclass(frozen=True)
class Plan:
    """What all distances between two collections will take.

    Attributes
    ----------
    metric : str
        Name of the metric.
    n, m : int
        How many items there are on each side.
    symmetric : bool
        Whether the two sides are one collection.
    dtype : str
        ``"float32"`` or ``"float64"``.
    square_bytes, condensed_bytes : int
        Size of the full matrix, and of the upper triangle of a symmetric one (else 0).
    available_bytes : float
        What can still be taken of the machine's memory and of the control group's; infinity where nobody says.
    """

    metric: str
    n: int
    m: int
    symmetric: bool
    dtype: str
    square_bytes: int
    condensed_bytes: int
    available_bytes: float

    @property
    def fits(self) -> bool:
        """Whether the full matrix fits into memory."""
        return self.square_bytes + _WORKSPACE <= self.available_bytes

    def __str__(self) -> str:
        lines = [
            f"{self.metric} distances, {self.n:,} x {self.m:,} in {self.dtype}",
            f"full matrix   {shown_bytes(self.square_bytes)}",
        ]
        if self.symmetric:
            lines.append(f"condensed     {shown_bytes(self.condensed_bytes)}")
        lines.append(f"available     {shown_bytes(self.available_bytes)}")
        if not self.fits:
            lines.append(f"does not fit. {INSTEAD}")
        return "\n".join(lines)


def plan(X: Any, Y: Any = None, metric: Any = "euclidean", *, metric_params: Any = None) -> Plan:
    """Return what all distances between X and Y would take; nothing large is allocated.

    Parameters
    ----------
    X : array-like, sparse matrix, data frame or list
        The items; see `METRICS` for what each metric is between.
    Y : like X, optional
        The items of the other side; X itself by default.
    metric : str or callable, default="euclidean"
        Name of a metric, or a function of two items.
    metric_params : dict, optional
        Parameters of the metric.

    Returns
    -------
    Plan
        Sizes in bytes; its text is made for people.

    Raises
    ------
    ParameterError
        The metric or one of its parameters is unknown or out of range.
    DataError
        A collection is not what the metric is between.

    Examples
    --------
    >>> import numpy as np
    >>> from ganglion.distances import plan
    >>> found = plan(np.zeros((1000, 2)))
    >>> found.square_bytes, found.condensed_bytes, found.fits
    (8000000, 3996000, True)
    """
    x = as_items(X, metric, metric_params=metric_params)
    y = None if Y is None else as_items(Y, name="Y", like=x)
    n, m = x.n, x.n if y is None else y.n
    itemsize = natural_dtype(x, y).itemsize
    return Plan(
        metric=x.metric,
        n=n,
        m=m,
        symmetric=y is None,
        dtype=f"float{8 * itemsize}",
        square_bytes=n * m * itemsize,
        condensed_bytes=n * (n - 1) // 2 * itemsize if y is None else 0,
        available_bytes=available_memory(),
    )


def natural_dtype(x: Items, y: Items | None) -> np.dtype[Any]:
    """Return what the distances between two collections are computed in when nobody says.

    Parameters
    ----------
    x : Items
        One collection.
    y : Items or None
        The other; None for x itself.

    Returns
    -------
    dtype
        float32 or float64, as one pair shows.
    """
    if x.metric == "callable":
        return np.dtype(np.float64)
    one = x.take([0] if x.n else [])
    other = None if y is None else y.take([0] if y.n else [])
    return np.dtype(np.float32 if isinstance(one.pairs(other), core.Pairs32) else np.float64)
