"""Where new rows belong: joint probabilities of n + 1 points, averaged over draws."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

import ganglion as gl
from ganglion.cluster.bayesian import (
    Bernoulli,
    DiagonalNormal,
    DirichletProcess,
    Gamma,
    MixtureOfFiniteMixtures,
    Multinomial,
    Normal,
    PitmanYor,
    PosteriorSample,
    log_marginal,
    log_prior,
    membership,
    prediction,
)
from ganglion.cluster.bayesian._partitions.numbering import by_first_appearance
from oracles import bayesian_prediction as oracle

RNG = np.random.default_rng(0)
X = RNG.normal(size=(7, 1))
NEW = np.array([[-3.0], [0.0], [0.5], [9.0]])
DRAWS = np.array(
    [
        [[0, 0, 1, 1, 2, 2, 0], [0, 0, 0, 0, 0, 0, 0], [0, 1, 2, 3, 4, 5, 6]],
        [[0, 0, 1, 1, 2, 2, 0], [0, 1, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0, 1]],
    ],
    np.int8,
)
REFERENCE = [0, 0, 1, 1, 1, 2, 2]


def sample_of(draws, prior, component, **hyperparameters):
    return PosteriorSample(
        draws, np.zeros(draws.shape[:2]), prior, component, hyperparameters=hyperparameters
    )


def test_memberships_are_those_of_joint_probabilities():
    component = DiagonalNormal(mean=0.1, kappa=0.3, shape=2.0, rate=0.7).resolve(X)
    sample = sample_of(DRAWS, DirichletProcess(concentration=1.3), component)
    joint = partial(oracle.log_joint_dp_normal, concentration=1.3, numbers=(0.1, 0.3, 2.0, 0.7))
    shares, densities = oracle.membership(
        joint, DRAWS.reshape(-1, 7).tolist(), REFERENCE, X.ravel().tolist(), NEW.ravel().tolist()
    )
    found = membership(NEW, X, sample, REFERENCE)
    np.testing.assert_allclose(found.probabilities, shares, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.log_density, densities, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    "prior",
    [
        DirichletProcess(concentration=0.7),
        PitmanYor(discount=0.3, concentration=0.2),
        PitmanYor(discount=0.5, concentration=-0.4),
        MixtureOfFiniteMixtures(gamma=0.8, n_components_prior=[0.1] * 10),
    ],
)
@pytest.mark.parametrize("component", [Normal(), DiagonalNormal()])
def test_every_prior_weighs_as_its_partitions_of_one_more_point_do(prior, component):
    rows, new = RNG.normal(size=(6, 2)), 2 * RNG.normal(size=(3, 2))
    component = component.resolve(rows)

    def joint(x, labels):
        return log_prior(labels, prior) + log_marginal(x, labels, component)

    draws = DRAWS[:, :2, :6]
    shares, densities = oracle.membership(
        joint, draws.reshape(-1, 6).tolist(), REFERENCE[:6], rows.tolist(), new.tolist()
    )
    found = membership(new, rows, sample_of(draws, prior, component), REFERENCE[:6])
    np.testing.assert_allclose(found.probabilities, shares, rtol=0, atol=1e-11)
    np.testing.assert_allclose(found.log_density, densities, rtol=0, atol=1e-10)


def test_each_draw_weighs_with_its_own_concentration():
    component = DiagonalNormal().resolve(X)
    prior = DirichletProcess(concentration=Gamma(shape=1, rate=1))
    values = np.array([[0.2, 3.0, 1.0], [5.0, 0.1, 1.0]])
    found = membership(NEW, X, sample_of(DRAWS, prior, component, concentration=values), REFERENCE)
    one_by_one = [
        membership(
            NEW,
            X,
            sample_of(draw[None, None], DirichletProcess(concentration=value), component),
            REFERENCE,
        )
        for draw, value in zip(DRAWS.reshape(-1, 7), values.ravel(), strict=True)
    ]
    expected = np.mean([each.probabilities for each in one_by_one], axis=0)
    np.testing.assert_allclose(found.probabilities, expected, rtol=0, atol=1e-14)
    density = np.log(np.mean([np.exp(each.log_density) for each in one_by_one], axis=0))
    np.testing.assert_allclose(found.log_density, density, rtol=0, atol=1e-12)


def test_by_hand_under_one_draw_of_one_cluster():
    # Two coins, one draw: both in one cluster, heads twice. Beta(1, 1): heads again 3/4, a new coin 1/2. DP(1) at the
    # third point: 2/3 the old cluster, 1/3 a new one. Heads: 2/3 3/4 = 1/2 and 1/3 1/2 = 1/6, that is 3/4 and 1/4.
    # Tails: 2/3 1/4 = 1/6 and 1/3 1/2 = 1/6.
    rows = np.array([[1.0], [1.0]])
    component = Bernoulli(a=1.0, b=1.0).resolve(rows)
    sample = sample_of(np.zeros((1, 1, 2), np.int8), DirichletProcess(concentration=1.0), component)
    found = membership([[1.0], [0.0]], rows, sample, [0, 0])
    np.testing.assert_allclose(found.probabilities, [[3 / 4, 1 / 4], [1 / 2, 1 / 2]], atol=1e-15)
    np.testing.assert_allclose(np.exp(found.log_density), [2 / 3, 1 / 3], atol=1e-15)


def test_sparse_counts_predict_as_dense_ones_do():
    rows = RNG.poisson(1.0, size=(12, 5)).astype(float)
    new = RNG.poisson(1.0, size=(4, 5)).astype(float)
    component = Multinomial().resolve(rows)
    draws = np.array([[by_first_appearance(RNG.integers(0, 3, 12)) for _ in range(5)]])
    sample = sample_of(draws, DirichletProcess(concentration=1.0), component)
    dense = membership(new, rows, sample, draws[0, 0])
    thin = membership(sparse.csr_array(new), sparse.csr_array(rows), sample, draws[0, 0])
    np.testing.assert_allclose(thin.probabilities, dense.probabilities, rtol=1e-12)
    np.testing.assert_allclose(thin.log_density, dense.log_density, rtol=1e-12)


@pytest.mark.parametrize("as_rows", [np.asarray, sparse.csr_array])
def test_rows_are_looked_at_in_parts_and_nobody_sees_it(monkeypatch, as_rows):
    rows = RNG.poisson(1.0, size=(7, 3)).astype(float)
    many = as_rows(RNG.poisson(1.0, size=(700, 3)).astype(float))
    sample = sample_of(DRAWS, DirichletProcess(concentration=1.0), Multinomial().resolve(rows))
    whole = membership(many, rows, sample, REFERENCE)
    monkeypatch.setattr(prediction, "_CELLS", 0)
    parts = membership(many, rows, sample, REFERENCE)
    np.testing.assert_allclose(parts.probabilities, whole.probabilities, rtol=1e-14)
    np.testing.assert_allclose(parts.log_density, whole.log_density, rtol=1e-14)


@given(
    labels=st.lists(st.integers(0, 4), min_size=7, max_size=7),
    reference=st.lists(st.integers(0, 4), min_size=7, max_size=7),
    far=st.sampled_from([0.0, 1e3, -1e12, 1e100]),
)
def test_probabilities_sum_to_one_wherever_the_row_is(labels, reference, far):
    component = DiagonalNormal().resolve(X)
    draws = by_first_appearance(np.array(labels))[None, None]
    sample = sample_of(draws, DirichletProcess(concentration=1.0), component)
    found = membership([[far]], X, sample, reference)
    assert found.probabilities.shape == (1, len(set(reference)) + 1)
    assert np.all(found.probabilities >= 0)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1.0, rtol=1e-12)
    assert np.isfinite(found.log_density).all()


def test_other_columns_are_refused():
    component = DiagonalNormal().resolve(X)
    sample = sample_of(DRAWS, DirichletProcess(concentration=1.0), component)
    with pytest.raises(
        gl.DataError, match="X must have 1 columns, as the rows that were partitioned; got 2"
    ):
        membership([[1.0, 2.0]], X, sample, REFERENCE)
