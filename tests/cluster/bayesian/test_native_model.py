"""The compiled model has the densities of the plain functions, before and after a chain has moved its rows about."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ganglion.cluster.bayesian import DirichletProcess
from ganglion.cluster.bayesian._chains.collapsed import GibbsChains
from ganglion.cluster.bayesian._chains.native_model import build_model
from ganglion.cluster.bayesian._densities.partitioned import resolved_log_marginal
from oracles.bayesian_component_cases import FAMILIES, INDEPENDENT, case

CASES = [(kind, 0.0) for kind in FAMILIES] + [(kind, 0.3) for kind in (*INDEPENDENT, "mixed")]


def check_densities(component, X, labels):
    rows = component.check(X)
    seeds = np.arange(1, 9, dtype=np.uint64).reshape(2, 4)
    chains = GibbsChains(build_model(rows, component), seeds, labels)
    table = DirichletProcess(concentration=1.0).table(len(labels[0]))
    for _ in range(2):
        expected = [resolved_log_marginal(rows, one, component) for one in chains.labels]
        np.testing.assert_allclose(chains.log_likelihood, expected, rtol=1e-12)
        chains.advance([table, table], 10)


@pytest.mark.parametrize(("kind", "missing"), CASES)
def test_chains_know_the_density_of_their_partition(kind, missing):
    component, X = case(kind, 90, 3, seed=1, missing=missing)
    labels = np.random.default_rng(0).integers(0, 5, (2, 90)).astype(np.int32)
    check_densities(component, X, labels)


def test_chains_read_sparse_counts_as_they_read_dense_ones():
    component, X = case("multinomial", 60, 9, seed=2)
    X[X < 3] = 0
    labels = np.random.default_rng(0).integers(0, 5, (2, 60)).astype(np.int32)
    check_densities(component, sparse.csr_matrix(X), labels)
