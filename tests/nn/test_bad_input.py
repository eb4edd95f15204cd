"""What networks refuse, and that it says what must hold, what was found and what to do."""

import re

import numpy as np
import pytest
import scipy.sparse as sp

import ganglion as gl
from ganglion._arrays import check_samples
from ganglion.nn import BatchNorm, Dense, Network

X = np.random.default_rng(0).normal(size=(4, 2))
REGRESSION = Network([Dense(2, 3, "tanh"), Dense(3, 2)], random_state=0)
CLASSES = Network([Dense(2, 3, "softmax")], "cross_entropy", random_state=0)
YES_OR_NO = Network([Dense(2, 2, "sigmoid")], "binary_cross_entropy", random_state=0)
SINGLE = Network([Dense(2, 2)], random_state=0, dtype="float32")
Y = np.zeros((4, 2))


def refused(call, message):
    """`call` raises a ValueError of ours that holds the message."""
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        call()
    assert isinstance(caught.value, gl.GanglionError)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Dense(0, 2), "Dense: n_in must be an integer, at least 1; got 0."),
        (lambda: Dense(2, -1), "Dense: n_out must be an integer, at least 1; got -1."),
        (lambda: Dense(2.0, 2), "Dense: n_in must be an integer, at least 1; got 2.0."),
        (lambda: Dense(True, 2), "Dense: n_in must be an integer, at least 1; got True."),
        (lambda: Dense("2", 2), "Dense: n_in must be an integer, at least 1; got '2'."),
        (lambda: Dense(2, 2, "Relu"), "got 'Relu'. Did you mean 'relu'?"),
        (lambda: Dense(2, 2, "swish"), "Dense: activation must be one of identity, sigmoid, tanh"),
        (lambda: Dense(2, 2, None), "got None. Use one of them."),
        (lambda: Dense(2, 2, bias="no"), "Dense: bias must be True or False; got 'no'."),
        (lambda: Network([]), "Network needs a list of layers, at least one; got []."),
        (lambda: Network("relu"), "Network needs a list of layers, at least one; got 'relu'."),
        (lambda: Network(3), "Network needs a list of layers, at least one; got 3."),
        (
            lambda: Network([Dense(2, 2), (2, 1)]),
            "Network needs layers made by gl.nn.Dense, BatchNorm, LayerNorm, Dropout or Residual; got (2, 1).",
        ),
        (
            lambda: Network([Dense(2, 3), Dense(4, 1)]),
            "Layers must fit: Dense(2 -> 3) has 3 neurons, and Dense(4 -> 1) behind it takes 4 inputs. "
            "Use Dense(3, 1).",
        ),
        (
            lambda: Network([Dense(2, 2, "softmax"), Dense(2, 1)]),
            "activation='softmax' may stand in the last layer only; Dense(2 -> 2) has it, and Dense(2 -> 1) stands",
        ),
        (
            lambda: Network([Dense(2, 2)], "cross-entropy"),
            "got 'cross-entropy'. Did you mean 'cross_entropy'?",
        ),
        (
            lambda: Network([Dense(2, 3, "relu")], "cross_entropy"),
            "loss='cross_entropy' stands behind softmax; the last layer, Dense(2 -> 3), has activation='relu'. "
            "Use activation='softmax' there, or another loss.",
        ),
        (
            lambda: Network([Dense(2, 3)], "binary_cross_entropy"),
            "loss='binary_cross_entropy' stands behind sigmoid; the last layer, Dense(2 -> 3), has "
            "activation='identity'",
        ),
        (
            lambda: Network([Dense(2, 2)], reduction="average"),
            "Network: reduction must be one of mean, sum",
        ),
        (
            lambda: Network([Dense(2, 2)], dtype="float16"),
            "dtype must be 'float32' or 'float64'; got 'float16'.",
        ),
        (
            lambda: Network([Dense(2, 2)], dtype=None),
            "dtype must be 'float32' or 'float64'; got None.",
        ),
        (
            lambda: Network([Dense(2, 2)], dtype="real"),
            "dtype must be 'float32' or 'float64'; got 'real'.",
        ),
        (
            lambda: Network([Dense(2, 2)], random_state=-1),
            "random_state must be None, an integer >= 0",
        ),
    ],
)
def test_what_cannot_be_built(build, message):
    refused(build, message)


