"""k-medoids by its definition: every set of medoids, every swap."""

from itertools import combinations

import numpy as np


def loss_of(D, medoids, weights=None):
    """Weighted sum of the distances to the nearest medoid."""
    nearest = D[:, list(medoids)].min(axis=1).astype(np.float64)
    return float(np.sum(nearest if weights is None else nearest * weights))


def best_loss(D, k, weights=None):
    """The lowest loss of all sets of k medoids."""
    allowed = range(len(D)) if weights is None else np.flatnonzero(weights > 0)
    return min(loss_of(D, medoids, weights) for medoids in combinations(allowed, k))


def best_swap(D, medoids, weights=None):
    """The lowest loss that putting one item in the place of one medoid gives."""
    allowed = range(len(D)) if weights is None else np.flatnonzero(weights > 0)
    medoids = list(medoids)
    swapped = [
        [*medoids[:slot], int(item), *medoids[slot + 1 :]]
        for slot in range(len(medoids))
        for item in allowed
        if item not in medoids
    ]
    return min((loss_of(D, new, weights) for new in swapped), default=np.inf)


def eager_swaps(D, medoids, weights=None):
    """FasterPAM with each change computed anew from the losses before and after.

    Candidates in the order of their indices, round and round; the first slot of the lowest loss; a swap as soon as it
    lowers the loss.
    """
    medoids, n, unchanged, candidate, n_swaps = list(medoids), len(D), 0, 0, 0
    while unchanged < n:
        unchanged += 1
        counts = weights is None or weights[candidate] > 0
        if candidate not in medoids and counts:
            losses = [
                loss_of(D, [*medoids[:slot], candidate, *medoids[slot + 1 :]], weights)
                for slot in range(len(medoids))
            ]
            slot = int(np.argmin(losses))
            if losses[slot] < loss_of(D, medoids, weights):
                medoids[slot] = candidate
                unchanged, n_swaps = 1, n_swaps + 1
        candidate = (candidate + 1) % n
    return np.array(medoids), n_swaps


def build(D, k, weights=None):
    """BUILD: the item that gives the lowest loss beside those chosen, k times."""
    chosen = []
    for _ in range(k):
        losses = [
            np.inf
            if i in chosen or (weights is not None and weights[i] == 0)
            else loss_of(D, [*chosen, i], weights)
            for i in range(len(D))
        ]
        chosen.append(int(np.argmin(losses)))
    return chosen
