"""The trace of one row through a network: neuron by neuron, or layer by layer.

All leaves are made first, so that the serial numbers of a layer's computation are one range: its block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._arrays import Real
from .._errors import ParameterError
from ..autodiff.graph import NO_OPTIONS, PRIMITIVES, Primitive, Value, Variable, next_serial
from ..autodiff.showing.blocks import Block
from ..autodiff.showing.tracing import Trace, build_trace
from ._engine.stages import Stage
from ._nodes import (
    affine,
    deviation_of_array,
    deviation_of_numbers,
    held_output,
    loss_of_array,
    loss_of_numbers,
    mean_of_numbers,
    own_activation,
    own_component,
    own_outputs,
    scaled,
    scaled_by,
    softmax_component,
    weighted_sum,
)
from ._showing import place_of
from .activations import activation_of

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
    of_sums = network.loss_function.of_sums
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
    last = network.stages[-1]
    slopes = 0 if activation_of(last.activation).is_elementwise else last.n_out**2
    if network.n_parameters + slopes > MOST_SHOWN:
        name = activation_of(last.activation).name
        and_slopes = f" and {slopes:,} slopes of {name}" if slopes else ""
        raise ParameterError(
            f"trace(level='scalar') shows single numbers, at most {MOST_SHOWN:,}; this network has "
            f"{network.n_parameters:,} parameters{and_slopes}. Use trace(x, y, level='layer')."
        )


class _Names:
    """What the nodes of each stage are called: z2 and a2 behind W1, n1 and h1 of the first norm, s1 of a sum."""

    def __init__(self, network: Network, index: int) -> None:
        stage = network.stages[index]
        self.block = place_of(stage, network.stages)
        number = self.block.partition(" ")[2]
        letters = {"layer": "za", "norm": "nh", "sum": "s"}[self.block.partition(" ")[0]]
        self.sums, self.outputs = letters[0] + number, letters[-1] + number
        # A neuron is two nodes, whatever its activation; elsewhere the identity would say nothing.
        self.has_outputs = stage.kind == "dense" or stage.activation != "identity"


def _neurons(
    network: Network, recording: _Recording, arrays: dict[str, Floats], targets: Floats
) -> tuple[Variable, Floats]:
    """Record single neurons; return the loss, and the values of the last sums."""
    leaves = {name: recording.leaves(name, values) for name, values in arrays.items()}
    running = network.running
    signals = list(leaves["x"])
    sums: list[Any] = []
    inputs: list[list[Any]] = []
    for index, stage in enumerate(network.stages):
        names = _Names(network, index)
        inputs.append(signals)
        start = next_serial()
        if stage.kind == "dense":
            sums = _weighted(stage, signals, leaves)
        elif stage.kind == "sum":
            sums = [one + other for one, other in zip(signals, inputs[stage.adds], strict=True)]
        else:
            sums = _normed(stage, signals, leaves, running, recording)
        for j, z in enumerate(sums):
            recording.node(f"{names.sums}[{j}]", z)
        signals = sums
        if names.has_outputs:
            signals = _outputs(network, index, sums)
            for j, a in enumerate(signals):
                recording.node(f"{names.outputs}[{j}]", a)
        recording.blocks.append(Block(names.block, start, next_serial()))
    loss = loss_of_numbers(network.loss_function, targets)
    return loss(*signals), np.array([z.value for z in sums])


def _weighted(stage: Stage, signals: list[Any], leaves: Mapping[str, Any]) -> list[Any]:
    """Return the weighted sums of a dense layer, a node each."""
    W, b = leaves[f"W{stage.number}"], leaves.get(f"b{stage.number}")
    add_up = weighted_sum(stage.n_in, bias=stage.bias)
    return [add_up(*signals, *W[:, j], *(() if b is None else (b[j],))) for j in range(stage.n_out)]


def _normed(
    stage: Stage,
    signals: list[Any],
    leaves: Mapping[str, Any],
    running: Mapping[str, Real],
    recording: _Recording,
) -> list[Any]:
    """Return what a norm makes of its inputs, a node each; the mean and the deviation of a row are nodes as well."""
    gamma, beta = leaves[f"gamma{stage.number}"], leaves[f"beta{stage.number}"]
    if stage.kind == "batch_norm":
        scale: list[Primitive] = []
        for mean, deviation in zip(*_fixed(stage, running), strict=True):
            away = f"{{0}} {'+' if mean < 0 else '-'} {abs(mean):.4g}"
            scale.append(scaled_by(mean, deviation, f"({away}) / {deviation:.4g}"))
        return [scale[j](v, gamma[j], beta[j]) for j, v in enumerate(signals)]
    mean = recording.node(f"mean{stage.number}", mean_of_numbers(stage.n_in)(*signals))
    spread = deviation_of_numbers(stage.n_in, stage.epsilon)
    deviation = recording.node(f"deviation{stage.number}", spread(*signals))
    return [scaled(v, mean, deviation, gamma[j], beta[j]) for j, v in enumerate(signals)]


def _fixed(stage: Stage, running: Mapping[str, Real]) -> tuple[Floats, Floats]:
    """Return the running means of a batch norm, and what it divides by."""
    mean, variance = (running[name].astype(np.float64) for name in stage.running)
    return mean, np.sqrt(variance + stage.epsilon)


def _is_held(network: Network, index: int) -> bool:
    """Whether a stage's outputs are those whose logarithm the loss takes."""
    return index == len(network.stages) - 1 and network.loss_function.behind is not None


