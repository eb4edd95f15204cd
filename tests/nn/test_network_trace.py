"""The trace of a row: its names, its nodes, and that it says what `loss` and `gradients` say."""

import re

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import Dense, Network
from oracles.network_cases import random_case

EPS = np.finfo(np.float64).eps


def collected(shown, network):
    """The gradients of a trace of single neurons, in the shapes of the parameters."""
    found = {}
    for name, value in network.parameters.items():
        places = np.ndindex(value.shape)
        grads = [shown.grad[f"{name}[{','.join(map(str, place))}]"] for place in places]
        found[name] = np.reshape(grads, value.shape)
    return found


def agrees(shown, found, network, x, y):
    """Value and gradients of a trace are those of the network's own pass, but for the order of sums."""
    slack = 1000 * EPS
    assert shown.value == pytest.approx(network.loss(x, y), rel=slack)
    expected = network.gradients(x, y)
    largest = max(1.0, *(np.abs(g).max() for g in expected.values()))
    for name, g in expected.items():
        np.testing.assert_allclose(found[name], g, rtol=0, atol=slack * largest, err_msg=name)


def two_two_two():
    return Network([Dense(2, 2, "sigmoid"), Dense(2, 2, "sigmoid")], random_state=0)


def test_names_are_those_of_the_notes():
    shown = two_two_two().trace([1.0, 0.5], [0.0, 1.0])
    leaves = ["x[0]", "x[1]"]
    for layer in (1, 2):
        leaves += [f"W{layer}[{i},{j}]" for i in range(2) for j in range(2)]
        leaves += [f"b{layer}[0]", f"b{layer}[1]"]
    inner = ["z2[0]", "z2[1]", "a2[0]", "a2[1]", "z3[0]", "z3[1]", "a3[0]", "a3[1]", "J"]
    names = [node.name for node in shown.nodes]
    assert list(shown.inputs) == leaves
    assert names[: len(leaves)] == leaves
    assert sorted(names) == sorted(leaves + inner)
    assert names[-1] == shown.output == "J"


def test_a_neuron_is_two_nodes_and_the_loss_is_one():
    shown = two_two_two().trace([1.0, 0.5], [0.0, 1.0])
    z = shown["z2[0]"]
    assert z.parents == ("x[0]", "x[1]", "W1[0,0]", "W1[1,0]", "b1[0]")
    assert z.formula == "W1[0,0] * x[0] + W1[1,0] * x[1] + b1[0]"
    assert z.local["W1[1,0]"] == 0.5 and z.local["b1[0]"] == 1.0
    assert z.local["x[1]"] == shown["W1[1,0]"].value
    a = shown["a2[0]"]
    assert (a.op, a.parents, a.children) == ("sigmoid", ("z2[0]",), ("z3[0]", "z3[1]"))
    assert a.local == {"z2[0]": a.value * (1 - a.value)}
    J = shown["J"]
    assert (J.op, J.parents) == ("squared", ("a3[0]", "a3[1]"))
    assert J.formula == "1/2 * ((a3[0] - 0)**2 + (a3[1] - 1)**2)"


def test_identity_is_a_node_too():
    shown = Network([Dense(1, 1)], random_state=0).trace([2.0], [1.0])
    assert shown["a2[0]"].op == "identity"
    assert shown["a2[0]"].local == {"z2[0]": 1.0}
    assert "identity" not in shown["z2[0]"].op


def test_each_output_of_softmax_depends_on_every_sum():
    network = Network([Dense(2, 3, "softmax")], "cross_entropy", random_state=0)
    shown = network.trace([1.0, -1.0], 2)
    a = shown["a2[1]"]
    assert (a.op, a.parents) == ("softmax", ("z2[0]", "z2[1]", "z2[2]"))
    assert a.formula == "softmax(z2[0], z2[1], z2[2])[1]"
    p = network.forward([1.0, -1.0])
    by_hand = {f"z2[{j}]": p[1] * ((j == 1) - p[j]) for j in range(3)}
    assert a.local == pytest.approx(by_hand, rel=16 * EPS)
    assert shown["J"].formula == "-(0 * log(a2[0]) + 0 * log(a2[1]) + 1 * log(a2[2]))"
    assert shown["J"].parents == ("a2[0]", "a2[1]", "a2[2]")