CALLS = {
    "forward": lambda network, X: network.forward(X),
    "loss": lambda network, X: network.loss(X, Y),
    "gradients": lambda network, X: network.gradients(X, Y),
}


def test_the_wrong_width_is_named_with_the_layer():
    network = Network([Dense(64, 10)])
    refused(
        lambda: network.forward(np.ones((32, 63))),
        "Dense(64 -> 10) got inputs of shape (32, 63): the last axis must be 64.",
    )
    refused(
        lambda: network.forward(np.ones(63)),
        "Dense(64 -> 10) got inputs of shape (63,): the last axis must be 64.",
    )
    refused(lambda: Network([Dense(1, 1)]).forward([1, 2, 3]), "must be 1. Use X.reshape(-1, 1)")


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1, 2], [3, np.nan]], "X must be finite; it holds 1 NaN, the first at row 1, column 1"),
        (np.full((4, 2), np.inf), "X must be finite; it holds 8 infinity"),
        ([[1, 2], [3]], "X must be an array of numbers, all rows equally long"),
        ([["a", "b"]], "X must hold real numbers; got dtype <U1"),
        ([[1, 2j]], "X must hold real numbers; got dtype complex128"),
        (np.ones((2, 2, 2)), "X must have two dimensions"),
        (np.float64(1.0), "X must have two dimensions"),
        (None, "X must hold real numbers"),
        (sp.csr_matrix(np.ones((4, 2))), "X must be dense here; got a sparse matrix"),
    ],
    ids=["NaN", "infinity", "ragged", "text", "complex", "three axes", "no axis", "None", "sparse"],
)  # fmt: skip
def test_inputs_that_are_no_rows_of_numbers(call, bad, message):
    refused(lambda: call(REGRESSION, bad), message)


def test_no_rows_have_no_loss():
    refused(lambda: REGRESSION.loss(X[:0], Y[:0]), "X must have at least 1 sample(s); found 0")
    refused(lambda: REGRESSION.gradients(X[:0], Y[:0]), "X must have at least 1 sample(s); found 0")


@pytest.mark.parametrize(
    ("network", "y", "message"),
    [
        (REGRESSION, np.zeros((3, 2)), "y must have the shape of the outputs, (4, 2); got (3, 2)."),
        (REGRESSION, np.zeros(4), "y must have the shape of the outputs, (4, 2); got (4,)."),
        (REGRESSION, 0.0, "y must have the shape of the outputs, (4, 2); got ()."),
        (REGRESSION, np.full((4, 2), np.nan), "y must be finite; it holds 8 NaN"),
        (REGRESSION, [["a", "b"]] * 4, "y must hold real numbers; got dtype <U1"),
        (REGRESSION, None, "y must hold real numbers"),
        (CLASSES, [0, 1, 2, 3], "Labels must be integers from 0 to 2, one for each output; got 3 at row 3."),
        (CLASSES, [0, -1, 2, 1], "Labels must be integers from 0 to 2, one for each output; got -1 at row 1."),
        (CLASSES, [0.0, 1.0, 2.0, 1.0], "Labels must be integers from 0 to 2; got dtype float64"),
        (CLASSES, [0, 1, 2], "or rows of probabilities of shape (4, 3); got shape (3,)."),
        (CLASSES, ["a", "b", "c", "a"], "y must hold real numbers; got dtype <U1"),
        (CLASSES, np.full((4, 3), 0.3), "row 0 has the least value 0.3 and the sum 0.9. Divide each row by its sum"),
        (CLASSES, [[1, 0, 0]] * 3 + [[2, -1, 0]], "row 3 has the least value -1 and the sum 1."),
        (CLASSES, np.full((4, 3), np.nan), "y must be finite; it holds 12 NaN"),
        (YES_OR_NO, [[0, 1], [1, 1], [0, 2], [0, 0]], "y must lie between 0 and 1 for loss='binary"),
        (YES_OR_NO, [[-1, 1]] * 4, "got -1 at row 0, output 0. Encode the two classes as 0 and 1."),
    ],
)  # fmt: skip
def test_targets_that_do_not_fit(network, y, message):
    refused(lambda: network.loss(X, y), message)
    refused(lambda: network.gradients(X, y), message)


