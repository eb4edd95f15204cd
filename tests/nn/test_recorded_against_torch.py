"""Twenty steps on networks with norms and residual sums are torch's, running statistics included."""

import os

import numpy as np
import pytest

from ganglion.nn import SGD, Adam, AdamW, BatchNorm, Dense, LayerNorm, Network, Residual, RMSprop
from ganglion.nn._engine.program import Learned, Plan
from ganglion.nn._engine.recorded import Recorded

try:
    import torch

    from oracles.torch_stacks import module_of, numbers_of, row_losses, running_of, values_of
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5))
LABELS = RNG.integers(0, 3, 40)
Y = RNG.normal(size=(40, 3))
BATCH, STEPS = 8, 20

NETWORKS = {
    "batch norm": [Dense(5, 8), BatchNorm(8, "relu", momentum=0.3), Dense(8, 3)],
    "layer norm": [LayerNorm(5), Dense(5, 8, "gelu"), LayerNorm(8, "tanh", epsilon=1e-3), Dense(8, 3)],
    "residual": [Dense(5, 6, "tanh"), Residual([Dense(6, 9, "silu"), Dense(9, 6)]), Dense(6, 3)],
    "all": [
        Dense(5, 6, bias=False),
        BatchNorm(6, "elu"),
        Residual([LayerNorm(6), Dense(6, 9, "gelu"), BatchNorm(9), Dense(9, 6)]),
        Residual([BatchNorm(6, "tanh"), Dense(6, 6)]),
        Dense(6, 3),
    ],
}  # fmt: skip
OPTIMISERS = {
    "sgd": (lambda: SGD(0.05), lambda p: torch.optim.SGD(p, 0.05)),
    "nesterov": (
        lambda: SGD(0.05, momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    ),
    # The epsilon keeps a gradient of rounding from becoming a step: the biases before a batch norm have none.
    "adam": (lambda: Adam(0.01, epsilon=1e-3), lambda p: torch.optim.Adam(p, 0.01, eps=1e-3)),
    "adamw": (
        lambda: AdamW(0.01, epsilon=1e-3, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, 0.01, eps=1e-3, weight_decay=0.1),
    ),
    "rmsprop": (
        lambda: RMSprop(0.01, epsilon=1e-3),
        lambda p: torch.optim.RMSprop(p, 0.01, eps=1e-3),
    ),
}


def torch_steps(network, loss, optimiser, steps):
    """Parameters and running statistics after these steps over consecutive batches."""
    module = module_of(network)
    module.train()
    made = optimiser(module.parameters())
    for step in range(steps):
        rows = np.arange(step * BATCH, (step + 1) * BATCH) % len(X)
        y = np.eye(3)[LABELS[rows]] if loss == "cross_entropy" else Y[rows]
        z, a = module(torch.tensor(X[rows]))
        made.zero_grad()
        row_losses(loss, z, a, torch.tensor(y)).mean().backward()
        made.step()
    return numbers_of(values_of(module, network)), numbers_of(running_of(module))


def own_steps(network, loss, optimiser, steps):
    """The same by `Recorded`."""
    engine = Recorded(network.layers, loss, "float64")
    engine.write(network.parameters)
    engine.write_running(network.running)
    optimiser.prepare(network.parameters)
    engine.write_moments(optimiser)
    is_labels = loss == "cross_entropy"
    data = Learned(
        X, None if is_labels else Y, LABELS.astype(np.int32) if is_labels else None, None
    )
    order = np.arange(steps * BATCH) % len(X)
    passed = engine.learn(data, order, optimiser, Plan(BATCH))
    assert passed.is_finite and passed.batches == steps
    parameters = {name: np.empty_like(value) for name, value in network.parameters.items()}
    running = {name: np.empty_like(value) for name, value in network.running.items()}
    engine.read(parameters)
    engine.read_running(running)
    return parameters, running


def network_of(name, loss):
    layers = list(NETWORKS[name])
    if loss == "cross_entropy":
        layers[-1] = Dense(layers[-1].n_in, 3, "softmax")
    return Network(layers, loss, random_state=0)


@pytest.mark.parametrize("loss", ["squared", "cross_entropy"])
@pytest.mark.parametrize("rule", OPTIMISERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_twenty_steps_equal_torchs(name, rule, loss):
    network = network_of(name, loss)
    own, theirs = OPTIMISERS[rule]
    parameters, running = own_steps(network, loss, own(), STEPS)
    expected, expected_running = torch_steps(network, loss, theirs, STEPS)
    for key, value in expected.items():
        np.testing.assert_allclose(parameters[key], value, rtol=1e-9, atol=1e-9, err_msg=key)
    assert list(running) == list(expected_running)
    for key, value in expected_running.items():
        np.testing.assert_allclose(running[key], value, rtol=1e-9, atol=1e-9, err_msg=key)


def test_running_statistics_after_three_batches_are_torchs():
    network = network_of("all", "squared")
    _, running = own_steps(network, "squared", SGD(0.05), 3)
    _, expected = torch_steps(network, "squared", lambda p: torch.optim.SGD(p, 0.05), 3)
    assert list(running) == [f"{what}{i}" for i in (1, 3, 4) for what in ("mean", "variance")]
    for key, value in expected.items():
        np.testing.assert_allclose(running[key], value, rtol=1e-12, atol=1e-12, err_msg=key)
