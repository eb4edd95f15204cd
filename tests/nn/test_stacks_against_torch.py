"""Random stacks of every kind of layer against torch in float64: both modes, gradients, running statistics."""

import os

import numpy as np
import pytest

from ganglion.nn import BatchNorm, Dense, Dropout, LayerNorm, Network, Residual
from oracles.stage_cases import random_stack

try:
    import torch

    from oracles.torch_stacks import module_of, row_losses, values_of
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

RELATIVE = 1e-9
# The gradient of a saturated output is what is left of numbers around 1: it cannot be better than their rounding.
ROUNDING = 256 * np.finfo(np.float64).eps


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize("seed", range(100))
def test_outputs_loss_and_gradients_equal_torchs(seed, training):
    case = random_stack(seed)
    network = case.network
    module = module_of(network)
    module.train(training)
    z, a = module(torch.tensor(case.X))
    rows = row_losses(network.loss_name, z, a, torch.tensor(case.rows))
    weights = torch.ones_like(rows) if case.weights is None else torch.tensor(case.weights)
    total = (rows * weights).sum()
    if network.reduction == "mean":
        total = total / weights.sum()
    total.backward()
    outputs = a.detach().numpy()
    np.testing.assert_allclose(
        network.forward(case.X, training=training), outputs, rtol=RELATIVE, atol=RELATIVE
    )
    loss, gradients = network.loss_and_gradients(*case.data, training=training)
    assert loss == pytest.approx(total.item(), rel=RELATIVE)
    found = {name: p.grad.numpy() for name, p in values_of(module, network).items()}
    assert list(found) == list(gradients)
    largest = max(np.abs(g).max() for g in found.values())
    for name, expected in found.items():
        slack = RELATIVE * np.abs(expected).max() + ROUNDING * max(largest, 1.0)
        assert np.abs(gradients[name] - expected).max() <= slack, name


@pytest.mark.parametrize(
    "layer", [BatchNorm(5), BatchNorm(5, "relu", epsilon=1e-2), LayerNorm(5), LayerNorm(5, "gelu")]
)
@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_a_single_norm_equals_torchs(layer, training):
    rng = np.random.default_rng(0)
    network = Network([layer])
    network.set_parameters({name: rng.normal(size=5) for name in network.parameters})
    network.set_running({name: rng.random(5) + 0.1 for name in network.running})
    X = 3 + 2 * rng.normal(size=(7, 5))
    module = module_of(network)
    module.train(training)
    expected = module(torch.tensor(X))[1].detach().numpy()
    found = network.forward(X, training=training)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_dropout_is_off_outside_of_training_and_in_gradients():
    network = Network([Dense(3, 4, "tanh"), Dropout(0.9), Dense(4, 1)], random_state=0)
    plain = Network([Dense(3, 4, "tanh"), Dense(4, 1)], random_state=0)
    X, y = np.ones((2, 3)), np.zeros((2, 1))
    for training in (False, True):
        np.testing.assert_array_equal(
            network.forward(X, training=training), plain.forward(X), strict=True
        )
        for name, g in network.gradients(X, y, training=training).items():
            np.testing.assert_array_equal(g, plain.gradients(X, y)[name])


def test_torch_sees_every_kind_of_layer():
    kinds = set()
    for seed in range(100):
        for layer in random_stack(seed).network.layers:
            kinds.add(type(layer))
    assert kinds == {Dense, BatchNorm, LayerNorm, Dropout, Residual}