@pytest.mark.parametrize("label", [3, -1, 0.5])
def test_a_row_with_a_label_out_of_range_has_no_trace(label):
    refused(lambda: CLASSES.trace(X[0], label), "Labels must be integers from 0 to 2")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 1, 1], "sample_weight.shape must be (4,), a weight for each row of X; got (3,)."),
        ([1, 1, -0.5, 1], "sample_weight must not be negative; got -0.5 at row 2."),
        ([1, np.nan, 1, 1], "sample_weight must be finite; got nan at row 1."),
        ([0, 0, 0, 0], "sample_weight must hold a positive value; all of them are zero."),
        ("balanced", "sample_weight must be one number for each row of X"),
    ],
)
def test_weights_that_do_not_fit(weights, message):
    refused(lambda: REGRESSION.loss(X, Y, weights), message)
    refused(lambda: REGRESSION.gradients(X, Y, sample_weight=weights), message)


NUMBERS = {"W1": np.zeros((2, 2)), "b1": np.zeros(2)}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"W1": NUMBERS["W1"]},
            "set_parameters needs every parameter of the network; b1 is missing.",
        ),
        (
            NUMBERS | {"w1": 0},
            "A parameter's name must be one of W1, b1; got 'w1'. Did you mean 'W1'?",
        ),
        (NUMBERS | {"W2": np.zeros((2, 2))}, "A parameter's name must be one of W1, b1; got 'W2'."),
        (NUMBERS | {"W1": np.zeros((2, 3))}, "W1 must have the shape (2, 2); got (2, 3)."),
        (NUMBERS | {"b1": 0.0}, "b1 must have the shape (2,); got ()."),
        (NUMBERS | {"b1": [0.0, np.inf]}, "b1 must be finite; got inf at [1]."),
        (NUMBERS | {"W1": [["a", "b"], ["c", "d"]]}, "W1 must hold real numbers; got dtype <U1"),
        (
            [NUMBERS["W1"], NUMBERS["b1"]],
            "set_parameters needs a dict from names to arrays; got a list.",
        ),
        (
            NUMBERS | {"b1": [1e300, 0.0]},
            "b1 must fit into float32, the network's dtype; it holds 1e+300.",
        ),
    ],
)
def test_parameters_that_do_not_fit(parameters, message):
    refused(lambda: SINGLE.set_parameters(parameters), message)


def test_values_that_float32_cannot_hold():
    big = np.full((4, 2), 1e39)
    for call in CALLS.values():
        refused(
            lambda call=call: call(SINGLE, big),
            "X must fit into float32, the network's dtype; it holds 1e+39.",
        )
    refused(lambda: SINGLE.loss(X, big), "y must fit into float32")
    refused(
        lambda: Network([Dense(2, 2)], reduction="sum", dtype="float32").loss(X, Y, big[:, 0]),
        "sample_weight must fit",
    )


def test_masked_targets_are_refused():
    masked = np.ma.array(Y, mask=[[True, False]] + [[False, False]] * 3)
    refused(lambda: REGRESSION.loss(X, masked), "y must not have masked entries. Fill them in.")
    refused(
        lambda: REGRESSION.set_parameters({**REGRESSION.parameters, "b2": np.ma.masked_all(2)}),
        "b2 must not have masked entries.",
    )


