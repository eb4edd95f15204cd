"""Iterative mistake minimisation: a tree that parts the clusters' centres with few rows on the wrong side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._conditions import Test, roundest
from ._features import Feature, Floats, Integers, Numbers
from ._growing import Codes, Node, Stem, leaf, passes

MOST_JUDGED = 5_000  # rows of a node: mistakes are counted on every so-manieth of more


def stem_of(features: list[Feature], codes: Codes, k: int, rows: Integers) -> Stem | None:
    """Return a tree with one leaf for each of k centres (Dasgupta et al. 2020, algorithm 1); None without numbers.

    A node holds some centres. It is split at the threshold between them with the fewest mistakes: rows of its clusters
    that are not on the side of their own centre. Rows of other clusters, which came here by a mistake, and cells that
    are missing have no vote. The first column, and the lowest threshold, wins a tie.
    """
    numbers = {at: feature for at, feature in enumerate(features) if isinstance(feature, Numbers)}
    if not numbers or k < 2:
        return None
    centers = {at: _means(feature.values, codes, k, rows) for at, feature in numbers.items()}
    nodes = [leaf(codes, rows, k)]
    ends: dict[int, Integers] = {}
    waiting = [(0, rows, np.arange(k))]
    while waiting:
        at, own, there = waiting.pop()
        test = _best_test(numbers, centers, codes, own, there)
        if test is None:
            ends[at] = own
            continue
        left = passes(test, features[test.feature], own)
        before = centers[test.feature][there] <= test.threshold
        place = len(nodes)
        nodes[at] = Node(nodes[at].counts, test, place, place + 1)
        for part, inside in ((own[left], there[before]), (own[~left], there[~before])):
            nodes.append(leaf(codes, part, k))
            waiting.append((len(nodes) - 1, part, inside))
    return Stem(tuple(nodes), ends)


def _means(values: Floats, codes: Codes, k: int, rows: Integers) -> Floats:
    """Return the mean (k,) of each cluster's known values, NaN where there are none; nothing overflows."""
    known = rows[~np.isnan(values[rows])]
    counts = np.bincount(codes[known], minlength=k)
    shares = values[known] / np.maximum(counts, 1)[codes[known]]
    means = np.bincount(codes[known], weights=shares, minlength=k)
    return np.where(counts > 0, means, np.nan)


def _best_test(
    numbers: dict[int, Numbers],
    centers: dict[int, Floats],
    codes: Codes,
    rows: Integers,
    there: Integers,
) -> Test | None:
    """Return the threshold between the centres of a node with the fewest mistakes; None where no column parts them."""
    if len(there) < 2:
        return None
    kept = rows[np.isin(codes[rows], there)]
    kept = kept[:: max(1, len(kept) // MOST_JUDGED)]
    best: tuple[int, int, float] | None = None
    for at, feature in numbers.items():
        inside = centers[at][there]
        if np.isnan(inside).any() or inside.min() == inside.max():
            continue
        found = _least_mistakes(feature.values[kept], centers[at][codes[kept]], inside)
        if best is None or found[0] < best[0]:
            best = (found[0], at, found[1])
    return None if best is None else Test(best[1], best[2], -1, False)


def _least_mistakes(values: Floats, own: Floats, inside: Floats) -> tuple[int, float]:
    """Return the fewest rows that a threshold parts from their centre (m,), and the roundest such threshold."""
    known: NDArray[np.bool_] = ~np.isnan(values)
    values, own = values[known], own[known]
    places = np.unique(np.concatenate((values, inside)))
    cuts = places[(places >= inside.min()) & (places < inside.max())]
    first = np.sort(np.minimum(values, own))
    last = np.sort(np.maximum(values, own))
    parted = np.searchsorted(first, cuts, "right") - np.searchsorted(last, cuts, "right")
    at = int(np.argmin(parted))
    low = float(cuts[at])
    high = float(places[np.searchsorted(places, low, "right")])
    return int(parted[at]), roundest(low, high)
