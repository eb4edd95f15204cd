"""Members that say most about their cluster: those nearest to its centre, and those that could belong elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._features import Floats, Integers
from ._labels import Groups
from ._space import Space, squared_distances

CANDIDATES = 16  # for each example that is wanted: equal rows are named once
MOST_CANDIDATES = 4096  # among so many equal ones at the front nobody looks further


@dataclass(frozen=True, eq=False)
class Reaches:
    """How far each row is from its own centre, and from the nearest other one.

    Attributes
    ----------
    own : ndarray of shape (n,)
        Distance to the centre of the row's cluster; of noise, to the nearest cluster of all.
    other : ndarray of shape (n,)
        Distance to the nearest centre of another cluster; infinite where there is none.
    nearest : ndarray of shape (n,)
        The place of that other cluster; -1 where there is none.
    home : ndarray of shape (n,)
        The place of the cluster that `own` is measured from: the row's own; of noise, the nearest one.
    """

    own: Floats
    other: Floats
    nearest: Integers
    home: Integers


def reaches(space: Space, groups: Groups, centers: Floats) -> Reaches:
    """Measure every row against every centre, some rows at a time.

    `centers` (k, d) are those of all groups; the noise has none, and its row is not looked at. Time O(n k d), memory
    O(n) and a block.
    """
    own, other = np.empty(space.n), np.full(space.n, np.inf)
    nearest = np.full(space.n, -1, dtype=np.int64)
    home = groups.codes.copy()
    clusters = groups.clusters
    place = np.full(groups.k, -1, dtype=np.int64)
    place[clusters] = np.arange(len(clusters))
    for rows in space.blocks(2 * groups.k):
        mine = place[groups.codes[rows]]
        far = squared_distances(space.rows(rows), centers[clusters])
        at = np.arange(len(far))
        noise = mine < 0
        mine = np.where(noise, np.argmin(far, axis=1), mine)
        own[rows], home[rows] = far[at, mine], clusters[mine]
        if len(clusters) > 1:
            far[at, mine] = np.inf
            second = np.argmin(far, axis=1)
            other[rows], nearest[rows] = far[at, second], clusters[second]
    return Reaches(np.sqrt(own), np.sqrt(other), nearest, home)


def margins(found: Reaches) -> Floats:
    """Return (other - own) / the larger of the two for each row (n,), -1 to 1: 0 is halfway, below it misplaced.

    The simplified silhouette (Hruschka et al. 2004). Rows at the same place as both centres have 0.
    """
    larger = np.maximum(found.own, found.other)
    with np.errstate(invalid="ignore"):
        gap = np.where(np.isfinite(larger), (found.other - found.own) / larger, 1.0)
    return np.nan_to_num(gap, nan=0.0)


@dataclass(frozen=True, eq=False)
class Examples:
    """Typical and borderline rows of each group, best first."""

    typical: tuple[tuple[int, ...], ...]
    borderline: tuple[tuple[int, ...], ...]


def examples_of(space: Space, groups: Groups, found: Reaches, most: int) -> Examples:
    """Choose examples among the members of each group."""
    order = np.argsort(groups.codes, kind="stable")
    members = np.split(order, np.cumsum(groups.sizes)[:-1])
    gap = margins(found)
    typical: list[tuple[int, ...]] = []
    borderline: list[tuple[int, ...]] = []
    for at, own in enumerate(members):
        if at == groups.noise:
            typical.append(())
            borderline.append(_first(space, own, found.own[own], most))
            continue
        typical.append(_first(space, own, found.own[own], most))
        is_alone = len(groups.clusters) < 2
        borderline.append(() if is_alone else _first(space, own, gap[own], most))
    return Examples(tuple(typical), tuple(borderline))


def _first(space: Space, members: Integers, keys: Floats, most: int) -> tuple[int, ...]:
    """Return the members with the smallest keys, the lowest row first among equals; equal rows are named once."""
    chosen: list[int] = []
    wanted = 0
    while len(chosen) < most and wanted < min(len(members), MOST_CANDIDATES):
        wanted = min(len(members), 8 * wanted if wanted else CANDIDATES * most)
        best = _smallest(members, keys, wanted)
        chosen = _distinct(best, space.rows(best))
    return tuple(chosen[:most])


def _smallest(members: Integers, keys: Floats, wanted: int) -> Integers:
    """Return so many members with the smallest keys, in order."""
    if wanted < len(members):
        limit = np.partition(keys, wanted - 1)[wanted - 1]
        inside = np.flatnonzero(keys <= limit)
        members, keys = members[inside], keys[inside]
    return members[np.lexsort((members, keys))][:wanted]


def _distinct(rows: Integers, places: Floats) -> list[int]:
    """Return the rows whose place no row before them has."""
    first: dict[bytes, int] = {}
    for row, place in zip(rows.tolist(), places, strict=True):
        first.setdefault(place.tobytes(), row)
    return list(first.values())
