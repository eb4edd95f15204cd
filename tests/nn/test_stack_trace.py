"""The trace of a row through norms and residual sums: its names, its nodes, and that it says what gradients say."""

import numpy as np
import pytest

from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual
from oracles.stage_cases import random_stack

EPS = np.finfo(np.float64).eps


def collected(shown, network):
    """The gradients of a trace of single neurons, in the shapes of the parameters."""
    return {
        name: np.reshape(
            [shown.grad[f"{name}[{','.join(map(str, i))}]"] for i in np.ndindex(value.shape)],
            value.shape,
        )
        for name, value in network.parameters.items()
    }


@pytest.mark.parametrize("level", ["scalar", "layer"])
@pytest.mark.parametrize("seed", range(60))
def test_a_trace_says_what_loss_and_gradients_say(seed, level):
    case = random_stack(seed)
    network, x, y = case.network, case.X[0], case.y[0]
    shown = network.trace(x, y, level=level)
    slack = 20_000 * EPS
    assert shown.value == pytest.approx(network.loss(x, y), rel=slack)
    expected = network.gradients(x, y)
    found = shown.grad if level == "layer" else collected(shown, network)
    largest = max(1.0, *(np.abs(g).max() for g in expected.values()))
    for name, g in expected.items():
        np.testing.assert_allclose(found[name], g, rtol=0, atol=slack * largest, err_msg=name)
    names = [node.name for node in shown.nodes]
    assert len(set(names)) == len(names)
    assert shown.fold(*{block.name for block in shown.blocks}).value == shown.value


def small():
    layers = [
        Dense(2, 2, "tanh"),
        BatchNorm(2, "relu"),
        Dropout(0.5),
        Residual([LayerNorm(2), Dense(2, 2)]),
        Dense(2, 1),
    ]
    network = Network(layers, random_state=0)
    network.set_running({"mean1": [0.25, -0.5], "variance1": [4.0 - 1e-5, 1.0 - 1e-5]})
    return network


def test_names_of_single_neurons():
    shown = small().trace([1.0, 0.5], [0.0])
    inner = [node.name for node in shown.nodes if node.name not in shown.inputs]
    assert inner == [
        "z2[0]", "z2[1]", "a2[0]", "a2[1]",
        "n1[0]", "n1[1]", "h1[0]", "h1[1]",
        "mean2", "deviation2", "n2[0]", "n2[1]",
        "z3[0]", "z3[1]", "a3[0]", "a3[1]",
        "s1[0]", "s1[1]",
        "z4[0]", "a4[0]", "J",
    ]  # fmt: skip
    blocks = {
        name: shown[name].block for name in ("z2[0]", "n1[1]", "h1[0]", "mean2", "s1[0]", "a4[0]")
    }
    assert blocks == {
        "z2[0]": "layer 2", "n1[1]": "norm 1", "h1[0]": "norm 1", "mean2": "norm 2", "s1[0]": "sum 1",
        "a4[0]": "layer 4",
    }  # fmt: skip


def test_a_batch_norm_is_one_affine_node_for_each_input():
    shown = small().trace([1.0, 0.5], [0.0])
    n, a = shown["n1[0]"], shown["a2[0]"].value
    assert n.parents == ("a2[0]", "gamma1[0]", "beta1[0]")
    assert n.formula == "gamma1[0] * (a2[0] - 0.25) / 2 + beta1[0]"
    assert shown["n1[1]"].formula == "gamma1[1] * (a2[1] + 0.5) / 1 + beta1[1]"
    assert n.value == pytest.approx((a - 0.25) / 2, rel=8 * EPS)
    assert n.local == pytest.approx({"a2[0]": 0.5, "gamma1[0]": (a - 0.25) / 2, "beta1[0]": 1.0})


def test_a_layer_norm_shows_mean_and_deviation():
    shown = small().trace([1.0, 0.5], [0.0])
    h = np.array([shown["h1[0]"].value, shown["h1[1]"].value])
    mean, deviation = shown["mean2"], shown["deviation2"]
    assert (mean.formula, mean.value) == ("mean(h1[0], h1[1])", pytest.approx(h.mean()))
    assert mean.local == {"h1[0]": 0.5, "h1[1]": 0.5}
    assert deviation.formula == "sqrt(var(h1[0], h1[1]) + 1e-05)"
    assert deviation.value == pytest.approx(np.sqrt(h.var() + 1e-5))
    n = shown["n2[0]"]
    assert n.formula == "gamma2[0] * (h1[0] - mean2) / deviation2 + beta2[0]"
    assert n.local["mean2"] == pytest.approx(-1 / deviation.value)
    # Around the residual; from both sums through either output of the norm: through the input itself (of n2[0]), the
    # mean, the deviation.
    assert shown.count_paths("h1[0]") == 1 + 2 * (3 + 2)


def test_a_residual_sum_is_an_addition():
    shown = small().trace([1.0, 0.5], [0.0])
    s = shown["s1[1]"]
    assert (s.formula, s.parents) == ("a3[1] + h1[1]", ("a3[1]", "h1[1]"))
    assert s.local == {"a3[1]": 1.0, "h1[1]": 1.0}


def test_names_of_layers():
    shown = small().trace([1.0, 0.5], [0.0], level="layer")
    assert list(shown.inputs) == ["x", *small().parameters]
    inner = [node.name for node in shown.nodes if node.name not in shown.inputs]
    assert inner == [
        "z2", "a2", "n1", "h1", "mean2", "deviation2", "n2", "z3", "a3", "s1", "z4", "a4", "J",
    ]  # fmt: skip
    assert shown["n1"].formula == "gamma1 * (a2 - mean1) / deviation1 + beta1"
    assert shown["n2"].formula == "gamma2 * (h1 - mean2) / deviation2 + beta2"
    assert shown["deviation2"].formula == "sqrt(var(h1) + 1e-05)"
    assert shown["s1"].formula == "a3 + h1"
    assert [block.name for block in shown.blocks] == [
        "layer 2", "norm 1", "norm 2", "layer 3", "sum 1", "layer 4",
    ]  # fmt: skip


def test_a_residual_at_the_start_adds_the_input():
    network = Network([Residual([Dense(2, 2)]), Residual([Dense(2, 2)])], random_state=0)
    shown = network.trace([1.0, 0.5], [0.0, 0.0])
    assert shown["s1[0]"].formula == "a2[0] + x[0]"
    assert shown["s2[0]"].formula == "a3[0] + s1[0]"
    assert shown["J"].parents == ("s2[0]", "s2[1]")


def test_outputs_behind_a_norm_are_held_where_the_loss_takes_their_logarithm():
    network = Network([Dense(2, 2), LayerNorm(2, "softmax")], "cross_entropy", random_state=0)
    network.set_parameters({**network.parameters, "gamma1": [1e3, 1e3]})
    for level in ("scalar", "layer"):
        shown = network.trace([1.0, 0.5], 0, level=level)
        assert shown.value == pytest.approx(network.loss([1.0, 0.5], 0), rel=1e-12)
        assert all(np.all(np.isfinite(node.upstream)) for node in shown.nodes)
