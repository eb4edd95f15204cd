"""What draws say about numbers: how many clusters there are, and how many components."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from .posterior import PosteriorSample


def n_clusters_posterior(sample: PosteriorSample) -> dict[int, float]:
    """The share of draws with each number of clusters that occurs, in order."""
    found, counts = np.unique(sample.n_clusters, return_counts=True)
    shares = counts / counts.sum()
    return dict(zip(found.tolist(), shares.tolist(), strict=True))


def n_components_posterior(sample: PosteriorSample) -> dict[int, float]:
    """The mean over draws of P(K = k | number of clusters, number of points), in the order of k, without zeros."""
    total: NDArray[np.float64] = np.zeros(0)
    names = list(sample.prior.free)
    columns = [sample.n_clusters.ravel(), *(sample.hyperparameters[name].ravel() for name in names)]
    alike = Counter(zip(*(column.tolist() for column in columns), strict=True))
    n_draws = sum(alike.values())
    for (t, *values), count in sorted(alike.items()):
        given = dict(zip(names, values, strict=True))
        share = sample.prior.components_given_clusters(t, sample.n_samples, given)
        longer = np.zeros(max(len(total), len(share)))
        longer[: len(total)] = total
        longer[: len(share)] += share * (count / n_draws)
        total = longer
    return {k: float(p) for k, p in enumerate(total, start=1) if p > 0}