@pytest.mark.parametrize(
    ("running", "message"),
    [
        ({"mean1": [0.0, 0.0]}, "set_running needs every statistic of the network; variance1 is missing."),
        (
            {"mean1": [0, 0], "variance": [1, 1]},
            "A statistic's name must be one of mean1, variance1; got 'variance'. Did you mean 'variance1'?",
        ),
        ({"mean1": [0.0], "variance1": [1, 1]}, "mean1 must have the shape (2,); got (1,)."),
        ({"mean1": [0, 0], "variance1": [1, -1]}, "variance1 must not be negative; got -1 at [1]."),
        ({"mean1": [0, np.nan], "variance1": [1, 1]}, "mean1 must be finite; got nan at [1]."),
        ([0, 1], "set_running needs a dict from names to arrays; got a list. Start from network.running."),
        ({"mean1": [0, 1e300], "variance1": [1, 1]}, "mean1 must fit into float32, the network's dtype"),
    ],
)  # fmt: skip
def test_running_statistics_that_do_not_fit(running, message):
    network = Network([BatchNorm(2)], dtype="float32")
    refused(lambda: network.set_running(running), message)
    assert network.running["mean1"].tolist() == [0.0, 0.0]


def test_networks_without_batch_norm_have_no_running_statistics_to_set():
    refused(
        lambda: SINGLE.set_running({"mean1": [0, 0]}),
        "set_running: this network has no running statistics; got mean1. Only a BatchNorm has mean and variance.",
    )


def test_a_mode_that_is_none():
    for call in (REGRESSION.loss, REGRESSION.gradients):
        refused(
            lambda call=call: call(X, Y, training="yes"),
            "Network: training must be True or False; got 'yes'.",
        )
    refused(lambda: REGRESSION.forward(X, training=2), "training must be True or False; got 2.")
    batch = Network([BatchNorm(2)])
    refused(lambda: batch.forward(X[:0], training=True), "X must have at least 1 sample(s)")
    assert batch.forward(X[:0]).shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda odd: gl.nn.Dense(1, 1, bias=odd), "Dense: bias"),
        (lambda odd: gl.nn.SGD(0.1, momentum=0.9, nesterov=odd), "SGD: nesterov"),
        (lambda odd: gl.nn.Muon(nesterov=odd), "Muon: nesterov"),
        (lambda odd: gl.nn.schedules.OneCycle(three_phase=odd), "OneCycle: three_phase"),
        (
            lambda odd: gl.nn.Network([gl.nn.Dense(1, 1)]).forward([[1.0]], training=odd),
            "Network: training",
        ),
        (
            lambda odd: gl.nn.train(
                gl.nn.Network([gl.nn.Dense(1, 1)]), [[1.0]], [1.0],
                optimizer=gl.nn.SGD(0.1), epochs=1, shuffle=odd,
            ),
            "train: shuffle",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("odd", [np.array([True, False]), np.ones(1), "yes", None, 2])
def test_what_is_true_or_false_is_nothing_else(call, name, odd):
    with pytest.raises(gl.ParameterError, match=f"{name} must be True or False; got"):
        call(odd)


def test_masked_targets_are_told_in_one_sentence():
    masked = np.ma.masked_array([1.0, 2.0], mask=[True, False])
    with pytest.raises(gl.DataError, match=r"^y must not have masked entries\. Fill them in\.$"):
        gl.nn.Network([gl.nn.Dense(1, 1)]).loss([[1.0], [2.0]], masked)


def test_training_what_is_no_network_is_refused():
    with pytest.raises(gl.ParameterError, match=r"network must be a gl.nn.Network; got 3"):
        gl.nn.train(3, [[1.0]], [1.0], optimizer=gl.nn.Adam(), epochs=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_finite_numbers_are_samples_even_where_their_sum_is_not(dtype):
    X = np.full((10, 3), np.finfo(dtype).max, dtype=dtype)
    assert check_samples(X) is X
    X[7] = -X[7]
    X[8, 1] = np.inf
    refused(lambda: check_samples(X), "it holds 1 infinity (inf), the first at row 8, column 1")
