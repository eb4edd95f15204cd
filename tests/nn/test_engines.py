"""Which engine trains what, and that both have what a training asks of them."""

import numpy as np
import pytest

from ganglion.nn import SGD, BatchNorm, Dense, Dropout, LayerNorm, Network, Residual
from ganglion.nn._engine.choosing import engine_for
from ganglion.nn._engine.program import Learned, Plan, Program
from ganglion.nn._engine.recorded import Recorded


def bent(v):
    return np.where(v > 0, v, 0.1 * v)


def cubic(a, y):
    return np.sum(np.abs(a - y) ** 3, axis=1)


CUSTOM = {
    "activation": Network([Dense(2, 3, bent), Dense(3, 1)]),
    "loss": Network([Dense(2, 1)], cubic),
    "norm": Network([BatchNorm(2, bent), Dense(2, 1)]),
    "residual": Network([Residual([LayerNorm(2), Dense(2, 2, bent)]), Dense(2, 1)], cubic),
}


@pytest.mark.parametrize("name", CUSTOM)
def test_python_functions_are_trained_through_autodiff(name):
    engine = engine_for(CUSTOM[name])
    assert isinstance(engine, Recorded) and engine.name == "autodiff"


def test_dense_layers_with_dropout_are_trained_natively():
    layers = [Dense(2, 6, "relu"), Dropout(0.5), Dense(6, 4, "tanh"), Dense(4, 1)]
    network = Network(layers, random_state=0)
    engine = engine_for(network)
    assert isinstance(engine, Program)
    # The dropout is that of the layers: the same bits as a program that is told its shares.
    shares = Program([layers[0], *layers[2:]], "squared", "float64", dropout=(0.5,))
    rng = np.random.default_rng(0)
    data = Learned(rng.normal(size=(9, 2)), rng.normal(size=(9, 1)), None, None)
    found = []
    for one in (engine, shares):
        one.write(network.parameters)
        passed = one.learn(data, None, SGD(0.1), Plan(4, seed=3))
        found.append(passed)
    assert found[0] == found[1]


def test_dropout_may_be_given_in_the_place_of_the_networks():
    rng = np.random.default_rng(0)
    data = Learned(rng.normal(size=(9, 2)), rng.normal(size=(9, 1)), None, None)
    network = Network([Dense(2, 6, "relu"), Dropout(0.5), Dense(6, 1)], random_state=0)
    plain = Network([Dense(2, 6, "relu"), Dense(6, 1)], random_state=0)
    for own in (Dense(2, 6, "relu"), Dense(2, 6, bent)):
        losses = []
        for layers, shares in (
            ((own, Dropout(0.5), Dense(6, 1)), (0.0, 0.0)),
            ((own, Dense(6, 1)), ()),
            ((own, Dropout(0.5), Dense(6, 1)), ()),
        ):
            engine = engine_for(Network(layers, random_state=0), dropout=shares)
            engine.write((network if len(layers) == 3 else plain).parameters)
            losses.append(engine.learn(data, None, SGD(0.1), Plan(9, seed=3)).loss)
        assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("name", ["activation", "loss"])
def test_engines_predict_what_the_network_says(name):
    network = CUSTOM[name]
    engine = engine_for(network)
    engine.write(network.parameters)
    X = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_allclose(engine.predict(X), network.forward(X), rtol=1e-12)
