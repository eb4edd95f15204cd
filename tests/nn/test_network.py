"""What a network is made of: its first weights, its parameters, its dtype, how it reads."""

import copy
import math
import pickle

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual


def classifier(**settings):
    return Network([Dense(64, 64, "relu"), Dense(64, 10, "softmax")], "cross_entropy", **settings)


def test_it_reads_like_its_architecture():
    network = classifier()
    assert (
        repr(network)
        == "Network(64 -> 64 relu -> 10 softmax, loss='cross_entropy', 4,810 parameters)"
    )
    assert str(network).splitlines() == [
        "Network with loss 'cross_entropy', 4,810 parameters",
        "layer  neurons  activation  parameters",
        "    1       64  (input)",
        "    2       64  relu        W1 (64, 64), b1 (64,): 4,160",
        "    3       10  softmax     W2 (64, 10), b2 (10,): 650",
    ]
    assert repr(Dense(2, 3, "relu", bias=False)) == "Dense(2, 3, 'relu', bias=False)"
    assert eval(repr(Dense(2, 3))) == Dense(2, 3)


def test_parameters_are_named_in_order_and_without_bias_there_is_no_b():
    network = Network([Dense(3, 4), Dense(4, 2, bias=False), Dense(2, 1)])
    shapes = {name: value.shape for name, value in network.parameters.items()}
    assert list(shapes.items()) == [
        ("W1", (3, 4)),
        ("b1", (4,)),
        ("W2", (4, 2)),
        ("W3", (2, 1)),
        ("b3", (1,)),
    ]
    assert network.n_parameters == 12 + 4 + 8 + 2 + 1
    assert list(network.gradients(np.ones(3), [0.0])) == list(shapes)


def test_a_seed_gives_the_same_bits():
    first, second, other = (classifier(random_state=seed) for seed in (7, 7, 8))
    for name, value in first.parameters.items():
        assert value.tobytes() == second.parameters[name].tobytes()
    assert not np.array_equal(first.parameters["W1"], other.parameters["W1"])
    # NumPy's first number for the seed 0, spread over [-r, r] with r = sqrt(3 * 2 / (1 + 1)).
    expected = (2 * 0.6369616873214543 - 1) * math.sqrt(3.0)
    assert Network([Dense(1, 1)], random_state=0).parameters["W1"].tolist() == [[expected]]


def test_a_float32_network_starts_at_the_same_weights_rounded():
    single, double = (
        classifier(random_state=0, dtype=dtype).parameters for dtype in ("float32", "float64")
    )
    for name, value in single.items():
        np.testing.assert_array_equal(value, double[name].astype(np.float32))


@pytest.mark.parametrize(
    ("activation", "variance"),
    [("tanh", 2 / (200 + 300)), ("relu", 2 / 200), ("selu", 1 / 200), ("identity", 2 / 500)],
)
def test_weights_start_with_the_variance_that_fits_the_activation(activation, variance):
    parameters = Network([Dense(200, 300, activation)], random_state=0).parameters
    W = parameters["W1"]
    assert np.abs(W).max() <= np.sqrt(3 * variance)
    # The variance of 60,000 uniform draws has the relative standard error sqrt(0.8 / 60,000) = 0.0037.
    assert W.var() == pytest.approx(variance, rel=4 * 0.0037)
    assert not parameters["b1"].any()


def test_every_activation_has_a_spread():
    assert {row.spread for row in gl.nn.activations.values()} == {"glorot", "he", "lecun"}
    assert {"glorot", "he", "lecun"} < set(gl.nn.initialisers)


def test_signals_keep_their_size_through_thirty_layers():
    for activation in ("relu", "selu", "tanh"):
        layers = [Dense(100, 100, activation) for _ in range(30)]
        outputs = Network(layers, random_state=0).forward(
            np.random.default_rng(0).normal(size=(200, 100))
        )
        assert 0.02 < outputs.std() < 50, activation


def test_set_parameters_copies():
    network = Network([Dense(2, 1)])
    W, b = np.array([[1.0], [2.0]]), np.array([3.0])
    network.set_parameters({"W1": W, "b1": b})
    W[:] = 0
    assert network.forward([1, 1]).tolist() == [6.0]
    assert network.parameters["W1"].flags.c_contiguous


def test_what_changes_the_arrays_in_place_changes_the_network():
    network = Network([Dense(2, 1)], random_state=0)
    network.parameters["b1"] += 5.0
    assert network.parameters["b1"].tolist() == [5.0]
    network.parameters["W1"] = None  # the dict is the caller's own
    assert network.forward([0, 0]).tolist() == [5.0]


