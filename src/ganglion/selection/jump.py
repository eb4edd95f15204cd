"""The jump method: where the transformed distortion rises most."""

from __future__ import annotations

from math import inf, log, nan

import numpy as np

from ._reading import number_word
from ._sweep import Sweep
from .verdict import Verdict


def jump(sweep: Sweep) -> Verdict:
    """Name the k at which the transformed distortion jumps.

    Parameters
    ----------
    sweep : Sweep
        The clusterings over k.

    Returns
    -------
    Verdict
        The k of the largest jump, 1 included; None where fewer than two k were tried or all points are equal. Column
        "jump", in units of the largest.

    Notes
    -----
    With the distortion D(k) = WSS / (n d) and the power Y = d / 2, the jump is J(k) = D(k)^-Y - D(k - 1)^-Y, and
    D(0)^-Y = 0 [1]_: for normal clusters D^-Y rises in a line up to the true k and in a flatter one beyond. The k
    tried stand in for k - 1 where some are left out, and the first has a jump only if it is 1. Powers are taken of
    ratios, so that hundreds of features do not overflow. Time O(1) for each k. Columns of noise count in d without
    telling clusters apart, and then the last k often wins.

    References
    ----------
    .. [1] C. A. Sugar, G. M. James, "Finding the number of clusters in a dataset: an information-theoretic approach",
       Journal of the American Statistical Association 98(463), 2003, doi:10.1198/016214503000000666: section 2.1.
    """
    wss = np.array(sweep.wss)
    power = sweep.X.shape[1] / 2.0
    if wss[0] == 0 or len(wss) < 2:
        why = "All points are equal." if wss[0] == 0 else "A jump needs two values of k."
        return Verdict(None, why, {"jump": tuple(nan for _ in wss)})
    held = wss > 0
    lowest = log(wss[held].min())
    raised = np.exp(power * (lowest - np.log(wss[held])))
    jumps = np.zeros(len(wss))
    jumps[: len(raised)] = np.diff(raised, prepend=0.0)
    if not held.all():  # the first k without any distortion jumps beyond all others
        jumps[len(raised)] = inf
    if sweep.k[0] != 1:
        jumps[0] = nan
    at = int(np.nanargmax(jumps))
    k, largest = sweep.k[at], float(jumps[at])
    if largest > 0:
        jumps = np.where(np.isinf(jumps), 1.0, np.where(np.isinf(jumps), 1.0, jumps) / largest)
    reason = f"The transformed distortion (Sugar and James) jumps most at {number_word(k)}."
    return Verdict(k, reason, {"jump": tuple(jumps.tolist())})
