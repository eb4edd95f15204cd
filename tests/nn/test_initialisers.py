"""Where weights start: spreads, orthogonality, given arrays, and that a seed gives the same bits."""

import math

import numpy as np
import pytest

from ganglion.nn import Dense, Network, Residual
from ganglion.nn.initialisers import draw_weights, initialisers

VARIANCES = {"glorot": 2 / (200 + 300), "he": 2 / 200, "lecun": 1 / 200}


def drawn(rule, n_in=200, n_out=300, seed=0):
    return draw_weights(rule, n_in, n_out, np.random.default_rng(seed))


@pytest.mark.parametrize("rule", VARIANCES)
def test_uniform_weights_have_their_variance_and_their_reach(rule):
    W = drawn(rule)
    assert np.abs(W).max() <= math.sqrt(3 * VARIANCES[rule])
    # The variance of 60,000 uniform draws has the relative standard error sqrt(0.8 / 60,000) = 0.0037.
    assert W.var() == pytest.approx(VARIANCES[rule], rel=4 * 0.0037)


@pytest.mark.parametrize("rule", VARIANCES)
def test_normal_weights_have_their_variance_and_long_tails(rule):
    W = drawn(f"{rule}_normal")
    # The variance of 60,000 normal draws has the relative standard error sqrt(2 / 60,000) = 0.0058.
    assert W.var() == pytest.approx(VARIANCES[rule], rel=4 * 0.0058)
    deviations = W / math.sqrt(VARIANCES[rule])
    # 0.27 % of normal draws are beyond 3, 162 of them with a standard error of 13.
    assert abs(np.sum(np.abs(deviations) > 3) - 162) < 4 * 13
    assert abs(deviations.mean()) < 4 / math.sqrt(W.size)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (5, 5), (64, 17), (17, 64), (300, 200)])
def test_orthogonal_weights_are_orthonormal_along_the_shorter_side(shape):
    W = drawn("orthogonal", *shape)
    assert W.shape == shape and W.flags.c_contiguous
    product = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(product, np.eye(min(shape)), rtol=0, atol=1e-14)


def test_orthogonal_weights_keep_the_length_of_what_passes():
    W = drawn("orthogonal", 50, 80)
    x = np.random.default_rng(1).normal(size=50)
    assert np.linalg.norm(x @ W) == pytest.approx(np.linalg.norm(x), rel=1e-13)


def test_orthogonal_weights_are_uniform_among_rotations_and_reflections():
    # The entries of a uniform orthogonal matrix (3, 3) have mean 0 and variance 1/3, every determinant is as likely.
    generator = np.random.default_rng(0)
    many = np.array([draw_weights("orthogonal", 3, 3, generator) for _ in range(2000)])
    assert np.abs(many.mean(axis=0)).max() < 4 * math.sqrt(1 / 3 / 2000)
    np.testing.assert_allclose(many.var(axis=0), 1 / 3, rtol=0.1)
    assert abs(np.sum(np.linalg.det(many) > 0) - 1000) < 4 * math.sqrt(500)


@pytest.mark.parametrize("rule", initialisers)
def test_a_seed_gives_the_same_bits(rule):
    assert drawn(rule).tobytes() == drawn(rule).tobytes()
    if rule != "zeros":
        assert not np.array_equal(drawn(rule), drawn(rule, seed=1))


def test_a_layer_chooses_before_the_network_and_the_network_before_the_activation():
    layers = [Dense(3, 4, "relu"), Dense(4, 4, initial="zeros"), Dense(4, 2, initial=np.eye(4, 2))]
    found = Network(layers, initial="orthogonal", random_state=0).parameters
    np.testing.assert_allclose(found["W1"] @ found["W1"].T, np.eye(3), atol=1e-15)
    assert not found["W2"].any()
    np.testing.assert_array_equal(found["W3"], np.eye(4, 2))
    plain = Network([Dense(3, 4, "relu")], random_state=0).parameters
    named = Network([Dense(3, 4, "relu", initial="he")], random_state=0).parameters
    np.testing.assert_array_equal(plain["W1"], named["W1"])


def test_given_weights_take_no_draws():
    layers = [Dense(2, 2, initial=np.ones((2, 2))), Dense(2, 3)]
    second = Network(layers, random_state=0).parameters["W2"]
    alone = Network([Dense(2, 3)], random_state=0).parameters["W1"]
    np.testing.assert_array_equal(second, alone)


def test_networks_do_not_share_given_weights():
    layer = Dense(2, 2, initial=np.ones((2, 2)))
    first, second = Network([layer]), Network([layer])
    first.parameters["W1"][:] = 5
    assert second.parameters["W1"].tolist() == layer.initial.tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_layers_inside_a_residual_start_as_they_say():
    network = Network([Residual([Dense(3, 3, initial="zeros")]), Dense(3, 3, initial=np.eye(3))])
    x = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(network.forward(x), x)
