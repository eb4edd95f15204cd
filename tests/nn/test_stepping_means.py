"""Clipping and running averages where an optimiser steps in Python: as the native trainer has them."""

import numpy as np
import pytest

import ganglion as gl
from ganglion.nn._engine.choosing import engine_for
from ganglion.nn._engine.program import Learned, Plan
from ganglion.nn._engine.stepping import Stepped
from ganglion.nn.optimisers import Optimiser

MEANS = {
    "norm": {"clip_norm": 0.05},
    "value": {"clip_value": 0.01},
    "both": {"clip_norm": 0.05, "clip_value": 0.01, "l2": 0.5},
    "average": {"ema": 0.8},
    "all": {"ema": 0.9, "clip_norm": 0.1, "clip_value": 0.02, "rates": np.linspace(0.1, 0.0, 5)},
}


class Heavy(Optimiser):
    """Momentum as a user would write it."""

    has_first = True

    def change(self, name, value, gradient):
        self.first[name] *= 0.9
        self.first[name] += gradient
        value -= self.learning_rate * self.first[name]


def trained(optimiser, given, parts):
    layers = [gl.nn.Dense(5, 9, "tanh"), gl.nn.Dense(9, 3)]
    network = gl.nn.Network(layers, random_state=1)
    rng = np.random.default_rng(4)
    data = Learned(rng.normal(size=(70, 5)), rng.normal(size=(70, 3)), None, None)
    engine = engine_for(network)
    engine = Stepped(engine, network) if optimiser.rule is None else engine
    engine.write(network.parameters)
    engine.write_moments(optimiser)
    for _ in range(parts):
        engine.learn(data, None, optimiser, Plan(16, **given))
    average = {name: np.zeros_like(value) for name, value in network.parameters.items()}
    engine.read(network.parameters)
    if engine.has_average:
        engine.read_average(average)
    return network.parameters, average


@pytest.mark.parametrize("name", MEANS)
def test_clipped_and_averaged_steps_are_the_native_ones(name):
    expected, mean = trained(gl.nn.SGD(0.05, momentum=0.9), MEANS[name], 3)
    found, own_mean = trained(Heavy(0.05), MEANS[name], 3)
    plain, _ = trained(Heavy(0.05), {}, 3)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key], value, rtol=0, atol=1e-13)
        np.testing.assert_allclose(own_mean[key], mean[key], rtol=0, atol=1e-13)
        assert np.any(own_mean[key]) == ("ema" in MEANS[name])
        assert np.array_equal(plain[key], found[key]) == (name == "average")


@pytest.mark.parametrize("given", [{"clip_norm": 1.0}, {"clip_value": 1.0}, {"ema": 0.9}])
@pytest.mark.parametrize("method", [gl.nn.LBFGS, gl.nn.LevenbergMarquardt])
def test_full_batch_methods_refuse_what_is_made_for_single_steps(method, given):
    with pytest.raises(gl.ParameterError, match="no steps along single gradients that could be"):
        trained(method(), given, 1)
