"""The lectures' networks with the lectures' numbers: N1, N2, N9, N10, N11 (N4 and N5 have files of their own)."""

import numpy as np
import pytest

from ganglion.nn import Dense, Network


def sigmoid_network(x_to_hidden, hidden_to_output, *, bias=False, loss="squared"):
    """A network of sigmoid neurons with these weights."""
    W1, W2 = np.array(x_to_hidden, float), np.array(hidden_to_output, float)
    layers = [Dense(*W1.shape, "sigmoid", bias=bias), Dense(*W2.shape, "sigmoid", bias=bias)]
    network = Network(layers, loss)
    network.set_parameters(network.parameters | {"W1": W1, "W2": W2})
    return network


def test_n1_a_layer_is_a_weighted_sum_and_a_function_of_it():
    network = Network([Dense(2, 3, "relu")])
    network.set_parameters({"W1": [[1, 2, 3], [-1, 1, -2]], "b1": [0.5, 0, -4]})
    # x = (2, 1): 2 - 1 + 0.5, 4 + 1, 6 - 2 - 4.
    assert network.forward([2, 1]).tolist() == [1.5, 5.0, 0.0]
    assert network.forward([[2, 1], [0, 1]]).tolist() == [[1.5, 5.0, 0.0], [0.0, 1.0, 0.0]]


def test_n2_the_network_of_step_neurons():
    # Neurons 3 and 4 behind x1 = 1 and x2 = 0, neuron 5 behind them.
    network = Network([Dense(2, 2, "step", bias=False), Dense(2, 1, "step", bias=False)])
    w13, w23, w14, w24, w35, w45 = 2, -3, 1, 4, 2, -1
    network.set_parameters({"W1": [[w13, w14], [w23, w24]], "W2": [[w35], [w45]]})
    assert network.forward([1, 0]).tolist() == [1.0]
    shown = network.trace([1, 0], [1])
    sums = {name: shown[name].value for name in ("z2[0]", "z2[1]", "z3[0]")}
    assert sums == {"z2[0]": 2.0, "z2[1]": 1.0, "z3[0]": 1.0}  # a3, a4, a5 of the lecture
    outputs = [shown[name].value for name in ("a2[0]", "a2[1]", "a3[0]")]
    assert outputs == [1.0, 1.0, 1.0]  # h3, h4, y
    assert (shown.value, set(shown.grad.values())) == (0.0, {0.0})


def test_n9_the_chain_rule_through_layers_and_its_sign():
    # x = 1, theta1 = 0, theta2 = 2, b2 = -1: a2 = 1/2, z3 = 2/2 - 1 = 0, a3 = 1/2; y = 1.
    network = sigmoid_network([[0]], [[2]], bias=True)
    network.set_parameters(network.parameters | {"b2": [-1.0]})
    shown = network.trace([1.0], [1.0])
    assert shown.value == 0.125
    # dJ/da3 = -(y - a3) = -1/2, with the minus that the slide leaves out; g' = a (1 - a) = 1/4.
    [chain] = shown.paths("W2[0,0]")
    assert tuple(chain.nodes) == ("J", "a3[0]", "z3[0]", "W2[0,0]")
    assert tuple(chain.factors) == (-0.5, 0.25, 0.5)
    [chain] = shown.paths("W1[0,0]")
    assert tuple(chain.factors) == (-0.5, 0.25, 2.0, 0.25, 1.0)
    assert network.gradients([1.0], [1.0])["W2"].tolist() == [[-0.0625]]
    assert network.gradients([1.0], [1.0])["W1"].tolist() == [[-0.0625]]


def test_n10_two_chains_lead_to_a_weight_and_their_sum_is_its_gradient():
    # x = (1, 2), W1 = 0: a2 = (1/2, 1/2); z3 = (2/2 - 2/2, 4/2 - 4/2) = 0, a3 = (1/2, 1/2); y = (1, 0).
    network = sigmoid_network([[0, 0], [0, 0]], [[2, 4], [-2, -4]])
    x, y = [1.0, 2.0], [1.0, 0.0]
    shown = network.trace(x, y)
    chains = {tuple(chain.nodes): chain for chain in shown.paths("W1[0,0]")}
    first = chains["J", "a3[0]", "z3[0]", "a2[0]", "z2[0]", "W1[0,0]"]
    second = chains["J", "a3[1]", "z3[1]", "a2[0]", "z2[0]", "W1[0,0]"]
    assert len(chains) == 2 == shown.count_paths("W1[0,0]")
    assert tuple(first.factors) == (-0.5, 0.25, 2.0, 0.25, 1.0)
    assert tuple(second.factors) == (0.5, 0.25, 4.0, 0.25, 1.0)
    assert (first.product, second.product) == (-0.0625, 0.125)
    assert shown.grad["W1[0,0]"] == 0.0625 == network.gradients(x, y)["W1"][0, 0]
    assert shown.grad["W1[1,0]"] == 0.125  # the same chains, ending in x[1] = 2


def test_n10_a_network_known_from_print():
    # The worked example that most courses use: its printed gradients have nine digits.
    network = sigmoid_network([[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]], bias=True)
    network.set_parameters(network.parameters | {"b1": [0.35, 0.35], "b2": [0.60, 0.60]})
    x, y = [0.05, 0.10], [0.01, 0.99]
    gradients = network.gradients(x, y)
    assert network.loss(x, y) == pytest.approx(0.298371109, abs=5e-10)
    assert gradients["W2"][0, 0] == pytest.approx(0.082167041, abs=5e-10)
    assert gradients["W1"][0, 0] == pytest.approx(0.000438568, abs=5e-10)
    chains = network.trace(x, y).paths("W1[0,0]")
    through = {chain.nodes[1]: np.prod(chain.factors[:3]) for chain in chains}
    # These two are printed as products of printed numbers.
    assert through["a3[0]"] == pytest.approx(0.055399425, abs=1e-9)
    assert through["a3[1]"] == pytest.approx(-0.019049119, abs=1e-9)


def test_n11_gradients_of_a_hidden_layer_in_the_second_notation():
    # h = sigmoid(0) = (1/2, 1/2), yhat = h W2 = (3, -1); L = 1/2 sum (yhat - y)^2 with y = (1, 1).
    network = Network([Dense(2, 2, "sigmoid", bias=False), Dense(2, 2, bias=False)])
    W2 = np.array([[2.0, -4.0], [4.0, 2.0]])
    network.set_parameters({"W1": np.zeros((2, 2)), "W2": W2})
    x, y = [3.0, -1.0], [1.0, 1.0]
    assert network.forward(x).tolist() == [3.0, -1.0]
    slopes = np.array([2.0, -2.0])  # dL/dyhat = yhat - y
    gradients = network.gradients(x, y)
    # dL/dW2[k,t] = dL/dyhat_t h_k
    assert gradients["W2"].tolist() == [[1.0, -1.0], [1.0, -1.0]]
    # dL/dW1[j,k] = sum_t dL/dyhat_t W2[k,t] h_k (1 - h_k) x_j: k = 0: (4 + 8) / 4, k = 1: (8 - 4) / 4.
    assert gradients["W1"].tolist() == [[9.0, 3.0], [-3.0, -1.0]]
    # The same sum over t, chain by chain.
    for k in range(2):
        chains = network.trace(x, y).paths(f"W1[0,{k}]")
        products = {chain.nodes[1]: chain.product for chain in chains}
        assert products == {f"a3[{t}]": slopes[t] * W2[k, t] * 0.25 * 3.0 for t in range(2)}
