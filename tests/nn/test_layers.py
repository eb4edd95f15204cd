"""Layers: what they refuse, how they read, and the stages that they become."""

import copy
import pickle
import re

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual
from ganglion.nn._engine.stages import Stage, stages_of


def refused(build, message, kind=gl.ParameterError):
    with pytest.raises(kind, match=re.escape(message)):
        build()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: BatchNorm(0), "BatchNorm: n must be an integer, at least 1; got 0. Give the number of neurons"),
        (lambda: LayerNorm(2.0), "LayerNorm: n must be an integer, at least 1; got 2.0."),
        (lambda: BatchNorm(2, "rely"), "BatchNorm: activation must be one of identity, sigmoid"),
        (lambda: LayerNorm(2, 3), "LayerNorm: activation must be one of identity, sigmoid"),
        (lambda: BatchNorm(2, momentum=0), "BatchNorm: momentum must be a number above 0; got 0."),
        (lambda: BatchNorm(2, momentum=1.5), "BatchNorm: momentum must be a number above 0 and at most 1; got 1.5."),
        (lambda: BatchNorm(2, epsilon=0), "BatchNorm: epsilon must be a number above 0; got 0."),
        (lambda: LayerNorm(2, epsilon=-1.0), "LayerNorm: epsilon must be a number above 0; got -1.0."),
        (lambda: Dropout(1.0), "Dropout: rate must be a number at least 0 and below 1; got 1.0."),
        (lambda: Dropout(-0.1), "Dropout: rate must be a number at least 0 and below 1; got -0.1."),
        (lambda: Dropout("half"), "Dropout: rate must be a number at least 0 and below 1; got 'half'."),
        (lambda: Residual([]), "Residual needs a list of layers, at least one; got []."),
        (lambda: Residual([Dense(2, 2), 3]), "Residual needs layers made by gl.nn.Dense, BatchNorm, LayerNorm"),
        (
            lambda: Residual([Dense(2, 2), Residual([Dense(2, 2)])]),
            "Residual takes no Residual inside; got Residual([Dense(2, 2, 'identity')]). Put one behind the other.",
        ),
        (
            lambda: Residual([Dense(2, 3)]),
            "Residual adds its input to its output, so both must be equally wide; got 2 inputs and 3 outputs. "
            "Let the last layer inside have 2 neurons.",
        ),
        (
            lambda: Residual([Dropout(0.5), Dense(2, 2)]),
            "Dropout(0.5) acts on the outputs of the layer before it; it may not stand first in a Residual.",
        ),
        (
            lambda: Residual([Dense(2, 3), Dropout(0.1), Dense(4, 2)]),
            "Layers must fit: Dense(2 -> 3) has 3 neurons, and Dense(4 -> 2) behind it takes 4 inputs. "
            "Use Dense(3, 2).",
        ),
        (
            lambda: Network([Dropout(0.5), Dense(2, 2)]),
            "Dropout(0.5) acts on the outputs of the layer before it; it may not stand first in a Network.",
        ),
        (
            lambda: Network([Dense(2, 2), Dropout(0.5)]),
            "Dropout(0.5) stands last: it would drop outputs of the network. Put it between two layers.",
        ),
        (
            lambda: Network([Dense(2, 2), Dropout(0.5), Dropout(0.1), Dense(2, 1)]),
            "Dropout(0.1) stands behind Dropout(0.5), and both act on the same outputs. Use one of them.",
        ),
        (
            lambda: Network([Dense(2, 3), BatchNorm(2)]),
            "Layers must fit: Dense(2 -> 3) has 3 neurons, and BatchNorm(2) behind it takes 2 inputs. "
            "Use BatchNorm(3).",
        ),
        (
            lambda: Network([Dense(2, 3), Residual([Dense(2, 2)])]),
            "and Residual(2 -> 2) behind it takes 2 inputs. Use a Residual of layers with 3 inputs and outputs.",
        ),
        (
            lambda: Network([Dense(2, 2), BatchNorm(2, "softmax"), Dense(2, 1)]),
            "activation='softmax' may stand in the last layer only; BatchNorm(2) has it, and Dense(2 -> 1) stands",
        ),
        (
            lambda: Network([Residual([Dense(2, 2, "softmax")])]),
            "activation='softmax' may stand in the last layer only; Dense(2 -> 2) has it. Use another activation",
        ),
        (
            lambda: Network([Dense(2, 2), Residual([Dense(2, 2)])], "cross_entropy"),
            "loss='cross_entropy' stands behind softmax; the last layer, Residual(2 -> 2), has activation='identity'.",
        ),
        (
            lambda: Network([Dense(2, 2)], initial="xavier"),
            "Network: initial must be one of glorot, he, lecun, glorot_normal, he_normal, lecun_normal, orthogonal",
        ),
        (lambda: Dense(2, 2, initial="He"), "got 'He'. Did you mean 'he'?"),
    ],
)  # fmt: skip
def test_what_cannot_be_built(build, message):
    refused(build, message)


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ([[1.0, 2.0]], "Dense: initial must have the shape (2, 2) of the weights; got (1, 2)."),
        ([[1.0, np.nan], [0.0, 0.0]], "Dense: initial must be finite. Set its NaN and infinities"),
        ([["a", "b"], ["c", "d"]], "Dense: initial must hold real numbers; got dtype <U1."),
    ],
)
def test_initial_weights_that_do_not_fit(initial, message):
    refused(lambda: Dense(2, 2, initial=initial), message, gl.DataError)