@pytest.mark.parametrize("seed", range(60))
def test_single_neurons_say_what_loss_and_gradients_say(seed):
    case = random_case(seed, largest=(4, 5, 1))
    x, y = case.X[0], case.y[0]
    shown = case.network.trace(x, y)
    agrees(shown, collected(shown, case.network), case.network, x, y)
    outputs = [
        shown[f"a{len(case.network.layers) + 1}[{k}]"].value
        for k in range(case.network.layers[-1].n_out)
    ]
    np.testing.assert_allclose(outputs, case.network.forward(x), rtol=1000 * EPS, atol=1000 * EPS)


@pytest.mark.parametrize("seed", range(60))
def test_layers_say_what_loss_and_gradients_say(seed):
    case = random_case(seed, largest=(4, 9, 1))
    x, y = case.X[0], case.y[0]
    shown = case.network.trace(x, y, level="layer")
    assert list(shown.inputs) == ["x", *case.network.parameters]
    agrees(shown, shown.grad, case.network, x, y)
    assert shown["z2"].shape == (case.network.layers[0].n_out,)


def test_layers_are_arrays_with_their_shapes():
    network = Network(
        [Dense(3, 4, "relu"), Dense(4, 2, "softmax", bias=False)], "cross_entropy", random_state=0
    )
    shown = network.trace([1.0, 2.0, 3.0], 1, level="layer")
    shapes = {node.name: node.shape for node in shown.nodes}
    assert shapes == {
        "x": (3,), "W1": (3, 4), "b1": (4,), "z2": (4,), "a2": (4,), "W2": (4, 2), "z3": (2,), "a3": (2,), "J": (),
    }  # fmt: skip
    assert shown["z2"].formula == "x @ W1 + b1"
    assert shown["z3"].formula == "a2 @ W2"
    assert shown["a3"].local["z3"].shape == (2, 2)


@pytest.mark.parametrize("level", ["scalar", "layer"])
@pytest.mark.parametrize(
    ("loss", "k", "y"),
    [
        ("cross_entropy", 3, 1),
        ("cross_entropy", 3, [0.25, 0.5, 0.25]),
        ("binary_cross_entropy", 3, [0, 1, 0]),
        ("binary_cross_entropy", 3, [0.25, 0.5, 1.0]),
    ],
)
@pytest.mark.parametrize("size", [1.0, 30.0, 36.5, 37.0, 710.0, 745.0, 1e4])
def test_outputs_that_round_to_0_or_1_leave_the_gradients_right(level, loss, k, y, size):
    network = Network([Dense(k, k, gl.nn.losses[loss].behind)], loss)
    network.set_parameters({"W1": np.eye(k), "b1": np.zeros(k)})
    x = np.array([size, -size, 0.0])
    shown = network.trace(x, y, level=level)
    found = shown.grad if level == "layer" else collected(shown, network)
    for name, g in network.gradients(x, y).items():
        np.testing.assert_allclose(
            found[name], g, rtol=0, atol=8 * EPS * max(size, 1.0), err_msg=name
        )
    assert all(np.all(np.isfinite(node.upstream)) for node in shown.nodes)
    assert all(np.all(np.isfinite(v)) for node in shown.nodes for v in node.local.values())
    # -log(a) of an output that is close to 1 is off by a rounding of 1, and by 1 / (1 - a) of it for the other class.
    assert shown.value == pytest.approx(network.loss(x, y), rel=8 * EPS, abs=8 * EPS)