def test_parameters_kept_from_before_lead_back():
    network = Network([Dense(2, 1)], random_state=0)
    before, outputs = network.parameters, network.forward([1, 2])
    network.set_parameters({name: value + 1 for name, value in before.items()})
    assert network.forward([1, 2]) != outputs
    network.set_parameters(before)
    assert network.forward([1, 2]) == outputs


def test_a_refused_set_of_parameters_changes_nothing():
    network = Network([Dense(2, 1)], random_state=0)
    before = {name: value.copy() for name, value in network.parameters.items()}
    with pytest.raises(ValueError, match="b1"):
        network.set_parameters({"W1": np.zeros((2, 1)), "b1": [np.nan]})
    for name, value in network.parameters.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.dtype("float64")])
def test_everything_keeps_the_networks_dtype(dtype):
    network = Network(
        [Dense(3, 5, "gelu"), Dense(5, 2, "sigmoid")], "binary_cross_entropy", dtype=dtype
    )
    assert network.dtype == np.dtype(dtype).name
    X, y, w = np.ones((4, 3)), np.ones((4, 2)), np.ones(4)
    assert network.forward(X).dtype == network.forward(X[0]).dtype == np.dtype(dtype)
    assert type(network.loss(X, y, w)) is float
    for held in (network.parameters, network.gradients(X, y, w), network.gradients(X, y)):
        assert {value.dtype for value in held.values()} == {np.dtype(dtype)}
    network.set_parameters({name: value.tolist() for name, value in network.parameters.items()})
    assert network.parameters["W1"].dtype == np.dtype(dtype)


def test_one_row_and_many():
    network = classifier(random_state=0)
    X = np.random.default_rng(0).normal(size=(5, 64))
    assert network.forward(X).shape == (5, 10)
    assert network.forward(X[0]).shape == (10,)
    assert network.forward(X[:0]).shape == (0, 10)
    np.testing.assert_allclose(network.forward(X[2]), network.forward(X)[2], rtol=1e-12)
    assert network.loss(X[2], 3) == pytest.approx(network.loss(X[2:3], [3]), rel=1e-12)


@pytest.mark.parametrize(
    "convert", [list, tuple, np.asfortranarray, lambda a: a[::-1][::-1], lambda a: a.astype(">f8")]
)
def test_layouts_and_lists_give_the_same(convert):
    network = classifier(random_state=0)
    X, y = np.random.default_rng(0).normal(size=(5, 64)), np.arange(5)
    assert network.loss(convert(X), y) == network.loss(X, y)
    assert (
        network.gradients(convert(X), y)["W1"].tobytes() == network.gradients(X, y)["W1"].tobytes()
    )


def test_inputs_are_never_written_to():
    network = classifier(random_state=0)
    X, y = np.random.default_rng(0).normal(size=(5, 64)), np.arange(5)
    X.flags.writeable = y.flags.writeable = False
    network.forward(X), network.loss(X, y), network.gradients(X, y)


def test_gradients_are_the_callers_own():
    network = classifier(random_state=0)
    X, y = np.ones((2, 64)), [0, 1]
    first = network.gradients(X, y)
    for gradient in first.values():
        gradient += 1.0
    for name, gradient in network.gradients(X, y).items():
        assert not np.array_equal(gradient, first[name])


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))]
)
def test_a_network_is_copied_with_its_numbers(copied):
    network = classifier(random_state=0)
    other = copied(network)
    assert other.loss(np.ones(64), 1) == network.loss(np.ones(64), 1)
    other.parameters["W1"][:] = 0
    assert network.parameters["W1"].any()


def test_targets_of_one_output_may_be_a_column_or_flat():
    network = Network([Dense(2, 1)], random_state=0)
    X, y = np.ones((3, 2)), np.array([1.0, 2.0, 3.0])
    assert network.loss(X, y) == network.loss(X, y[:, None]) == network.loss(X, [1, 2, 3])
    assert network.loss(X[0], 2.0) == network.loss(X[0], [2.0]) == network.loss(X[:1], [[2]])
    yes_or_no = Network([Dense(2, 1, "sigmoid")], "binary_cross_entropy", random_state=0)
    assert yes_or_no.loss(X, [True, False, True]) == yes_or_no.loss(X, [1, 0, 1])


def test_a_layer_may_stand_in_a_list_of_its_own_or_alone():
    assert (
        Network(Dense(2, 1)).layers
        == Network([Dense(2, 1)]).layers
        == Network((Dense(2, 1),)).layers
    )


