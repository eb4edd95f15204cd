"""How well each row belongs to its cluster, from its distances to the centres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._errors import DataError
from ._features import Floats, Integers
from ._labels import Groups
from ._members import Reaches, margins
from .clusters import Compared

Reason = Literal["far", "between", "elsewhere"]

FENCE = 3.0  # interquartile ranges beyond the upper quartile: Tukey's outer fence
BETWEEN = 0.05
FEW = 4  # of fewer rows quartiles say nothing


@dataclass(frozen=True)
class Misfit:
    """One row that belongs to no cluster well.

    Attributes
    ----------
    row : int
        The row, from 0 in the order of the labels.
    label : int
        Its label.
    other : int or None
        The label of the nearest other cluster; None where there is none.
    distance : float
        How far it is from the centre of its cluster, in units of the cluster's spread.
    margin : float
        (b - a) / max(a, b), a and b its distances to its own centre and to the nearest other one; -1 to 1.
    reason : {"far", "between", "elsewhere"}
        Beyond the outer fence of its cluster's distances; about as near to another cluster; nearer to another one.
    text : str
        The same in words.
    """

    row: int
    label: int
    other: int | None
    distance: float
    margin: float
    reason: Reason
    text: str


@dataclass(frozen=True, eq=False)
class Misfits:
    """How well each row belongs to its cluster, and the rows that do not.

    Attributes
    ----------
    rows : ndarray of shape (m,), int64
        Rows that belong to no cluster well, the worst first: far ones by distance, then those nearer to another
        cluster, then those between two, both by margin.
    reasons : tuple of str
        The reason of each: "far", "elsewhere" or "between".
    distance : ndarray of shape (n,)
        Distance of each row to the centre of its cluster, over the cluster's spread: the root of the mean squared
        distance of its rows. 0 where that is 0. Noise is measured from the nearest cluster.
    margin : ndarray of shape (n,)
        (b - a) / max(a, b) of each row; 1 where there is no other cluster.
    limits : dict
        For each label, the distance from which on a row is far; infinite where its cluster is too small.
    n_noise : int
        Rows that are noise (-1); they are misfits by their label and not in `rows`.
    first : tuple of Misfit
        The first rows in detail.
    """

    rows: Integers
    reasons: tuple[Reason, ...]
    distance: Floats
    margin: Floats
    limits: dict[int, float]
    n_noise: int
    first: tuple[Misfit, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are for each reason."""
        return {reason: self.reasons.count(reason) for reason in ("far", "elsewhere", "between")}


def judge_members(
    compared: Compared, found: Reaches | None, between: float, n_first: int
) -> Misfits:
    """Find misfits among rows whose distances are known, or are measured here."""
    groups = compared.groups
    if compared.space is None:
        raise DataError(
            "Distances need a column of numbers, dates, booleans or few different texts; there is none. Pass more."
        )
    if compared.centers is None:
        raise DataError("Misfits need at least one cluster; all rows are noise (-1).")
    reach = compared.reaches() if found is None else found
    spread = _spreads(reach, groups)
    distance, limits = _relative(reach, groups, spread)
    margin = margins(reach)
    noise = groups.codes == groups.noise
    far = ~noise & (distance > limits[groups.codes])
    elsewhere = ~noise & ~far & (margin < 0)
    halfway = ~noise & ~far & ~elsewhere & (margin < between)
    order = [
        _ordered(far, -distance),
        _ordered(elsewhere, margin),
        _ordered(halfway, margin),
    ]
    kinds: tuple[Reason, ...] = ("far", "elsewhere", "between")
    reasons: list[Reason] = []
    for kind, part in zip(kinds, order, strict=True):
        reasons.extend(kind for _ in range(len(part)))
    chosen = np.concatenate(order)
    first = [
        _misfit(int(row), reason, groups, reach, (float(distance[row]), float(margin[row])))
        for row, reason in zip(chosen[:n_first], reasons, strict=False)
    ]
    by_label = dict(zip(groups.labels, limits.tolist(), strict=True))
    return Misfits(
        chosen,
        tuple(reasons),
        distance,
        margin,
        by_label,
        int(np.count_nonzero(noise)),
        tuple(first),
    )


def _ordered(mask: NDArray[np.bool_], key: Floats) -> Integers:
    """Return the rows of a mask by a key, the lowest row first among equals."""
    rows = np.flatnonzero(mask)
    return rows[np.argsort(key[rows], kind="stable")]


def _spreads(reach: Reaches, groups: Groups) -> Floats:
    """Return the root mean squared distance (k,) of each group's rows to its centre."""
    sums = np.bincount(groups.codes, weights=reach.own**2, minlength=groups.k)
    return np.sqrt(sums / groups.sizes)


def _relative(reach: Reaches, groups: Groups, spread: Floats) -> tuple[Floats, Floats]:
    """Return distances (n,) in units of the cluster's spread, and the outer fences (k,)."""
    unit = spread[reach.home]
    distance = np.divide(reach.own, unit, out=np.zeros(len(unit)), where=unit > 0)
    limits = np.full(groups.k, np.inf)
    order = np.argsort(groups.codes, kind="stable")
    members: list[NDArray[Any]] = np.split(order, np.cumsum(groups.sizes)[:-1])
    clusters: list[int] = groups.clusters.tolist()
    for at in clusters:
        if len(members[at]) >= FEW:
            low, high = np.quantile(distance[members[at]], (0.25, 0.75))
            limits[at] = high + FENCE * (high - low)
    return distance, limits


def _misfit(
    row: int, reason: Reason, groups: Groups, reach: Reaches, values: tuple[float, float]
) -> Misfit:
    """Return one row in detail."""
    distance, margin = values
    own, at = int(groups.codes[row]), int(reach.nearest[row])
    other = groups.labels[at] if at >= 0 else None
    called = groups.names[at] if at >= 0 else ""
    text = {
        "far": f"{distance:.1f} times the spread of {groups.names[own]} from its centre",
        "elsewhere": f"labelled {groups.names[own]}, but nearer to the centre of {called}",
        "between": f"about as near to {called} as to {groups.names[own]}",
    }[reason]
    return Misfit(row, groups.labels[own], other, distance, margin, reason, text)
