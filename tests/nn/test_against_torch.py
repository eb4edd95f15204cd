"""200 random networks against torch in float64: outputs, loss and gradients."""

import os

import numpy as np
import pytest

import ganglion as gl
from oracles.network_cases import random_case

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    if os.environ.get("GANGLION_REQUIRE_PEERS") == "1":
        raise
    pytest.skip("torch is not installed", allow_module_level=True)

RELATIVE = 1e-9
# The gradient of a saturated output is what is left of numbers around 1: it cannot be better than their rounding.
ROUNDING = 64 * np.finfo(np.float64).eps

ACTIVATIONS = {
    "identity": lambda v: v,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "step": lambda v: (v >= 0).to(v.dtype) + 0 * v,
    "elu": F.elu,
    "selu": F.selu,
    "gelu": F.gelu,
    "silu": F.silu,
    "mish": F.mish,
    "softplus": lambda v: torch.logaddexp(
        v, torch.zeros_like(v)
    ),  # F.softplus is linear from 20 on
    "softmax": lambda v: torch.softmax(v, dim=1),
}


def row_losses(name, z, a, y):
    """The losses of the rows, by torch's own functions."""
    if name == "cross_entropy":
        return F.cross_entropy(z, y, reduction="none")
    if name == "binary_cross_entropy":
        return F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1)
    if name == "poisson":
        return F.poisson_nll_loss(a, y, log_input=True, reduction="none").sum(1)
    if name == "quantile":
        return torch.maximum(0.5 * (y - a), 0.5 * (a - y)).sum(1)
    if name == "gaussian":
        mean, s = a.split(y.shape[1], dim=1)
        return F.gaussian_nll_loss(mean, y, 1e-6 + torch.exp(s), reduction="none").sum(1)
    each = {"squared": F.mse_loss, "mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}[name]
    total = each(a, y, reduction="none").sum(1)
    return 0.5 * total if name == "squared" else total


def peer(case):
    """Outputs, loss and gradients by torch."""
    parameters = {
        name: torch.tensor(value, requires_grad=True)
        for name, value in case.network.parameters.items()
    }
    a = torch.tensor(case.X)
    for number, layer in enumerate(case.network.layers, 1):
        z = a @ parameters[f"W{number}"]
        if layer.bias:
            z = z + parameters[f"b{number}"]
        a = ACTIVATIONS[layer.activation](z)
    rows = row_losses(case.network.loss_name, z, a, torch.tensor(case.rows))
    weights = torch.ones_like(rows) if case.weights is None else torch.tensor(case.weights)
    total = (rows * weights).sum()
    if case.network.reduction == "mean":
        total = total / weights.sum()
    total.backward()
    return (
        a.detach().numpy(),
        total.item(),
        {name: p.grad.numpy() for name, p in parameters.items()},
    )


def test_torch_knows_every_activation_and_every_loss():
    assert set(ACTIVATIONS) == set(gl.nn.activations)
    drawn = [random_case(seed).network for seed in range(200)]
    assert {network.loss_name for network in drawn} == set(gl.nn.losses)
    seen = {layer.activation for network in drawn for layer in network.layers}
    assert seen == set(gl.nn.activations)


@pytest.mark.parametrize("seed", range(200))
def test_outputs_loss_and_gradients_equal_torchs(seed):
    case = random_case(seed)
    outputs, loss, gradients = peer(case)
    np.testing.assert_allclose(
        case.network.forward(case.X), outputs, rtol=RELATIVE, atol=RELATIVE * np.abs(outputs).max()
    )
    assert case.network.loss(*case.data) == pytest.approx(loss, rel=RELATIVE)
    found = case.network.gradients(*case.data)
    assert list(found) == list(gradients)
    largest = max(np.abs(g).max() for g in gradients.values())
    for name, expected in gradients.items():
        slack = RELATIVE * np.abs(expected).max() + ROUNDING * max(largest, 1.0)
        assert np.abs(found[name] - expected).max() <= slack, name