def stack(**settings):
    layers = [
        Dense(4, 8),
        BatchNorm(8, "relu"),
        Dropout(0.1),
        Residual([LayerNorm(8), Dense(8, 16, "gelu"), Dropout(0.3), Dense(16, 8)]),
        Residual([Dense(8, 8, "tanh")]),
        Dropout(0.2),
        Dense(8, 3, "softmax"),
    ]
    return Network(layers, "cross_entropy", **settings)


def test_norms_and_residual_sums_have_lines_of_their_own():
    assert repr(stack()) == (
        "Network(4 -> 8 identity -> 8 batch norm relu -> 8 layer norm -> 16 gelu -> 8 identity -> 8 sum -> 8 tanh -> "
        "8 sum -> 3 softmax, loss='cross_entropy', 451 parameters)"
    )
    assert str(stack()).splitlines() == [
        "Network with loss 'cross_entropy', 451 parameters",
        " layer  neurons  activation         parameters",
        "     1        4  (input)",
        "     2        8  identity           W1 (4, 8), b1 (8,): 40",
        "norm 1        8  relu, dropout 0.1  gamma1 (8,), beta1 (8,): 16",
        "norm 2        8  identity           gamma2 (8,), beta2 (8,): 16",
        "     3       16  gelu, dropout 0.3  W2 (8, 16), b2 (16,): 144",
        "     4        8  identity           W3 (16, 8), b3 (8,): 136",
        " sum 1        8                     + the outputs of norm 1",
        "     5        8  tanh               W4 (8, 8), b4 (8,): 72",
        " sum 2        8  dropout 0.2        + the outputs of sum 1",
        "     6        3  softmax            W5 (8, 3), b5 (3,): 27",
    ]
    assert "+ the outputs of layer 1" in str(Network([Residual([Dense(2, 2)])]))


def test_a_summary_is_a_table_of_layers_with_what_it_adds_up_to():
    assert stack().summary().splitlines() == [
        "layer             output  activation  parameters               count",
        "--------------------------------------------------------------------",
        "input                  4",
        "Dense(4 -> 8)          8  identity    W1 (4, 8)  b1 (8,)          40",
        "BatchNorm(8)           8  relu        gamma1 (8,)  beta1 (8,)     16",
        "Dropout(0.1)           8",
        "Residual               8",
        "  LayerNorm(8)         8  identity    gamma2 (8,)  beta2 (8,)     16",
        "  Dense(8 -> 16)      16  gelu        W2 (8, 16)  b2 (16,)       144",
        "  Dropout(0.3)        16",
        "  Dense(16 -> 8)       8  identity    W3 (16, 8)  b3 (8,)        136",
        "  + its input          8",
        "Residual               8",
        "  Dense(8 -> 8)        8  tanh        W4 (8, 8)  b4 (8,)          72",
        "  + its input          8",
        "Dropout(0.2)           8",
        "Dense(8 -> 3)          3  softmax     W5 (8, 3)  b5 (3,)          27",
        "--------------------------------------------------------------------",
        "total                                                            451",
        "loss cross_entropy, 3.6 kB as float64, 16 running statistics; a row takes 376 multiplications",
    ]
    large = Network([Dense(1000, 1000)], dtype="float32").summary()
    assert "total" in large and "1,001,000" in large
    assert large.endswith("loss squared, 4.0 MB as float32; a row takes 1,000,000 multiplications")


def test_running_statistics_are_those_of_the_network_and_are_set_as_copies():
    network = stack(dtype="float32")
    running = network.running
    assert {name: (value.shape, value.dtype.name) for name, value in running.items()} == {
        "mean1": ((8,), "float32"),
        "variance1": ((8,), "float32"),
    }
    assert not running["mean1"].any() and (running["variance1"] == 1).all()
    running["mean1"][0] = 5.0
    assert network.running["mean1"][0] == 5.0
    given = {"mean1": np.arange(8.0), "variance1": np.arange(8.0)}
    network.set_running(given)
    given["mean1"][:] = -1
    assert network.running["mean1"].tolist() == list(range(8))
    assert running["mean1"][0] == 5.0
    network.set_running(network.running)
    Network([Dense(1, 1)]).set_running({})


def test_copies_of_a_network_take_their_running_statistics_along():
    network = stack()
    network.set_running({"mean1": np.arange(8.0), "variance1": np.ones(8)})
    for twin in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert twin.layers == network.layers
        np.testing.assert_array_equal(twin.running["mean1"], np.arange(8.0))
        np.testing.assert_array_equal(twin.forward(np.ones(4)), network.forward(np.ones(4)))
