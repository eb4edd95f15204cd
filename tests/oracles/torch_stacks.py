"""Networks of every kind of layer as modules of torch, with the same numbers."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from ganglion.nn import BatchNorm, Dense, Dropout, Residual

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
    "softplus": lambda v: torch.logaddexp(v, torch.zeros_like(v)),
    "softmax": lambda v: torch.softmax(v, dim=1),
}


class Stack(torch.nn.Module):
    """Layers one after the other; gives the last sums and the outputs. Dropout is left out."""

    def __init__(self, parts):
        super().__init__()
        self.parts = torch.nn.ModuleList(module for module, _ in parts)
        self.activations = [activation for _, activation in parts]

    def forward(self, x):
        z = x
        for part, activation in zip(self.parts, self.activations, strict=True):
            z = x + part(x)[1] if isinstance(part, Stack) else part(x)
            x = ACTIVATIONS[activation](z)
        return z, x


def single(layer):
    """torch's module of one layer."""
    if isinstance(layer, Dense):
        return torch.nn.Linear(layer.n_in, layer.n_out, bias=layer.bias)
    if isinstance(layer, BatchNorm):
        return torch.nn.BatchNorm1d(layer.n, eps=layer.epsilon, momentum=layer.momentum)
    return torch.nn.LayerNorm(layer.n, eps=layer.epsilon)


def parts_of(layers):
    return [
        (Stack(parts_of(layer.layers)), "identity")
        if isinstance(layer, Residual)
        else (single(layer), layer.activation)
        for layer in layers
        if not isinstance(layer, Dropout)
    ]


def module_of(network):
    """The network in torch, with copies of its numbers."""
    module = Stack(parts_of(network.layers)).to(getattr(torch, network.dtype))
    with torch.no_grad():
        for name, value in values_of(module, network, transposed=False).items():
            numbers = network.parameters[name]
            value.copy_(torch.tensor(numbers.T if name[0] == "W" else numbers))
        for name, value in running_of(module).items():
            value.copy_(torch.tensor(network.running[name]))
    return module


def leaves_of(module):
    for part in module.parts:
        if isinstance(part, Stack):
            yield from leaves_of(part)
        else:
            yield part


class Transposed:
    """A weight of torch, (n_out, n_in), seen as (n_in, n_out)."""

    def __init__(self, parameter):
        self.parameter = parameter

    @property
    def grad(self):
        return self.parameter.grad.T

    def detach(self):
        return self.parameter.detach().T


def values_of(module, network, *, transposed=True):
    """The module's parameters by the names of the network's."""
    found, dense, norms = {}, 0, 0
    for part in leaves_of(module):
        if isinstance(part, torch.nn.Linear):
            dense += 1
            found[f"W{dense}"] = Transposed(part.weight) if transposed else part.weight
            if part.bias is not None:
                found[f"b{dense}"] = part.bias
        else:
            norms += 1
            found[f"gamma{norms}"], found[f"beta{norms}"] = part.weight, part.bias
    assert list(found) == list(network.parameters)
    return found


def running_of(module):
    """The module's running statistics by the names of the network's."""
    found, norms = {}, 0
    for part in leaves_of(module):
        norms += not isinstance(part, torch.nn.Linear)
        if isinstance(part, torch.nn.BatchNorm1d):
            found[f"mean{norms}"], found[f"variance{norms}"] = part.running_mean, part.running_var
    return found


def numbers_of(values):
    """Arrays of what torch holds."""
    return {name: value.detach().numpy().copy() for name, value in values.items()}


def row_losses(name, z, a, y):
    """The losses of the rows, by torch's own functions."""
    if name == "cross_entropy":
        return F.cross_entropy(z, y, reduction="none")
    if name == "binary_cross_entropy":
        return F.binary_cross_entropy_with_logits(z, y, reduction="none").sum(1)
    each = {"squared": F.mse_loss, "mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}[name]
    total = each(a, y, reduction="none").sum(1)
    return 0.5 * total if name == "squared" else total
