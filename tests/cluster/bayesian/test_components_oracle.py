"""Densities of components against their definitions, derivations by hand, and SciPy's distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, sparse, stats

from ganglion.cluster.bayesian import (
    Bernoulli,
    Categorical,
    DiagonalNormal,
    Gamma,
    Mixed,
    Multinomial,
    Normal,
    Poisson,
    SemiConjugateNormal,
    log_marginal,
)
from ganglion.cluster.bayesian._densities.partitioned import predictive
from oracles import bayesian_components as oracle
from oracles.bayesian_component_cases import FAMILIES, INDEPENDENT, case


def labels_of(n, k, seed):
    return np.random.default_rng(seed).integers(0, k, n)


@pytest.mark.parametrize("kind", FAMILIES)
@pytest.mark.parametrize(("n", "d", "k"), [(1, 1, 1), (2, 3, 2), (7, 1, 7), (8, 2, 3), (65, 4, 5)])
def test_the_density_of_a_partition_is_its_definition(kind, n, d, k):
    component, X = case(kind, n, d, seed=n)
    labels = labels_of(n, k, seed=d)
    expected = oracle.log_marginal(X, labels, component)
    assert log_marginal(X, labels, component) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", [*INDEPENDENT, "mixed"])
@pytest.mark.parametrize("missing", [0.3, 0.9])
def test_missing_cells_add_nothing_to_their_column(kind, missing):
    component, X = case(kind, 40, 3, seed=5, missing=missing)
    labels = labels_of(40, 4, seed=6)
    expected = oracle.log_marginal(X, labels, component)
    assert log_marginal(X, labels, component) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kind", FAMILIES)
def test_the_predictive_density_is_the_ratio_of_two_marginals(kind):
    component, X = case(kind, 30, 2, seed=1)
    labels = np.r_[4, 4, labels_of(24, 3, seed=2)]
    rows, new = component.check(X[:26]), component.check(X[26:])
    found = predictive(new, rows, labels, component)
    members = [*oracle.clusters_of(labels), []]
    expected = [[oracle.log_predictive(x, X[:26][m], component) for m in members] for x in X[26:]]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("kind", [*INDEPENDENT, "mixed"])
def test_a_new_row_is_judged_by_the_cells_that_it_has(kind):
    component, X = case(kind, 30, 3, seed=3, missing=0.4)
    labels = labels_of(25, 3, seed=4)
    found = predictive(component.check(X[25:]), component.check(X[:25]), labels, component)
    members = [*oracle.clusters_of(labels), []]
    expected = [[oracle.log_predictive(x, X[:25][m], component) for m in members] for x in X[25:]]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-11)


def test_a_row_without_any_cell_has_the_density_1_everywhere():
    component, X = case("diagonal_normal", 9, 2, seed=3, missing=0.1)
    empty = component.check([[np.nan, np.nan]])
    found = predictive(empty, component.check(X), [0, 1, 1, 0, 2, 2, 2, 0, 0], component)
    assert found.tolist() == [[0.0, 0.0, 0.0, 0.0]]


def test_sparse_counts_have_the_density_of_dense_ones():
    component, X = case("multinomial", 40, 30, seed=8)
    X[X < 2] = 0
    X[5] = 0  # an empty row
    labels = labels_of(40, 4, seed=9)
    rows = sparse.csr_matrix(X)
    assert log_marginal(rows, labels, component) == log_marginal(X, labels, component)
    default = Multinomial()
    assert default.resolve(rows) == default.resolve(X)
    found = predictive(component.check(rows), component.check(rows), labels, component)
    dense = predictive(component.check(X), component.check(X), labels, component)
    np.testing.assert_array_equal(found, dense)


def test_two_rows_of_a_normal_cluster_by_hand():
    # d = 1, mean 0, kappa 1, dof 2, scale 1; rows 1 and 3: n = 2, mean 2, scatter 2, kappa_n = 3, dof_n = 4,
    # scale_n = 1 + 2 + 1 * 2 / 3 * 2^2 = 17/3.
    # log m = -log pi + log Gamma(2) - log Gamma(1) + 1 log 1 - 2 log(17/3) + 1/2 log(1/3).
    expected = -math.log(math.pi) - 2 * math.log(17 / 3) + 0.5 * math.log(1 / 3)
    component = Normal(mean=0.0, kappa=1.0, dof=2.0, scale=1.0)
    assert log_marginal([[1.0], [3.0]], [0, 0], component) == pytest.approx(expected, rel=1e-15)
    # The same model column by column: shape = dof / 2, rate = scale / 2.
    diagonal = DiagonalNormal(mean=0.0, kappa=1.0, shape=1.0, rate=0.5)
    assert log_marginal([[1.0], [3.0]], [0, 0], diagonal) == pytest.approx(expected, rel=1e-15)


def test_discrete_clusters_by_hand():
    # Poisson, shape 1, rate 1, counts 2, 1: p(2) = (1/2)(1/2)^2 = 1/8; then Gamma(3, 2): p(1) = 3 (2/3)^3 (1/3) = 8/27.
    found = log_marginal([[2], [1]], [0, 0], Poisson(shape=1.0, rate=1.0))
    assert found == pytest.approx(math.log(1 / 8 * 8 / 27), rel=1e-14)
    # Bernoulli, a = b = 1, ones 1 and 1: 1/2, then 2/3.
    found = log_marginal([[1], [1]], [5, 5], Bernoulli(a=1.0, b=1.0))
    assert found == pytest.approx(math.log(1 / 3), rel=1e-14)
    # Categorical, alpha 1, three categories, codes 2, 2, 0: 1/3, 2/4, 1/5.
    found = log_marginal([[2], [2], [0]], [1, 1, 1], Categorical(alpha=1.0))
    assert found == pytest.approx(math.log(1 / 30), rel=1e-14)
    # Multinomial, alpha 1, one row (2, 1): every composition of 3 into 2 parts is equally likely, 1/4.
    assert log_marginal([[2, 1]], [0], Multinomial(alpha=1.0)) == pytest.approx(-math.log(4))


def test_columns_and_categories_that_cannot_differ_have_the_density_1():
    found = log_marginal([[3], [0], [7]], [0, 0, 1], Multinomial(alpha=2.0))
    assert found == pytest.approx(0.0, abs=1e-13)
    assert log_marginal([[0], [0]], [0, 0], Categorical()) == 0.0
    found = log_marginal(np.zeros((2, 3)), [0, 1], Multinomial())
    assert found == pytest.approx(0.0, abs=1e-13)


def test_the_predictive_density_of_a_normal_cluster_is_scipys_student_t():
    component, X = case("normal", 12, 3, seed=11)
    found = predictive(component.check(X[:4]), component.check(X), np.zeros(12, int), component)
    dof, kappa = component.dof + 12, component.kappa + 12
    shifted = X - component.mean
    mean = shifted.sum(axis=0) / kappa
    scale = component.scale + shifted.T @ shifted - kappa * np.outer(mean, mean)
    shape = scale * (kappa + 1) / (kappa * (dof - 2))
    peer = stats.multivariate_t(component.mean + mean, shape, df=dof - 2)
    np.testing.assert_allclose(found[:, 0], peer.logpdf(X[:4]), rtol=1e-10)


RATES = (2.0, Gamma(shape=0.6, rate=0.5), Gamma(shape=3.0, rate=1.0))


@pytest.mark.parametrize(
    ("k", "rate"),
    [
        *((k, rate) for k in (1, 3) for rate in RATES),
        (5, 2.0),
        *(pytest.param(5, rate, marks=pytest.mark.heavy) for rate in RATES[1:]),
    ],
)
def test_integrals_without_conjugacy_are_those_of_gausss_rule(rate, k):
    X = np.array([[9.2], [10.1], [19.5], [np.nan], [34.3]])
    component = SemiConjugateNormal(
        mean=20.0, variance=30.0, shape=2.0, rate=rate, allow_missing=True
    ).resolve(X)
    labels = np.arange(5) * k // 5
    expected = oracle.log_marginal(X, labels, component)
    assert log_marginal(X, labels, component) == pytest.approx(expected, rel=1e-11)


def test_gausss_rule_over_the_precision_is_the_integral_of_a_normal_density():
    block = np.array([1.0, 2.5, -0.5])

    def density(t):
        covariance = np.eye(3) / t + 4.0
        joint = stats.multivariate_normal.pdf(block, np.full(3, 0.5), covariance)
        return joint * stats.gamma.pdf(t, 2.0, scale=1 / 1.5)

    expected = math.log(integrate.quad(density, 0, 40, epsabs=0, epsrel=1e-12)[0])
    assert oracle.given_rate(block, 0.5, 4.0, 2.0, 1.5) == pytest.approx(expected, rel=1e-11)


def test_the_predictive_density_without_conjugacy_is_the_ratio_of_two_marginals():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(9, 2)) * [1.0, 30.0]
    component = SemiConjugateNormal().resolve(X)
    labels = np.array([0, 1, 1, 2, 0, 1, 1])
    rows = component.check(X[:7])
    found = predictive(component.check(X[7:]), rows, labels, component)
    before = log_marginal(X[:7], labels, component)
    for row, x in enumerate(X[7:]):
        for c in range(4):
            after = log_marginal(np.vstack([X[:7], x]), np.append(labels, c), component)
            assert found[row, c] == pytest.approx(after - before, abs=1e-10)


def test_a_mixed_density_is_the_product_of_its_parts():
    component, X = case("mixed", 20, 2, seed=4)
    labels = labels_of(20, 3, seed=5)
    apart = [log_marginal(X[:, list(c)], labels, part) for c, part in component.columns.items()]
    assert log_marginal(X, labels, component) == pytest.approx(math.fsum(apart), rel=1e-14)
    assert isinstance(component, Mixed)
