"""What a prior refuses, and in which words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import ganglion as gl
from ganglion.cluster.bayesian import (
    Beta,
    DirichletProcess,
    Gamma,
    MixtureOfFiniteMixtures,
    PitmanYor,
    log_prior,
    prior_from_state,
)


@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, "1", None, True, Beta(a=1, b=1)])
def test_a_concentration_is_above_zero(value):
    with pytest.raises(
        gl.ParameterError, match=r"concentration must be a finite number above 0.*got"
    ):
        DirichletProcess(concentration=value)


@pytest.mark.parametrize("value", [1.0, -0.1, np.nan, "0", Gamma(shape=1, rate=1)])
def test_a_discount_is_below_one(value):
    with pytest.raises(gl.ParameterError, match=r"discount must be at least 0 and below 1.*got"):
        PitmanYor(discount=value, concentration=1.0)


@pytest.mark.parametrize(
    ("discount", "value"), [(0.0, 0.0), (0.5, -0.5), (0.5, -0.7), (0.1, np.nan)]
)
def test_a_concentration_is_above_minus_the_discount(discount, value):
    with pytest.raises(gl.ParameterError, match=r"concentration must be .* above -discount.*got"):
        PitmanYor(discount=discount, concentration=value)


@pytest.mark.parametrize("value", [0.0, -1, Beta(a=1, b=2), "x"])
def test_gamma_is_above_zero(value):
    with pytest.raises(gl.ParameterError, match=r"gamma must be a finite number above 0.*got"):
        MixtureOfFiniteMixtures(gamma=value, n_components_prior=[1.0])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], r"got an array of shape \(0,\)"),
        ([[0.5, 0.5]], r"got an array of shape \(1, 2\)"),
        ([0.5, -0.1, 0.6], "entry 1 is -0.1"),
        ([0.5, np.nan], "entry 1 is nan"),
        ([0.5, 0.4], "must sum to 1; got 0.9"),
        ([2.0, 2.0], "must sum to 1; got 4.0"),
    ],
)
def test_the_numbers_of_components_have_probabilities(table, message):
    with pytest.raises(gl.ParameterError, match=message):
        MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=table)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda k: -1.0, r"it gave float64 of shape \(\)"),
        (lambda k: np.full(k.shape, np.nan), "for k = 1 it gave nan"),
        (stats.geom(0.1).pmf, "which is no log probability"),
        (stats.poisson(3).logpmf, "sum to 0.95.*Shift it so that K = 1 is the least"),
        (lambda k: np.where(k <= 5, -1.0, -np.inf), "sum to 1.839.*divide it by its sum"),
    ],
)
def test_a_function_gives_log_probabilities(function, message):
    with pytest.raises(gl.ParameterError, match=message):
        MixtureOfFiniteMixtures(gamma=1.0, n_components_prior=function)


@pytest.mark.parametrize("bad", [0, -1, np.inf, "2", None])
def test_a_distribution_has_positive_parameters(bad):
    with pytest.raises(
        gl.ParameterError, match="Gamma's rate must be a finite number above 0; got"
    ):
        Gamma(shape=1.0, rate=bad)
    with pytest.raises(gl.ParameterError, match="Beta's a must be a finite number above 0; got"):
        Beta(a=bad, b=1.0)


def test_hyperparameters_are_named():
    with pytest.raises(TypeError):
        DirichletProcess(1.0)
    prior = DirichletProcess(concentration=Gamma(shape=1, rate=1))
    with pytest.raises(gl.ParameterError, match=r"needs a value for each .*\['concentration'\]"):
        prior.table(5)
    with pytest.raises(gl.ParameterError, match=r"got values=\{'alpha': 1.0\}"):
        log_prior([0, 1], prior, {"alpha": 1.0})
    with pytest.raises(gl.ParameterError, match=r"DirichletProcess does not allow .*-1"):
        log_prior([0, 1], prior, {"concentration": -1.0})


@pytest.mark.parametrize("labels", [[], [[0, 1]], [0.5, 1.0], ["a", "b"], 3])
def test_labels_are_a_vector_of_integers(labels):
    with pytest.raises(
        gl.DataError, match=r"labels must be a vector of integers.*Number the clusters"
    ):
        log_prior(labels, DirichletProcess(concentration=1))


def test_only_a_finite_mixture_has_a_number_of_components():
    with pytest.raises(gl.ParameterError, match="DirichletProcess has infinitely many components"):
        DirichletProcess(concentration=1).components_given_clusters(2, n=5)


@pytest.mark.parametrize("state", [{}, {"kind": "Prior"}, {"kind": "PitmanYor", "discount": 0.5}])
def test_a_state_describes_a_prior(state):
    with pytest.raises(gl.ParameterError, match="must be one that to_state made"):
        prior_from_state(state)
