"""k-means from the papers, as plainly as it can be written: float64, one feature after the other.

References
----------
Lloyd, S. "Least squares quantization in PCM", 1982, doi:10.1109/TIT.1982.1056489.
Arthur, D. and Vassilvitskii, S. "k-means++: the advantages of careful seeding", 2007 (greedy: section 5).
Dhillon, I. and Modha, D. "Concept decompositions for large sparse text data using clustering", 2001,
doi:10.1023/A:1007612920971 (spherical k-means: section 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

EPS = np.finfo(np.float64).eps


@dataclass
class Run:
    """What plain Lloyd did: the end, and every step on the way."""

    centers: np.ndarray
    labels: np.ndarray
    inertia: float
    n_iter: int
    stopped_by: str
    met_empty: bool
    steps: list[dict[str, np.ndarray]] = field(default_factory=list)


def squared_distances(X, centers):
    """(n, k) squared Euclidean distances in float64, from differences, features in order."""
    X, centers = np.asarray(X, np.float64), np.asarray(centers, np.float64)
    total = np.zeros((len(X), len(centers)))
    for feature in range(X.shape[1]):
        difference = X[:, feature, None] - centers[None, :, feature]
        total += difference * difference
    return total


def assign(X, centers):
    """Labels (lowest index among equals) and the squared distance to the chosen centre."""
    distances = squared_distances(X, centers)
    labels = np.argmin(distances, axis=1)
    return labels.astype(np.int32), distances[np.arange(len(labels)), labels]


def means(X, labels, k, weight=None):
    """(k, d) weighted means in float64 and (k,) weights; the mean of an empty cluster is NaN."""
    X = np.asarray(X, np.float64)
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, np.float64)
    sizes = np.bincount(labels, weights=weight, minlength=k)
    sums = [np.bincount(labels, weights=weight * column, minlength=k) for column in X.T]
    with np.errstate(invalid="ignore"):
        return np.stack(sums, axis=1) / sizes[:, None], sizes


def wss(X, labels, centers, weight=None):
    """Weighted sum of squared distances from every row to the centre of its label."""
    difference = np.asarray(X, np.float64) - np.asarray(centers, np.float64)[labels]
    squares = (difference * difference).sum(axis=1)
    return float(squares.sum() if weight is None else (squares * np.asarray(weight)).sum())


def lloyd(X, init, *, weight=None, max_iter=300, tol=0.0, epsilon=None):
    """Alternate assignment and update; `tol` in scikit-learn's meaning, `epsilon` as in C4.

    The centres are rounded to the dtype of X after each move, because that is the dtype they are
    returned in. A cluster that lost all its points keeps its centre and sets `met_empty`: what to
    do with it is not Lloyd's matter.
    """
    X = np.asarray(X)
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    centers = np.asarray(init, dtype)
    k = len(centers)
    threshold = tol * float(np.mean(np.var(X.astype(np.float64), axis=0)))
    previous, steps, met_empty, stopped_by = None, [], False, "max_iter"
    for _ in range(max_iter):
        labels, squares = assign(X, centers)
        moved, sizes = means(X, labels, k, weight)
        met_empty |= bool((sizes == 0).any())
        moved = np.where(sizes[:, None] == 0, centers, moved).astype(dtype)
        difference = moved.astype(np.float64) - centers.astype(np.float64)
        shift = float((difference * difference).sum())
        inertia = float((squares if weight is None else squares * weight).sum())
        steps.append({"centers": centers, "labels": labels, "inertia": inertia, "shift": shift})
        centers = moved
        if previous is not None and np.array_equal(labels, previous):
            stopped_by = "labels"
        elif shift <= threshold:
            stopped_by = "tol"
        elif epsilon is not None and shift / k <= epsilon:
            stopped_by = "epsilon"
        previous = labels
        if stopped_by != "max_iter":
            break
    labels, _ = assign(X, centers)
    final = wss(X, labels, centers, weight)
    return Run(centers, labels, final, len(steps), stopped_by, met_empty, steps)


def unit_rows(X):
    """Rows divided by their lengths in float64; zero rows stay zero."""
    X = np.asarray(X, np.float64)
    length = np.sqrt((X * X).sum(axis=1, keepdims=True))
    return np.divide(X, length, out=np.zeros_like(X), where=length > 0)


def spherical(X, init, *, weight=None, max_iter=300):
    """Spherical k-means: (unit centres, labels), rows and centres on the sphere, until labels rest."""
    X, centers = unit_rows(X), unit_rows(init)
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, np.float64)
    labels = np.full(len(X), -1)
    for _ in range(max_iter):
        fresh = np.argmax(X @ centers.T, axis=1)
        if np.array_equal(fresh, labels):
            break
        labels = fresh
        for j in range(len(centers)):
            direction = (weight[labels == j, None] * X[labels == j]).sum(axis=0)
            if np.linalg.norm(direction) > 0:
                centers[j] = direction / np.linalg.norm(direction)
    return centers, labels


def scatter(X, labels, weight=None):
    """(TSS, BSS, WSS) about the weighted means, each from its own definition."""
    X = np.asarray(X, np.float64)
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, np.float64)
    grand = (weight[:, None] * X).sum(axis=0) / weight.sum()
    tss = float((weight[:, None] * (X - grand) ** 2).sum())
    bss = within = 0.0
    for label in np.unique(labels):
        rows, share = X[labels == label], weight[labels == label]
        if share.sum() == 0:
            continue
        center = (share[:, None] * rows).sum(axis=0) / share.sum()
        bss += float(share.sum() * ((center - grand) ** 2).sum())
        within += float((share[:, None] * (rows - center) ** 2).sum())
    return tss, bss, within


def potential(X, centers, weight=None):
    """The k-means++ potential: weighted sum of squared distances to the nearest centre."""
    nearest = squared_distances(X, centers).min(axis=1)
    return float(nearest.sum() if weight is None else (nearest * np.asarray(weight)).sum())


def greedy_plusplus_law(X, k, *, weight=None, trials=None):
    """{sequence of k chosen rows: probability} of greedy k-means++, enumerated exactly.

    As scikit-learn defines it: the first row with probability proportional to its weight; then
    `trials` = 2 + floor(ln k) candidates, independent, each with probability proportional to
    weight x squared distance to the nearest centre so far; the candidate that leaves the lowest
    potential stays. No two candidates may leave equal potentials here.
    """
    X = np.asarray(X, np.float64)
    n = len(X)
    weight = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    trials = 2 + int(np.log(k)) if trials is None else trials
    between = squared_distances(X, X)
    law = {(i,): w / weight.sum() for i, w in enumerate(weight) if w > 0}
    for _ in range(1, k):
        longer: dict[tuple[int, ...], float] = {}
        for chosen, probability in law.items():
            nearest = between[list(chosen)].min(axis=0)
            draw = weight * nearest / (weight * nearest).sum()
            left = np.minimum(between, nearest) @ weight
            assert np.diff(np.sort(left[draw > 0])).min(initial=np.inf) > 1e-9 * left.max()
            for i in np.flatnonzero(draw):
                # i wins when no candidate is better and at least one of them is i itself.
                not_better = draw[left >= left[i]].sum()
                worse = draw[left > left[i]].sum()
                longer[*chosen, int(i)] = probability * (not_better**trials - worse**trials)
        law = longer
    return law