def test_layers_fold_into_one_node_each():
    shown = two_two_two().trace([1.0, 0.5], [0.0, 1.0])
    assert {shown[name].block for name in ("z2[0]", "z2[1]", "a2[0]", "a2[1]")} == {"layer 2"}
    assert {shown[name].block for name in ("z3[0]", "a3[1]")} == {"layer 3"}
    assert {shown[name].block for name in ("x[0]", "W1[0,0]", "J")} == {""}
    folded = shown.fold("layer 2", "layer 3")
    inner = [node.name for node in folded.nodes if node.name not in folded.inputs]
    assert inner == ["layer 2", "layer 3", "J"]
    for name, g in shown.grad.items():
        assert folded.grad[name] == pytest.approx(g, rel=16 * EPS)


def test_a_float32_network_is_shown_in_float64():
    network = Network([Dense(2, 2, "tanh")], random_state=0, dtype="float32")
    shown = network.trace([1.0, 0.5], [0.0, 1.0])
    expected = network.gradients([1.0, 0.5], [0.0, 1.0])["W1"][0, 0]
    assert shown.grad["W1[0,0]"] == pytest.approx(
        float(expected), rel=8 * float(np.finfo(np.float32).eps)
    )
    assert network.parameters["W1"].dtype == np.float32


def test_long_sums_are_written_with_their_ends():
    network = Network([Dense(64, 1)], random_state=0)
    formula = network.trace(np.ones(64), [0.0])["z2[0]"].formula
    assert formula.startswith("W1[0,0] * x[0] + W1[1,0] * x[1] + ")
    assert formula.endswith("... + b1[0]")
    assert len(formula) < 120
    many = Network([Dense(1, 10, "softmax")], "cross_entropy", random_state=0).trace([1.0], 3)
    assert many["J"].formula == "-(1 * log(a2[3]) + ...)"


def test_a_network_of_five_thousand_parameters_is_shown():
    network = Network(
        [Dense(64, 64, "relu"), Dense(64, 10, "softmax")], "cross_entropy", random_state=0
    )
    x = np.random.default_rng(0).normal(size=64)
    shown = network.trace(x, 3)
    assert len(shown.inputs) == 64 + network.n_parameters
    agrees(shown, collected(shown, network), network, x, 3)
    assert shown.count_paths("W1[0,0]") == 100  # ten sums to ten outputs


def test_networks_too_large_for_single_neurons_are_refused_and_shown_by_layers():
    network = Network([Dense(200, 101, "relu"), Dense(101, 1)], random_state=0)
    message = (
        "trace(level='scalar') shows single numbers, at most 20,000; this network has 20,403 parameters. "
        "Use trace(x, y, level='layer')."
    )
    with pytest.raises(gl.ParameterError, match=re.escape(message)):
        network.trace(np.ones(200), [1.0])
    wide = Network([Dense(1, 200, "softmax")], "cross_entropy", random_state=0)
    with pytest.raises(gl.ParameterError, match="400 parameters and 40,000 slopes of softmax"):
        wide.trace([1.0], 0)
    shown = network.trace(np.ones(200), [1.0], level="layer")
    assert shown.value == pytest.approx(network.loss(np.ones(200), [1.0]), rel=1000 * EPS)


def test_a_row_may_come_with_its_axis_and_many_rows_are_refused():
    network = two_two_two()
    one = network.trace([[1.0, 0.5]], [[0.0, 1.0]])
    assert one.grad == network.trace([1.0, 0.5], [0.0, 1.0]).grad
    with pytest.raises(
        gl.DataError, match=r"trace shows one row; got 2 rows. Use network.trace\(X\[i\], y\[i\]\)."
    ):
        network.trace(np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(
        gl.ParameterError,
        match=r"trace: level must be one of scalar, layer; got 'layers'. Did you mean 'layer'\?",
    ):
        network.trace([1.0, 0.5], [0.0, 1.0], level="layers")
