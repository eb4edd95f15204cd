"""Agglomerative clustering as the definitions have it: every distance between clusters again at every step, O(n^4)."""

from __future__ import annotations

import numpy as np

METHODS = ("single", "complete", "average", "weighted", "centroid", "median", "ward", "minimax")
REDUCIBLE = ("single", "complete", "average", "weighted", "ward", "minimax")


def between(method, D, A, B):
    """The distance between two clusters, and the prototype of their union; a cluster is (members, shares, mass).

    `shares` are the weights of the members in a centre: by mass, or halved at each merge. Squared distances between
    centres follow from those between items: |sum a_i x_i - sum b_j y_j|^2 = a'Db - a'Da/2 - b'Db/2, D squared.
    """
    a, b = A["members"], B["members"]
    block = D[np.ix_(a, b)]
    if method == "single":
        return block.min(), -1
    if method == "complete":
        return block.max(), -1
    if method == "average":  # one division, so that equal means of whole numbers are equal
        weights = np.outer(A["mass"], B["mass"])
        return (weights * block).sum() / weights.sum(), -1
    if method == "weighted":
        return float(A["halves"] @ block @ B["halves"]), -1
    if method == "minimax":
        both = np.sort(np.concatenate([a, b]))
        radius = D[np.ix_(both, both)].max(axis=1)
        return radius.min(), int(both[np.argmin(radius)])
    p, q = _shares(method, A), _shares(method, B)
    S = D**2
    square = p @ S[np.ix_(a, b)] @ q - p @ S[np.ix_(a, a)] @ p / 2 - q @ S[np.ix_(b, b)] @ q / 2
    if method == "ward":
        square *= 2 * A["mass"].sum() * B["mass"].sum() / (A["mass"].sum() + B["mass"].sum())
    return float(np.sqrt(max(square, 0.0))), -1


def _shares(method, cluster):
    if method in ("weighted", "median"):
        return cluster["halves"]
    return cluster["mass"] / cluster["mass"].sum()


def tree_of(D, method, mass=None):
    """(merges, prototypes): the closest pair again and again, ties to the lowest items."""
    n = len(D)
    mass = np.ones(n) if mass is None else np.asarray(mass, dtype=float)
    live = {
        i: {
            "members": np.array([i]),
            "mass": mass[[i]],
            "halves": np.ones(1),
            "node": i,
        }
        for i in range(n)
    }
    distances = {
        (i, j): between(method, D, live[i], live[j]) for i in range(n) for j in range(i + 1, n)
    }
    rows, prototypes = [], []
    for step in range(n - 1):
        i, j = min(distances, key=lambda pair: (distances[pair][0], *pair))
        height, prototype = distances[i, j]
        A, B = live[i], live.pop(j)
        members = np.concatenate([A["members"], B["members"]])
        rows.append([*sorted((A["node"], B["node"])), height, len(members)])
        prototypes.append(prototype)
        live[i] = {
            "members": members,
            "mass": np.concatenate([A["mass"], B["mass"]]),
            "halves": np.concatenate([A["halves"], B["halves"]]) / 2,
            "node": n + step,
        }
        distances = {pair: d for pair, d in distances.items() if i not in pair and j not in pair}
        for k in live:
            if k != i:
                distances[min(i, k), max(i, k)] = between(method, D, live[i], live[k])
    return np.array(rows).reshape(-1, 4), np.array(prototypes)


def updated(method, dac, dbc, dab, sizes):
    """Lance and Williams' formula on plain distances; `sizes` are those of a, b and c."""
    a, b, c = sizes
    if method == "single":
        return min(dac, dbc)
    if method == "complete":
        return max(dac, dbc)
    if method == "average":
        return (a * dac + b * dbc) / (a + b)
    if method == "weighted":
        return (dac + dbc) / 2
    if method == "centroid":
        square = (a * dac**2 + b * dbc**2) / (a + b) - a * b * dab**2 / (a + b) ** 2
    elif method == "median":
        square = (dac**2 + dbc**2) / 2 - dab**2 / 4
    else:
        square = ((a + c) * dac**2 + (b + c) * dbc**2 - c * dab**2) / (a + b + c)
    return np.sqrt(max(square, 0.0))


def lance_williams(D, method):
    """Merges by the formula, O(n^3)."""
    n = len(D)
    D = D.astype(float).copy()
    np.fill_diagonal(D, np.inf)
    size, node = np.ones(n), np.arange(n)
    rows = []
    for step in range(n - 1):
        i, j = divmod(int(np.argmin(D)), n)
        i, j = min(i, j), max(i, j)
        height = D[i, j]
        rows.append([*sorted((node[i], node[j])), height, size[i] + size[j]])
        for k in range(n):
            if k not in (i, j) and np.isfinite(D[i, k]):
                new = updated(method, D[i, k], D[j, k], height, (size[i], size[j], size[k]))
                D[i, k] = D[k, i] = new
        size[i] += size[j]
        node[i] = n + step
        D[j], D[:, j] = np.inf, np.inf
    return np.array(rows).reshape(-1, 4)