def test_initial_weights_that_float32_cannot_hold():
    layer = Dense(1, 1, initial=[[1e300]])
    refused(lambda: Network([layer], dtype="float32"), "W1 must fit into float32", gl.DataError)


def test_layers_read_as_they_are_written():
    for text in (
        "BatchNorm(3, 'relu')",
        "BatchNorm(3, 'relu', momentum=0.5, epsilon=0.01)",
        "LayerNorm(3, 'identity', epsilon=0.001)",
        "Dropout(0.25)",
        "Dense(3, 3, 'relu', bias=False, initial='orthogonal')",
        "Residual([LayerNorm(3, 'identity'), Dense(3, 3, 'gelu'), Dropout(0.5)])",
    ):
        assert repr(eval(text)) == text
        assert eval(repr(eval(text))) == eval(text)
    assert str(BatchNorm(3)) == "BatchNorm(3)"
    assert str(LayerNorm(3)) == "LayerNorm(3)"
    assert str(Dropout(0.5)) == "Dropout(0.5)"
    assert str(Residual([LayerNorm(4)])) == "Residual(4 -> 4)"
    assert str(Residual([Dense(4, 9), Dense(9, 4)])) == "Residual(4 -> 9 -> 4)"


def test_layers_count_what_they_learn():
    assert BatchNorm(3).n_parameters == LayerNorm(3).n_parameters == 6
    assert Dropout(0.1).n_parameters == 0
    assert Residual([LayerNorm(3), Dense(3, 3)]).n_parameters == 6 + 12


def test_layers_are_frozen_and_can_be_copied():
    layer = Residual([LayerNorm(3), Dense(3, 3)])
    with pytest.raises(AttributeError, match="cannot assign"):
        layer.layers = ()
    assert copy.deepcopy(layer) == pickle.loads(pickle.dumps(layer)) == layer
    assert layer.layers == (LayerNorm(3), Dense(3, 3))
    assert layer.n_in == layer.n_out == 3


def test_a_layer_keeps_a_copy_of_its_initial_weights():
    given = np.ones((2, 2))
    layer = Dense(2, 2, initial=given)
    given[:] = 7
    assert layer.initial.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    with pytest.raises(ValueError, match="read-only"):
        layer.initial[0, 0] = 3
    assert layer == Dense(2, 2)


def test_stages_are_layers_without_nesting():
    layers = [
        Dense(4, 8),
        BatchNorm(8, "relu", momentum=0.5),
        Dropout(0.1),
        Residual([LayerNorm(8, epsilon=0.01), Dense(8, 3, "gelu"), Dropout(0.3), Dense(3, 8, bias=False)]),
        Dropout(0.2),
        Dense(8, 1, "tanh"),
    ]  # fmt: skip
    assert stages_of(layers) == (
        Stage("dense", 4, 8, number=1),
        Stage("batch_norm", 8, 8, "relu", dropout=0.1, number=1, epsilon=1e-5, momentum=0.5),
        Stage("layer_norm", 8, 8, number=2, epsilon=0.01),
        Stage("dense", 8, 3, "gelu", dropout=0.3, number=2),
        Stage("dense", 3, 8, bias=False, number=3),
        Stage("sum", 8, 8, bias=False, dropout=0.2, adds=2),
        Stage("dense", 8, 1, "tanh", number=4),
    )
    network = Network(layers)
    assert network.stages == stages_of(layers)
    assert list(network.parameters) == [
        "W1", "b1", "gamma1", "beta1", "gamma2", "beta2", "W2", "b2", "W3", "W4", "b4",
    ]  # fmt: skip
    assert list(network.running) == ["mean1", "variance1"]
    assert (network.n_in, network.n_out) == (4, 1)
