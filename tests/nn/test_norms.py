"""Norms and residual sums: by hand, and the laws that make them what they are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual
from oracles.network_cases import SMOOTH
from oracles.stage_cases import random_stack

moderate = settings(max_examples=40, deadline=None)
SLACK = 1e-12
SMOOTH_LOSSES = ("squared", "mse", "cross_entropy", "binary_cross_entropy")


def test_a_batch_norm_by_hand():
    # The column 1, 3 has mean 2 and variance 1, so that the normal values are -1 and 1; 2 v + 3 makes them 1 and 5.
    network = Network([BatchNorm(1, epsilon=1e-300)])
    network.set_parameters({"gamma1": [2.0], "beta1": [3.0]})
    assert network.forward([[1.0], [3.0]], training=True).tolist() == [[1.0], [5.0]]
    # Outside of training the running mean 1 and variance 4 stand in: 2 (1 - 1) / 2 + 3 and 2 (3 - 1) / 2 + 3.
    network.set_running({"mean1": [1.0], "variance1": [4.0]})
    assert network.forward([[1.0], [3.0]]).tolist() == [[3.0], [5.0]]
    # With J = 1/2 (a_1^2 + a_2^2) / 2 and a = 3, 5: dJ/dgamma = (3 * 0 + 5 * 1) / 2, dJ/dbeta = (3 + 5) / 2.
    found = network.gradients([[1.0], [3.0]], [0.0, 0.0])
    assert {name: g.tolist() for name, g in found.items()} == {"gamma1": [2.5], "beta1": [4.0]}
    # In training a = 1, 5 and the normal values are -1, 1: (1 * -1 + 5 * 1) / 2 and (1 + 5) / 2.
    found = network.gradients([[1.0], [3.0]], [0.0, 0.0], training=True)
    assert {name: g.tolist() for name, g in found.items()} == {"gamma1": [2.0], "beta1": [3.0]}


def test_a_layer_norm_by_hand():
    # The row 1, 5 has mean 3 and variance 4: -1 and 1, whatever stands in other rows.
    network = Network([LayerNorm(2, epsilon=1e-300)])
    network.set_parameters({"gamma1": [2.0, 3.0], "beta1": [0.0, 1.0]})
    assert network.forward([[1.0, 5.0], [7.0, 7.5]]).tolist() == [[-2.0, 4.0], [-2.0, 4.0]]


def test_a_residual_sum_by_hand():
    # f(x) = relu(x) W with W = 10: x + f(x) is -1 + 0 and 2 + 20.
    network = Network([Residual([Dense(1, 1, "relu", bias=False), Dense(1, 1, bias=False)])])
    network.set_parameters({"W1": [[1.0]], "W2": [[10.0]]})
    assert network.forward([[-1.0], [2.0]]).tolist() == [[-1.0], [22.0]]


@moderate
@given(seed=st.integers(0, 2**20))
def test_a_residual_of_zero_weights_is_the_identity(seed):
    rng = np.random.default_rng(seed)
    k = int(rng.integers(1, 6))
    inside = [LayerNorm(k, "tanh"), Dense(k, 7, "relu"), Dense(7, k, initial="zeros")]
    X = rng.normal(size=(4, k))
    np.testing.assert_array_equal(Network([Residual(inside)], random_state=rng).forward(X), X)


@moderate
@given(seed=st.integers(0, 2**20), shift=st.floats(-100, 100), scale=st.floats(0.1, 100))
def test_layer_norm_does_not_see_shift_and_scale_of_a_row(seed, shift, scale):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(3, 5))
    network = Network([LayerNorm(5, epsilon=1e-30)])
    expected = network.forward(X)
    # The deviations are of the size of the scale, the rounding of their terms of that of shift and scale.
    slack = 64 * np.finfo(float).eps * (1 + abs(shift) / scale) / X.std(axis=1).min()
    np.testing.assert_allclose(network.forward(shift + scale * X), expected, rtol=0, atol=slack)


@moderate
@given(seed=st.integers(0, 2**20))
def test_batch_norm_in_training_gives_mean_0_and_variance_1(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 30)), int(rng.integers(1, 6))
    X = rng.normal(size=(n, k)) * rng.uniform(0.5, 50, k) + rng.uniform(-50, 50, k)
    out = Network([BatchNorm(k, epsilon=1e-30)]).forward(X, training=True)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-11)
    np.testing.assert_allclose(out.var(axis=0), 1, rtol=1e-11)


@moderate
@given(seed=st.integers(0, 2**20))
def test_batch_norm_with_the_statistics_of_the_batch_is_the_one_in_training(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    network = Network([BatchNorm(3, "tanh")])
    trained = network.forward(X, training=True)
    loss = network.loss(X, y, training=True)
    network.set_running({"mean1": X.mean(axis=0), "variance1": X.var(axis=0)})
    np.testing.assert_allclose(network.forward(X), trained, rtol=SLACK, atol=SLACK)
    assert network.loss(X, y) == pytest.approx(loss, rel=SLACK)


@moderate
@given(seed=st.integers(0, 2**20))
def test_in_training_the_level_before_a_batch_norm_has_no_gradient(seed):
    rng = np.random.default_rng(seed)
    layers = [Dense(3, 4), BatchNorm(4, "tanh"), Dense(4, 2)]
    network = Network(layers, random_state=rng)
    data = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    assert np.abs(network.gradients(*data, training=True)["b1"]).max() < 1e-12
    assert np.abs(network.gradients(*data)["b1"]).max() > 1e-6


@moderate
@given(seed=st.integers(0, 2**20))
def test_the_order_of_the_rows_does_not_matter(seed):
    case = random_stack(seed)
    order = np.random.default_rng(seed).permutation(len(case.X))
    weights = None if case.weights is None else case.weights[order]
    for training in (False, True):
        loss, gradients = case.network.loss_and_gradients(*case.data, training=training)
        moved, others = case.network.loss_and_gradients(
            case.X[order], case.y[order], weights, training=training
        )
        assert moved == pytest.approx(loss, rel=1e-10)
        largest = max(1.0, *(np.abs(g).max() for g in gradients.values()))
        for name, g in gradients.items():
            np.testing.assert_allclose(others[name], g, rtol=0, atol=1e-10 * largest)


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("seed", range(12))
def test_gradients_agree_with_finite_differences(seed, training):
    case = random_stack(seed, names=SMOOTH, losses=SMOOTH_LOSSES)
    network, start = case.network, case.network.parameters

    def loss(parameters):
        sums = network._computation.sums(parameters, case.X, network._statistics(training))
        return gl.autodiff.mean(network._computation.row_losses(sums, case.rows))

    assert gl.autodiff.check_gradients(loss, start).passed


def test_networks_without_batch_norm_know_no_modes():
    network = Network([Dense(3, 4, "tanh"), LayerNorm(4), Dense(4, 2)], random_state=0)
    X, y = np.random.default_rng(0).normal(size=(5, 3)), np.ones((5, 2))
    np.testing.assert_array_equal(network.forward(X, training=True), network.forward(X))
    assert network.loss(X, y, training=True) == network.loss(X, y)
    assert network.running == {}


def test_looking_at_a_network_in_training_mode_leaves_its_statistics():
    network = Network([BatchNorm(2), Dense(2, 1)], random_state=0)
    before = {name: value.copy() for name, value in network.running.items()}
    network.gradients(np.ones((3, 2)), np.ones(3), training=True)
    for name, value in network.running.items():
        np.testing.assert_array_equal(value, before[name])


def test_a_single_row_in_training_gives_the_offsets():
    network = Network([BatchNorm(2)])
    network.set_parameters({"gamma1": [2.0, 3.0], "beta1": [4.0, 5.0]})
    assert network.forward([[10.0, -7.0]], training=True).tolist() == [[4.0, 5.0]]


def test_dropout_takes_no_part_in_parameters():
    with_it = Network([Dense(2, 3), Dropout(0.5), Dense(3, 1)], random_state=0)
    without = Network([Dense(2, 3), Dense(3, 1)], random_state=0)
    for name, value in without.parameters.items():
        np.testing.assert_array_equal(with_it.parameters[name], value)
