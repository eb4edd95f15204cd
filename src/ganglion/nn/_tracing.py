"""The trace of one row through a network: neuron by neuron, or layer by layer.

All leaves are made first, so that the serial numbers of a layer's computation are one range: its block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arrays import Real
from .._errors import ParameterError
from ..autodiff.graph import NO_OPTIONS, PRIMITIVES, Value, Variable, next_serial
from ..autodiff.showing.blocks import Block
from ..autodiff.showing.tracing import Trace, build_trace
from ._nodes import (
    affine,
    held_output,
    loss_of_array,
    loss_of_numbers,
    softmax_component,
    weighted_sum,
)
from .activations import activations
from .losses import losses

if TYPE_CHECKING:
    from .network import Network

# A parameter and a slope of softmax cost about 100 microseconds and 3 KB. Nobody reads more.
MOST_SHOWN = 20_000

Floats = npt.NDArray[np.float64]


@dataclass
class _Recording:
    """What was recorded so far: the leaves by name, the names of inner nodes, the blocks."""

    level: int = field(default_factory=next_serial)
    inputs: dict[str, Variable] = field(default_factory=dict[str, Variable])
    names: dict[Variable, str] = field(default_factory=dict[Variable, str])
    blocks: list[Block] = field(default_factory=list[Block])

    def leaf(self, name: str, value: Value) -> Variable:
        """Make an input."""
        variable = Variable(value, None, (), NO_OPTIONS, next_serial(), self.level)
        self.inputs[name] = variable
        return variable

    def leaves(self, name: str, values: Floats) -> Any:
        """Make an input of every number of an array: x[0], W1[0,1] ...; an array of variables."""
        made = np.empty(values.shape, dtype=object)
        for index in np.ndindex(values.shape):
            made[index] = self.leaf(f"{name}[{','.join(map(str, index))}]", values[index])
        return made

    def node(self, name: str, variable: Variable) -> Variable:
        """Name an inner node."""
        self.names[variable] = name
        return variable


def trace_row(network: Network, x: Real, targets: Floats, *, level: str) -> Trace:
    """Return the trace of one row x (d,) with its targets (k,)."""
    arrays = {name: value.astype(np.float64) for name, value in network.parameters.items()}
    row = x.astype(np.float64)
    recording = _Recording()
    if level == "layer":
        output, sums = _layers(network, recording, {"x": row, **arrays}, targets)
    else:
        _refuse_crowd(network)
        output, sums = _neurons(network, recording, {"x": row, **arrays}, targets)
    of_sums = losses[network.loss_name].of_sums
    if (
        of_sums is not None
    ):  # the logarithm of a held output would show less than the network computes
        output.value = of_sums(sums, targets)
    recording.names[output] = "J"
    return build_trace(
        output,
        recording.inputs,
        names=recording.names,
        blocks=recording.blocks,
        title=repr(network),
    )


def _refuse_crowd(network: Network) -> None:
    last = network.layers[-1]
    slopes = last.n_out**2 if last.activation == "softmax" else 0
    if network.n_parameters + slopes > MOST_SHOWN:
        and_slopes = f" and {slopes:,} slopes of softmax" if slopes else ""
        raise ParameterError(
            f"trace(level='scalar') shows single numbers, at most {MOST_SHOWN:,}; this network has "
            f"{network.n_parameters:,} parameters{and_slopes}. Use trace(x, y, level='layer')."
        )


def _neurons(
    network: Network, recording: _Recording, arrays: dict[str, Floats], targets: Floats
) -> tuple[Variable, Floats]:
    """Record single neurons; return the loss, and the values of the last weighted sums."""
    leaves = {name: recording.leaves(name, values) for name, values in arrays.items()}
    signals = list(leaves["x"])
    sums: list[Any] = []
    for number, layer in enumerate(network.layers, 1):
        W, b = leaves[f"W{number}"], leaves.get(f"b{number}")
        start = next_serial()
        add_up = weighted_sum(layer.n_in, bias=layer.bias)
        sums = []
        for j in range(layer.n_out):
            z = add_up(*signals, *W[:, j], *(() if b is None else (b[j],)))
            sums.append(recording.node(f"z{number + 1}[{j}]", z))
        signals = _outputs(network, number, sums)
        for j, a in enumerate(signals):
            recording.node(f"a{number + 1}[{j}]", a)
        recording.blocks.append(Block(f"layer {number + 1}", start, next_serial()))
    loss = loss_of_numbers(losses[network.loss_name], targets)
    return loss(*signals), np.array([z.value for z in sums])


def _outputs(network: Network, number: int, sums: list[Any]) -> list[Any]:
    """Return what the neurons of a layer make of their weighted sums, a node each."""
    name = network.layers[number - 1].activation
    is_held = number == len(network.layers) and losses[network.loss_name].behind is not None
    if name == "softmax":
        return [softmax_component(k, len(sums), is_held=is_held)(*sums) for k in range(len(sums))]
    function = held_output(name) if is_held else activations[name]
    return [function(z) for z in sums]


def _layers(
    network: Network, recording: _Recording, arrays: dict[str, Floats], targets: Floats
) -> tuple[Variable, Floats]:
    """Record arrays; return the loss, and the values of the last weighted sums."""
    leaves = {name: recording.leaf(name, values) for name, values in arrays.items()}
    signal: Any = leaves["x"]
    z: Any = signal
    loss = losses[network.loss_name]
    for number, layer in enumerate(network.layers, 1):
        W, b = leaves[f"W{number}"], leaves.get(f"b{number}")
        start = next_serial()
        z = PRIMITIVES["matmul"](signal, W) if b is None else affine(signal, W, b)
        recording.node(f"z{number + 1}", z)
        if number == len(network.layers) and loss.behind is not None:
            options = {"axis": -1} if loss.behind == "softmax" else {}
            signal = held_output(loss.behind)(z, **options)
        else:
            signal = activations[layer.activation](z)
        recording.node(f"a{number + 1}", signal)
        recording.blocks.append(Block(f"layer {number + 1}", start, next_serial()))
    return loss_of_array(loss, targets)(signal), z.value
