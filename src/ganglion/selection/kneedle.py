"""Kneedle: where a curve bends (Satopaa, Albrecht, Irwin and Raghavan 2011)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._errors import ParameterError


@dataclass(frozen=True)
class Knees:
    """The difference curve, and where it says that the curve bends.

    Attributes
    ----------
    indices : tuple of int
        Positions of the knees in x, ascending; empty where there is none.
    difference : ndarray of shape (m,)
        Height of the curve, turned to rise and scaled to the unit square, above the diagonal.
    """

    indices: tuple[int, ...]
    difference: NDArray[np.float64]


def kneedle(x: ArrayLike, y: ArrayLike, *, sensitivity: float = 1.0) -> Knees:
    """Find the knees of a falling convex curve.

    Parameters
    ----------
    x : array-like of shape (m,)
        Ascending positions.
    y : array-like of shape (m,)
        Heights; the curve should fall and flatten.
    sensitivity : float, default 1.0
        S, how far below its maximum the difference curve must drop, in mean steps of x; not negative. A larger value
        finds fewer knees.

    Returns
    -------
    Knees
        The indices of the knees and the difference curve.

    Raises
    ------
    ParameterError
        Where x does not ascend, x and y differ in length or are not finite, or the sensitivity is negative.

    Notes
    -----
    With x and y scaled to [0, 1] and y turned upside down, the difference curve is D_i = (1 - y_i) - x_i. A local
    maximum D_i is a knee once the curve falls below T_i = D_i - S mean(x_{j+1} - x_j) before its next local maximum; a
    local minimum on the way takes the threshold back. The smoothing spline of step 1 is left out: k is an integer and
    the curve is known at each of them. A flat curve, or fewer than three points, has no knee. Time and memory O(m).

    References
    ----------
    .. [1] V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a haystack: detecting knee points in
       system behavior", ICDCS Workshops 2011, doi:10.1109/ICDCSW.2011.20: section III, the offline algorithm.

    Examples
    --------
    >>> from ganglion.selection import kneedle
    >>> kneedle([1, 2, 3, 4, 5, 6], [100, 50, 10, 9, 8, 7]).indices
    (2,)
    """
    across, heights = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    _check(across, heights, sensitivity)
    if len(across) < 3 or np.ptp(heights) == 0:
        return Knees((), np.zeros(len(across)))
    across = (across - across[0]) / (across[-1] - across[0])
    rising = 1.0 - (heights - heights.min()) / np.ptp(heights)
    difference = rising - across
    return Knees(_confirmed(difference, sensitivity * float(np.diff(across).mean())), difference)


def _confirmed(difference: NDArray[np.float64], drop: float) -> tuple[int, ...]:
    """Return the local maxima after which the difference curve falls by more than `drop` (steps 4 to 6)."""
    found: list[int] = []
    candidate: int | None = None
    last = len(difference) - 1
    for i in range(1, last + 1):
        before, here = difference[i - 1], difference[i]
        if candidate is not None and here < difference[candidate] - drop:
            found.append(candidate)
            candidate = None
        if i < last and before < here > difference[i + 1]:
            candidate = i
        elif i < last and before > here < difference[i + 1]:
            candidate = None
    return tuple(found)


def _check(x: NDArray[np.float64], y: NDArray[np.float64], sensitivity: float) -> None:
    """Refuse curves that are none."""
    if x.ndim != 1 or x.shape != y.shape:
        raise ParameterError(
            f"kneedle needs one y for each x; got the shapes {x.shape} and {y.shape}. Pass two lists of equal length."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ParameterError(
            "kneedle needs finite x and y; got NaN or infinity among them. Leave these points out."
        )
    if (np.diff(x) <= 0).any():
        raise ParameterError(f"kneedle needs ascending x; got {x.tolist()}. Sort the points by x.")
    if not sensitivity >= 0:
        raise ParameterError(
            f"sensitivity must be 0 or more; got {sensitivity!r}. The paper uses 1."
        )
