"""The 82 velocities of galaxies: the posterior of the number of components that Richardson and Green published."""

from __future__ import annotations

import numpy as np
import pytest

from ganglion.cluster.bayesian import (
    Gamma,
    MixtureOfFiniteMixtures,
    SemiConjugateNormal,
    sample_partitions,
)
from ganglion.data import example_path, read_table

# Richardson and Green (1997), Table 1: P(K = 3), P(K = 4), ... P(K = 14).
PUBLISHED = [0.061, 0.128, 0.182, 0.199, 0.160, 0.109, 0.071, 0.040, 0.023, 0.013, 0.006, 0.003]


def components(sample, prior):
    """P(K = 1), P(K = 2), ... for each chain (n_chains, 30)."""
    found = np.zeros((sample.n_chains, 30))
    for chain, clusters in enumerate(sample.n_clusters):
        for t, share in zip(*np.unique(clusters, return_counts=True), strict=True):
            p = prior.components_given_clusters(int(t), n=82)
            found[chain, : len(p)] += share / sample.n_draws * p
    return found


@pytest.mark.heavy
def test_the_posterior_of_the_number_of_components_is_the_published_one():
    X = read_table(example_path("galaxies")).column("velocity").values[:, None]
    middle, width = (X.max() + X.min()) / 2, np.ptp(X)
    component = SemiConjugateNormal(
        mean=middle, variance=width**2, shape=2.0, rate=Gamma(shape=0.2, rate=10 / width**2)
    )
    prior = MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=np.full(30, 1 / 30))
    sample = sample_partitions(
        X, prior, component, n_draws=10_000, n_chains=8, thin=4, random_state=1
    )
    found = components(sample, prior)
    error = found.std(axis=0, ddof=1) / np.sqrt(sample.n_chains)
    # Theirs is one chain of 100,000 sweeps: its error is taken to be that of one of ours; 0.0005 is their rounding.
    both = np.sqrt(error**2 + 8 * error**2)[2:14]
    assert np.all(np.abs(found.mean(axis=0)[2:14] - PUBLISHED) < 4 * both + 0.0005)
    assert found.mean(axis=0)[:2].max() < 0.001