def _outputs(network: Network, index: int, sums: list[Any]) -> list[Any]:
    """Return what the neurons of a layer make of their weighted sums, a node each."""
    activation = activation_of(network.stages[index].activation)
    n, is_held = len(sums), _is_held(network, index)
    if activation.function is not None:
        if activation.is_elementwise:
            return [own_activation(activation)(z) for z in sums]
        return [own_component(activation, k, n)(*sums) for k in range(n)]
    if activation.name == "softmax":
        return [softmax_component(k, n, is_held=is_held)(*sums) for k in range(n)]
    function = held_output(activation.name) if is_held else activation
    return [function(z) for z in sums]


def _layers(
    network: Network, recording: _Recording, arrays: dict[str, Floats], targets: Floats
) -> tuple[Variable, Floats]:
    """Record arrays; return the loss, and the values of the last sums."""
    leaves = {name: recording.leaf(name, values) for name, values in arrays.items()}
    signal: Any = leaves["x"]
    z: Any = signal
    inputs: list[Any] = []
    for index, stage in enumerate(network.stages):
        names = _Names(network, index)
        inputs.append(signal)
        start = next_serial()
        given = [leaves[name] for name in stage.shapes]
        if stage.kind == "dense":
            z = affine(signal, *given) if stage.bias else PRIMITIVES["matmul"](signal, *given)
        elif stage.kind == "sum":
            z = signal + inputs[stage.adds]
        elif stage.kind == "batch_norm":
            text = f"({{0}} - mean{stage.number}) / deviation{stage.number}"
            z = scaled_by(*_fixed(stage, network.running), text)(signal, *given)
        else:
            mean = recording.node(f"mean{stage.number}", PRIMITIVES["mean"](signal))
            spread = deviation_of_array(stage.epsilon)(signal)
            recording.node(f"deviation{stage.number}", spread)
            z = scaled(signal, mean, spread, *given)
        signal = recording.node(names.sums, z)
        if names.has_outputs:
            signal = recording.node(names.outputs, _output(network, index, z))
        recording.blocks.append(Block(names.block, start, next_serial()))
    return loss_of_array(network.loss_function, targets)(signal), z.value


def _output(network: Network, index: int, z: Variable) -> Any:
    """Return what a layer makes of its sums, as one node."""
    activation = activation_of(network.stages[index].activation)
    if activation.function is not None:
        return (own_activation if activation.is_elementwise else own_outputs)(activation)(z)
    if _is_held(network, index):
        options = {} if activation.is_elementwise else {"axis": -1}
        return held_output(activation.name)(z, **options)
    return activation(z)
