"""Kneedle, from the paper: where a curve of costs bends.

Satopaa, V., Albrecht, J., Irwin, D. and Raghavan, B. "Finding a 'Kneedle' in a haystack: detecting
knee points in system behavior", 2011, doi:10.1109/ICDCSW.2011.20, section III.
"""

from __future__ import annotations

import numpy as np


def difference_curve(x, y):
    """Steps 2 and 3 for a falling convex curve: unit square, turned into a rising one, minus x."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return np.zeros_like(x), np.zeros_like(y)
    across = (x - x.min()) / np.ptp(x)
    rising = 1.0 - (y - y.min()) / np.ptp(y)
    return across, rising - across


def knees(x, y, *, sensitivity=1.0):
    """All knees of a falling convex curve in order of x; an empty list where there is none.

    A local maximum of the difference curve is a knee when the curve drops below its threshold
    (maximum - sensitivity x mean step in x) before the next local maximum; a local minimum in
    between takes the threshold back.
    """
    across, difference = difference_curve(x, y)
    if len(across) < 3:
        return []
    step = float(np.mean(np.diff(across)))
    found: list = []
    candidate, threshold = None, -np.inf
    for i in range(1, len(difference)):
        here, before = difference[i], difference[i - 1]
        after = difference[i + 1] if i + 1 < len(difference) else None
        if candidate is not None and here < threshold:
            found.append(x[candidate])
            candidate = None
        if after is not None and here > before and here > after:
            candidate, threshold = i, here - sensitivity * step
        elif after is not None and here < before and here < after:
            candidate = None
    return found


def elbow(x, y, *, sensitivity=1.0):
    """The first knee, or None."""
    found = knees(x, y, sensitivity=sensitivity)
    return found[0] if found else None
